// `npm run reset -- mail@example.com`: a link to a new password, by the proxy that was built for `npm start`.
// Invariant: builds nothing, for the server may be running from these very files.
import './node-floor.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './prepare.mjs';

const reset = join(root, 'proxy', 'dist', 'reset.js');
if (!existsSync(reset)) {
  console.error('There is no build yet. Run npm run build, then this again.');
  process.exit(1);
}
if (!process.env.NODE_ENV) process.env.NODE_ENV = 'production';
await import(pathToFileURL(reset).href);
