/** The real OpenSSH server of the proxy's tests, as a process: boundaries allow no import across. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../proxy/test/sshd.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface Sshd {
  port: number;
  user: string;
  privateKey: string;
  hostKey: string;
  stop(): Promise<void>;
}

/** `config`: lines of sshd_config that win over the defaults. */
export async function startSshd(config: readonly string[] = []): Promise<Sshd> {
  const child = spawn(process.execPath, ['--import', TSX, PROGRAM, ...config], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const ended = exited.then(() => {
    throw new Error('sshd did not start; is openssh-server installed?');
  });
  ended.catch(() => {});
  const [line] = await Promise.race([once(lines, 'line'), ended]);
  return {
    ...(JSON.parse(line as string) as Omit<Sshd, 'stop'>),
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
