/**
 * Stands in, in integration tests, for the modules that find Porthole's own programs (see `vite.config.ts`): they run
 * from the build, as they do for users, since a process that first has to read TypeScript takes a second more.
 * Invariant: the build is that of these sources; `global-setup.ts` sees to it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BridgeBundle } from '../src/agents/bridge-bundle.ts';
import type { Entry, EntryName } from '../src/lib/entry.ts';

const at = (name: string) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));

/** As in `src/lib/entry.ts`; and what `npm` scripts start. */
export function entry(name: EntryName | 'main' | 'reset'): Entry {
  return { file: at(`${name}.js`), execArgv: [] };
}

/** As in `bridge/bundle.mjs`. */
export function bundleBridge(): Promise<string> {
  return readFile(at('bridge.mjs'), 'utf8');
}

/** As in `src/agents/bridge-bundle.ts`. */
export async function bridgeBundle(): Promise<BridgeBundle> {
  const bytes = Buffer.from(await bundleBridge());
  return { bytes, build: createHash('sha256').update(bytes).digest('hex').slice(0, 16) };
}
