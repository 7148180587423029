import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepCommand } from './sweep.ts';

/** The sweep as a machine without /proc runs it: another name for the folder, and a `uname` and `ps` of ours. */
describe('a sweep where there is no /proc', () => {
  const bin = mkdtempSync(join(tmpdir(), 'porthole-sweep-'));
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  // Linux's own `ps`, asked as macOS is; it shows no environment of the shell that stands for a program of Apple's.
  beforeAll(() =>
    program('ps', 'test "$1" = -axEww || exit 1\nexec /bin/ps axeww -o pid=,ppid=,stat=,args='),
  );
  afterAll(() => {
    for (const pid of started.filter(isAlive)) process.kill(pid, 'SIGKILL');
    rmSync(bin, { recursive: true });
  });

  const name = 'PORTHOLE_EXEC';
  const started: number[] = [];
  const start = async (value: string) => {
    const stubborn = 'sh -c \'trap "" HUP TERM; sleep 300; sleep 300\'';
    const script = `echo "$$"; env -u PORTHOLE_EXEC ${stubborn} & echo "$!"; wait`;
    const child = spawn('sh', ['-c', script], { env: { ...process.env, [name]: value }, stdio: 'pipe' });
    let text = '';
    for await (const chunk of child.stdout) {
      text += chunk;
      if (text.split('\n').length > 2) break;
    }
    const pids = text.split('\n').filter(Boolean).map(Number);
    started.push(...pids);
    return pids;
  };
  const sweep = async (value: string) => {
    const command = sweepCommand(`${name}=${value}`).replaceAll('/proc/', '/no-proc/');
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const [code] = await once(spawn('sh', ['-c', command], { env, stdio: 'ignore' }), 'exit');
    return code as number | null;
  };
  /** One that nobody has waited for yet does not live. */
  const isAlive = (pid: number) => {
    try {
      return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };

  it('[WS1] asks ps, and ends what is marked, what that started, and nothing else', async () => {
    program('uname', 'echo Darwin');
    const [mine, others] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];
    const [ours, theirs] = [await start(mine), await start(others)];
    expect(ours).toHaveLength(2);
    expect(await sweep(mine)).toBe(0);
    expect(ours.map(isAlive)).toEqual([false, false]);
    expect(theirs.map(isAlive)).toEqual([true, true]);
    expect(await sweep(others)).toBe(0);
    expect(theirs.map(isAlive)).toEqual([false, false]);
  });

  it('[WS1] says that it does not know where neither can tell', async () => {
    program('uname', 'echo Plan9');
    expect(await sweep(randomBytes(12).toString('hex'))).toBe(3);
    program('uname', 'echo Darwin');
    program('ps', 'exit 1');
    expect(await sweep(randomBytes(12).toString('hex'))).toBe(3);
  });
});
