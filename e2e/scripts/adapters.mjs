// Real agents for the integration tests: in CI, or where PORTHOLE_ADAPTERS is 1. Otherwise it lists the folders with their
// commands, and without any their tests are skipped.
// Invariant: whatever fails here fails no run.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts at once, so that it is done when the tests are; answers what PORTHOLE_ADAPTERS is then.
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<string>}
 */
export async function provideAdapters({ CI, PORTHOLE_ADAPTERS: wanted = CI ? '1' : '' }) {
  if (wanted !== '1') return wanted;
  const script = fileURLToPath(new URL('adapters.ts', import.meta.url));
  const argv = ['--import', import.meta.resolve('tsx'), script];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let folders = '';
  child.stdout.on('data', (data) => (folders += data));
  return new Promise((resolve) => {
    child.on('error', () => resolve(''));
    child.on('close', (code) => resolve(code === 0 ? folders : ''));
  });
}
