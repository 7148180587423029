// Where the build's own files are: programs that Node starts on their own, and the one that is put on machines.
// Invariant: null in a source tree, where nothing is built. Integration tests put `proxy/test/built-file.ts` in its place.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The absolute path of a file that lies beside this one in the build. */
export function builtFile(name: string): string | null {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts') ? null : join(dirname(here), name);
}
