// `npm run dev`: the app with hot reload, the proxy restarted when its sources change; Ctrl-C ends both.
import './node-floor.mjs';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ensurePackages, root } from './prepare.mjs';

await ensurePackages();

const require = createRequire(import.meta.url);
const { createServer } = await import('vite');
const vite = await createServer({ configFile: join(root, 'vite.config.ts'), root: join(root, 'web') });
await vite.listen();

const tsx = require.resolve('tsx/cli');
const env = { ...process.env };
if (!env.NODE_ENV) env.NODE_ENV = 'development';
// One address for everything: the one the browser has is the origin that the proxy checks and prints.
const address = vite.resolvedUrls.local[0];
if (!env.PORTHOLE_ORIGIN) env.PORTHOLE_ORIGIN = address.replace(/\/$/, '');
const proxy = spawn(process.execPath, [tsx, 'watch', '--clear-screen=false', 'proxy/src/main.ts'], {
  cwd: root,
  env,
  stdio: ['ignore', 'inherit', 'inherit'],
});

/** How long the proxy may take to say goodbye, ms. */
const GRACE_MS = 5000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // Ctrl-C reaches the proxy by itself, for it belongs to the terminal too.
    if (signal !== 'SIGINT') proxy.kill('SIGTERM');
    setTimeout(() => proxy.kill('SIGKILL'), GRACE_MS).unref();
  });
}
proxy.on('exit', async (code) => {
  await vite.close();
  process.exit(code || 0);
});

console.log(`\nThe app, with hot reload: ${address}\n`);
