// `npm start`: from a fresh clone to a running proxy, with nothing but Node and npm.
// Invariant: the proxy runs in this very process, so a signal reaches it once and directly.
import './node-floor.mjs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensurePackages, PrepareError, root } from './prepare.mjs';

try {
  await ensurePackages();
  await ensureBuilt();
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  console.error(error.message);
  process.exit(1);
}

const main = join(root, 'proxy', 'dist', 'main.js');
if (!process.env.NODE_ENV) process.env.NODE_ENV = 'production';
process.argv[1] = main;
await import(pathToFileURL(main).href);
