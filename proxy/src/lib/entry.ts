// Where the files are that Node starts on their own, as a worker thread or a child process.
// Invariant: the same call works in the build (siblings in dist) and from source (tsx, vitest).
import { fileURLToPath } from 'node:url';
import { builtFile } from './built-file.ts';

export type EntryName = 'screen-worker' | 'local-sshd';

/** `file` is an absolute path; `execArgv` teaches a plain Node to read TypeScript, and is empty in the build. */
export type Entry = { file: string; execArgv: string[] };

/** Sources by name, from proxy/src; the build's entries in vite.config.ts bear the same names. */
const sources: Record<EntryName, string> = {
  'screen-worker': 'terminals/screen-worker.ts',
  'local-sshd': 'workspaces/providers/local-sshd.ts',
};

/** For `new Worker(file, { execArgv })`, `fork(file, { execArgv })` or `spawn(node, [...execArgv, file])`. */
export function entry(name: EntryName): Entry {
  const built = builtFile(`${name}.js`);
  if (built) return { file: built, execArgv: [] };
  const source = fileURLToPath(new URL(`../${sources[name]}`, import.meta.url));
  return { file: source, execArgv: typescriptArgv() };
}

/**
 * The flags with which Node runs a `.ts` file. Only in a source tree, where tsx is installed. Node 20 does not
 * hand a parent's loader hooks to a worker, and `--import tsx` skips workers: so register them by name.
 */
export function typescriptArgv(): string[] {
  const api = import.meta.resolve('tsx/esm/api');
  const register = `import { register } from ${JSON.stringify(api)}; register();`;
  return ['--import', `data:text/javascript,${encodeURIComponent(register)}`];
}
