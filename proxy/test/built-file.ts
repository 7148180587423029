/**
 * In integration tests in the place of `src/lib/built-file.ts` (see `vite.config.ts`): Porthole's own programs run from
 * the build, as they do for users, since a process that first has to read TypeScript takes a second more.
 * Invariant: the build is that of these sources; `global-setup.ts` sees to it.
 */
import { fileURLToPath } from 'node:url';

/** The absolute path of a file of the proxy's build. */
export const builtFile = (name: string): string => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
