import { createHash, randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/lib/clock.ts';
import { exec } from '../src/ssh/exec.ts';
import { SshPool } from '../src/ssh/pool.ts';
import { openPty, PTY_INPUT_BYTES } from '../src/ssh/pty.ts';
import { endProcesses } from '../src/ssh/sweep.ts';
import type { SshTarget } from '../src/ssh/target.ts';
import { LocalProvider } from '../src/workspaces/providers/local.ts';
import { sequence, targetOf, watchPty } from './ssh-targets.ts';
import { type Sshd, startSshd } from './sshd.ts';

const clock = systemClock;

/** OpenSSH and our own server must be the same to whoever uses them. */
const servers = ['OpenSSH', 'the embedded server'] as const;

describe.each(servers)('PTYs and commands on %s', (server) => {
  let sshd: Sshd | null = null;
  let local: LocalProvider | null = null;
  let target: SshTarget;
  const pool = new SshPool({ clock });
  beforeAll(async () => {
    if (server === 'OpenSSH') {
      sshd = await startSshd({ config: ['AcceptEnv NOTHING'] });
      target = targetOf(sshd);
    } else {
      const availability = { enabled: true, reason: null };
      local = new LocalProvider({
        pool,
        clock,
        dataFolder: '/nonexistent',
        availability,
        // As an init system or a CI starts the server: the shell is the user database's, as it is for OpenSSH.
        environment: { ...process.env, SHELL: undefined },
      });
      target = await local.target();
    }
  });
  afterAll(async () => {
    pool.dispose();
    local?.dispose();
    await sshd?.stop();
  });

  const open = (more: Partial<Parameters<typeof openPty>[3]> = {}) =>
    openPty(pool, clock, target, { cols: 90, rows: 30, cwd: '/usr/share', env: {}, ...more });
  const run = (command: string, more: Partial<Parameters<typeof exec>[3]> = {}) =>
    exec(pool, clock, target, { command, ...more });
  const alive = async (what: string) => Number((await run(`pgrep -fc '${pattern(what)}'`)).stdout);
  const none = (...commands: string[]) =>
    until(
      async () => (await Promise.all(commands.map(alive))).every((count) => count === 0),
      `the end of ${commands.join(' and ')}`,
    );

  /** A shell with a job in the background and one in front; `slow`: with a history that cannot be written for now. */
  async function openWithJob({ slow = false } = {}) {
    const pty = await open();
    const seen = watchPty(pty);
    // Numbers of its own: what a run that was cut short has left behind is not this one's.
    const first = 30_000 + randomInt(30_000);
    const [job, command, history] = [
      `sleep ${first}.5`,
      `sleep ${first}.6`,
      `/tmp/porthole-history-${first}`,
    ];
    pty.write(
      Buffer.from(
        `${slow ? `HISTFILE=${history}; mkfifo $HISTFILE; ` : ''}${job} & ${command}; echo never\n`,
      ),
    );
    await until(
      async () => (await alive(job)) === 1 && (await alive(command)) === 1,
      `${job} and ${command}`,
    );
    return { pty, seen, job, command, history };
  }

  it('opens a login shell in its folder, with our variables whatever the server accepts', async () => {
    const pty = await open({ env: { GREETING: `it's "$HOME" \\ ünï` } });
    const seen = watchPty(pty);
    pty.write(Buffer.from('echo "<$TERM $COLORTERM $PWD $GREETING $0>"; stty -a | grep -o iutf8\n'));
    await seen.until(/<xterm-256color truecolor \/usr\/share it's "\$HOME" \\ ünï -?\/?.*sh>/);
    await seen.until(/\niutf8/);
    pty.close();
    await seen.exited;
  });

  it('reports the exit code and the signal', async () => {
    const codes = watchPty(await open({ command: 'exit 41' }));
    expect(await codes.exited).toEqual({ kind: 'exited', exitCode: 41, signal: null });
    const signal = watchPty(await open({ command: 'kill -TERM $$' }));
    expect(await signal.exited).toEqual({ kind: 'exited', exitCode: null, signal: 'TERM' });
  });

  it('starts in the home folder when its own is gone, and says so', async () => {
    const seen = watchPty(await open({ cwd: '/gone', command: 'pwd' }));
    expect(await seen.exited).toMatchObject({ exitCode: 0 });
    expect(seen.text).toContain('The folder /gone is not there');
  });

  it('takes no harm from input and sizes that come too late', async () => {
    const pty = await open({ command: 'true' });
    const seen = watchPty(pty);
    const late = setInterval(() => {
      pty.write(Buffer.from('late\n'));
      pty.resize(70, 20);
    }, 1);
    await seen.exited;
    clearInterval(late);
    expect((await run('echo still here')).stdout.toString()).toBe('still here\n');
  });

  it('resizes', async () => {
    // Not an interactive bash: it may keep a signal to itself that comes just before its prompt.
    const command = 'trap "stty size; exit" WINCH; echo re""ady; while :; do sleep 0.05; done';
    const pty = await open({ command: `sh -c '${command}'` });
    const seen = watchPty(pty);
    await seen.until(/ready\r/);
    pty.resize(133, 44);
    await seen.until(/44 133\r/);
    await seen.exited;
  });

  it('loses no byte when it is paused and resumed', async () => {
    const pty = await open({ command: 'stty -opost; seq 1 400000' });
    const hash = createHash('md5');
    let size = 0;
    pty.onData((chunk) => {
      hash.update(chunk);
      size += chunk.length;
      if (size % 7 !== 0) return;
      pty.pause();
      setImmediate(() => pty.resume());
    });
    // Held at the very end: what the program wrote before it ended still comes.
    pty.pause();
    setTimeout(() => pty.resume(), 400);
    expect(await new Promise((resolve) => pty.onExit(resolve))).toMatchObject({ exitCode: 0 });
    expect(size).toBe(2_688_895);
    expect(hash.digest('hex')).toBe(createHash('md5').update(sequence(400_000)).digest('hex'));
  });

  it('TR5: Ctrl-C ends a flood within 200 ms', async () => {
    const pty = await open();
    const seen = { bytes: 0 };
    let interruptedAt = 0;
    const prompt = new Promise<number>((resolve) => {
      let text = '';
      pty.onData((chunk) => {
        seen.bytes += chunk.length;
        text = (text + Buffer.from(chunk).toString('latin1')).slice(-200);
        if (interruptedAt === 0 && seen.bytes > 2_000_000) {
          interruptedAt = performance.now();
          pty.write(Buffer.from([3]));
        }
        if (/done=130/.test(text)) resolve(performance.now() - interruptedAt);
      });
    });
    pty.write(Buffer.from("PS1='done=$? '; yes 0123456789012345678901234567890123456789\n"));
    expect(await prompt).toBeLessThan(200);
    pty.close();
  });

  it('[TR9] [SE7] refuses input that a program does not read, past a bound', async () => {
    const pty = await open({ command: 'stty -icanon -echo; echo re""ady; exec sleep 1000' });
    const seen = watchPty(pty);
    await seen.until(/ready/);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let taken = 0;
    let answer = pty.write(chunk);
    for (; answer === 'taken' && taken < 4 * PTY_INPUT_BYTES; answer = pty.write(chunk))
      taken += chunk.length;
    expect(answer).toBe('full');
    expect(taken).toBeGreaterThanOrEqual(PTY_INPUT_BYTES - chunk.length);
    pty.close();
    expect(pty.write(chunk)).toBe('gone');
    await seen.exited;
  });

  it('[TR9] gives a program all of a big paste, in order, however fast it reads', async () => {
    const pty = await open({ command: 'stty raw -echo; echo re""ady; head -c 3000000 | md5sum' });
    const seen = watchPty(pty);
    await seen.until(/ready/);
    const paste = randomBytes(3_000_000);
    for (let at = 0; at < paste.length; at += 60_000)
      expect(pty.write(paste.subarray(at, at + 60_000))).toBe('taken');
    await seen.until(new RegExp(createHash('md5').update(paste).digest('hex')));
    expect(await seen.exited).toMatchObject({ exitCode: 0 });
  });

  it('ends the shell and its jobs when the terminal is closed', async () => {
    const { pty, seen, job, command } = await openWithJob();
    pty.close();
    expect(await seen.exited).toMatchObject({ kind: 'exited' });
    await none(job, command);
  });

  it('ends the jobs of a shell that is slow to end, since it writes its history first', async () => {
    const { pty, job, command, history } = await openWithJob({ slow: true });
    pty.close();
    // A disk that is busy for longer than anything should take, and then is not.
    await run(`sleep 1.5; exec 3<>${history}; while pgrep -f '${pattern(job)}'; do sleep 0.05; done`, {
      timeoutMs: 15_000,
    });
    await none(job, command);
    await run(`rm ${history}`);
  });

  it('feeds a command and takes all of its output', async () => {
    const input = randomBytes(5_000_000);
    const result = await run('cat', { stdin: input, maxOutputBytes: 6_000_000 });
    expect(result.stdout.equals(input)).toBe(true);
    expect(result).toMatchObject({ exitCode: 0, signal: null, truncated: false, timedOut: false });
  });

  it('keeps stdout and stderr apart, up to the limit each', async () => {
    const result = await run('printf 12345; printf abcdefgh >&2; exit 9', { maxOutputBytes: 5 });
    expect(result).toMatchObject({ exitCode: 9, truncated: true });
    expect(result.stdout.toString()).toBe('12345');
    expect(result.stderr.toString()).toBe('abcde');
  });

  it('leaves nothing running after a timeout, also what has left its process group', async () => {
    const result = await run('setsid -f sleep 2718; sleep 2719 & nohup sleep 2720', { timeoutMs: 400 });
    expect(result).toMatchObject({ timedOut: true, exitCode: null });
    expect(await alive('sleep 27')).toBe(0);
  });

  it('leaves nothing running after an abort', async () => {
    const abort = new AbortController();
    const running = run('echo up; sleep 1618', { signal: abort.signal, onStdout: () => abort.abort() });
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    expect(await alive('sleep 1618')).toBe(0);
  });

  it('kills what ignores being asked', async () => {
    const mark = `stubborn_${randomInt(1e9)}`;
    await run(`sh -c 'trap "" TERM HUP; while :; do sleep 0.1; done' >/dev/null 2>&1 &`, {
      env: { MARK: mark },
    });
    await endProcesses(pool, clock, target, `MARK=${mark}`);
    expect((await run(`grep -lsF MARK=${mark} /proc/[0-9]*/environ`)).stdout.toString()).toBe('');
  });
});

/** Of `pgrep`: what it finds is not the command line that has the pattern in it. */
const pattern = (command: string) => `${command.slice(0, -1)}[${command.at(-1)}]`;

async function until(check: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 15_000;
  while (!(await check())) if (performance.now() > end) throw new Error(`never came: ${what}`);
}
