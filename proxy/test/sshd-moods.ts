/** A real sshd that behaves as machines in trouble do. */
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Lets in, and runs no command that it is asked for, as a profile does that waits; ends when its connection does. */
export const HANGS = {
  config: 'ForceCommand touch "$HOME/began"; while kill -0 "$PPID" 2>/dev/null; do sleep 0.2; done',
  /** In the home folder, once a command hangs. */
  began: 'began',
} as const;

/** Resolves once the file is there. */
export function appears(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, check);
    check();
  });
}
