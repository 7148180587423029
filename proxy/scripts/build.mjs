// `npm run build`: packages, web/dist and proxy/dist, where anything changed.
import './node-floor.mjs';
import { ensureBuilt, ensurePackages, PrepareError } from './prepare.mjs';

try {
  await ensurePackages();
  await ensureBuilt();
  console.log('Built: web/dist, proxy/dist');
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  console.error(error.message);
  process.exit(1);
}
