/** Targets and small helpers for tests that speak SSH. */

import type { PtyChannel, PtyExit } from '../src/lib/pty.ts';
import type { SshTarget } from '../src/ssh/target.ts';
import type { Sshd } from './sshd.ts';

export const targetOf = (sshd: Sshd, change: Partial<SshTarget> = {}): SshTarget => ({
  key: `test:${sshd.port}`,
  address: { host: '127.0.0.1', port: sshd.port },
  user: sshd.user,
  auth: { kind: 'key', privateKey: sshd.privateKey },
  hostKey: sshd.hostKey,
  label: `test machine (127.0.0.1:${sshd.port})`,
  ...change,
});

/** Collects what a PTY prints; `until` resolves when its text matches. */
export function watchPty(pty: PtyChannel) {
  let text = '';
  const waiting = new Set<() => void>();
  let exit: PtyExit | null = null;
  const exited = new Promise<PtyExit>((resolve) => {
    pty.onExit((ended) => {
      exit = ended;
      resolve(ended);
      for (const check of waiting) check();
    });
  });
  pty.onData((chunk) => {
    text += Buffer.from(chunk).toString('utf8');
    for (const check of waiting) check();
  });
  return {
    exited,
    get text() {
      return text;
    },
    until: (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const check = () => {
          const match = pattern.exec(text);
          if (!match && !exit) return;
          waiting.delete(check);
          if (match) resolve(match);
          else
            reject(
              new Error(
                `ended before ${pattern}: ${JSON.stringify(text.slice(-500))} ${JSON.stringify(exit)}`,
              ),
            );
        };
        waiting.add(check);
        check();
      }),
  };
}

/** What `seq 1 <last>` prints. */
export const sequence = (last: number): Buffer =>
  Buffer.from(`${Array.from({ length: last }, (_, index) => index + 1).join('\n')}\n`);
