import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/lib/clock.ts';
import type { PtyChannel } from '../src/lib/pty.ts';
import { connectSsh } from '../src/ssh/connect.ts';
import { SshError } from '../src/ssh/errors.ts';
import { exec } from '../src/ssh/exec.ts';
import { type PoolLimits, SshPool } from '../src/ssh/pool.ts';
import { openPty } from '../src/ssh/pty.ts';
import type { SshTarget } from '../src/ssh/target.ts';
import { FakeClock } from './fake-clock.ts';
import { targetOf, watchPty } from './ssh-targets.ts';
import { type Sshd, startSshd } from './sshd.ts';

const clock = systemClock;
const shell = { cols: 80, rows: 24, cwd: '/', env: {} };

describe('a pool of connections to a real sshd', () => {
  let sshd: Sshd;
  let target: SshTarget;
  const pools: SshPool[] = [];
  beforeAll(async () => {
    sshd = await startSshd({ config: ['MaxSessions 2'] });
    target = targetOf(sshd);
  });
  afterEach(() => {
    for (const pool of pools.splice(0)) pool.dispose();
  });
  afterAll(() => sshd.stop());

  function counting(limits: Partial<PoolLimits>, poolClock: typeof clock | FakeClock = clock) {
    const seen = { connects: 0, atOnce: 0, most: 0 };
    const connect: typeof connectSsh = async (to, deps) => {
      seen.connects += 1;
      seen.atOnce += 1;
      seen.most = Math.max(seen.most, seen.atOnce);
      try {
        return await connectSsh(to, { ...deps, clock });
      } finally {
        seen.atOnce -= 1;
      }
    };
    const pool = new SshPool({ clock: poolClock, limits, connect });
    pools.push(pool);
    return { pool, seen };
  }

  it('opens as many connections as MaxSessions asks for, having learned the limit from a refusal', async () => {
    const { pool, seen } = counting({ spreadPtys: 1 });
    const ptys: PtyChannel[] = [];
    for (let count = 0; count < 5; count += 1) ptys.push(await openPty(pool, clock, target, shell));
    expect(pool.stats(target.key)).toEqual({ connections: 3, sessions: 5 });
    for (const [index, pty] of ptys.entries()) {
      const seenBy = watchPty(pty);
      pty.write(Buffer.from(`echo n=${index}$((1+1))\n`));
      await seenBy.until(new RegExp(`n=${index}2`));
    }
    expect(seen.most).toBe(1);
    for (const pty of ptys) pty.close();
  });

  it('connects once for many channels that come at once', async () => {
    const { pool, seen } = counting({});
    // None ends before all have begun.
    const command = (index: number) =>
      `cd "$HOME"; : >at-once-${index}; while [ "$(ls | grep -c at-once)" -lt 6 ]; do sleep 0.02; done; echo ${index}`;
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, index) => exec(pool, clock, target, { command: command(index) })),
    );
    expect(results.map(({ stdout }) => stdout.toString().trim())).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(seen.most).toBe(1);
    expect(seen.connects).toBe(3);
  });

  it('gives terminals a connection each while there are few', async () => {
    const { pool } = counting({ spreadPtys: 2 });
    const ptys = [];
    for (let count = 0; count < 3; count += 1) ptys.push(await openPty(pool, clock, target, shell));
    expect(pool.stats(target.key)).toEqual({ connections: 2, sessions: 3 });
    for (const pty of ptys) pty.close();
  });

  it('fails all who wait for a connect that fails, and tries anew for the next', async () => {
    const { pool, seen } = counting({});
    const wrong = { ...target, key: 'wrong', user: 'nobody-here' };
    const tries = await Promise.allSettled(
      Array.from({ length: 4 }, () => exec(pool, clock, wrong, { command: 'true' })),
    );
    expect(tries.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(
      Array(4).fill('authentication'),
    );
    expect(seen.connects).toBe(1);
    await expect(exec(pool, clock, wrong, { command: 'true' })).rejects.toMatchObject({
      code: 'authentication',
    });
    expect(seen.connects).toBe(2);
  });

  it('says when every connection is full', async () => {
    const { pool } = counting({ connectionsPerMachine: 1, spreadPtys: 1 });
    const ptys = [await openPty(pool, clock, target, shell), await openPty(pool, clock, target, shell)];
    await expect(openPty(pool, clock, target, shell)).rejects.toMatchObject({ code: 'channel_limit' });
    const [first] = ptys;
    const ended = new Promise((resolve) => first?.onExit(resolve));
    first?.close();
    await ended;
    ptys.push(await openPty(pool, clock, target, shell));
    for (const pty of ptys) pty.close();
  });

  it('closes a connection that nobody uses, but not a leased one', async () => {
    const fake = new FakeClock();
    const { pool } = counting({ idleMs: 60_000 }, fake);
    const lease = await pool.lease(target);
    await exec(pool, fake, target, { command: 'true' });
    fake.advance(120_000);
    expect(pool.stats(target.key).connections).toBe(1);
    lease.dispose();
    fake.advance(59_000);
    expect(pool.stats(target.key).connections).toBe(1);
    const closed = pool.whenIdle(target.key);
    fake.advance(2_000);
    await closed;
    expect(pool.stats(target.key).connections).toBe(0);
  });

  it('ends terminals as lost when the machine goes, and works again with the next', async () => {
    const { pool } = counting({});
    const pty = await openPty(pool, clock, target, shell);
    const seen = watchPty(pty);
    pty.write(Buffer.from('echo re""ady\n'));
    await seen.until(/ready/);
    sshd.killConnections();
    expect(await seen.exited).toMatchObject({ kind: 'lost', exitCode: null, message: expect.any(String) });
    expect((await exec(pool, clock, target, { command: 'echo back' })).stdout.toString()).toBe('back\n');
  });

  it('[SE7] lets go at once of who gives up, while a machine that has gone silent keeps its channel open', async () => {
    const { pool } = counting({});
    await exec(pool, clock, target, { command: 'true' });
    const frozen = sshd.freezeConnections();
    const giveUp = new AbortController();
    const silent = exec(pool, clock, target, { command: 'true', signal: giveUp.signal });
    giveUp.abort();
    await expect(silent).rejects.toMatchObject({ code: 'aborted' });
    frozen.dispose();
    // The channel came after all, and was closed.
    expect((await exec(pool, clock, target, { command: 'echo on' })).stdout.toString()).toBe('on\n');
  });

  it('[SE4] breaks off a connect under a key that is no longer trusted', async () => {
    const seen: (string | null)[] = [];
    let begun = () => {};
    const connecting = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const connect: typeof connectSsh = async (to, deps) => {
      seen.push(to.hostKey);
      if (to.hostKey !== 'old') return connectSsh(to, deps);
      begun();
      // A machine that says nothing.
      return new Promise((_, reject) => {
        deps.signal?.addEventListener('abort', () => reject(new SshError('aborted', 'broken off')));
      });
    };
    const pool = new SshPool({ clock, connect });
    pools.push(pool);
    const before = exec(pool, clock, { ...target, hostKey: 'old' }, { command: 'true' });
    before.catch(() => {});
    await connecting;
    const after = exec(pool, clock, target, { command: 'echo in' });
    pool.closeMachine(target.key);
    await expect(before).rejects.toMatchObject({ code: 'lost', kind: 'transient' });
    expect((await after).stdout.toString()).toBe('in\n');
    expect(seen).toEqual(['old', target.hostKey]);
  });

  it('gives up at once on a server that allows no session at all', async () => {
    const none = await startSshd({ config: ['MaxSessions 0'] });
    const { pool, seen } = counting({});
    await expect(exec(pool, clock, targetOf(none), { command: 'true' })).rejects.toMatchObject({
      code: 'channel_limit',
    });
    expect(seen.connects).toBe(1);
    await none.stop();
  });
});
