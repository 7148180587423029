/** "Check": it answers in time, whatever the machine does. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Disposable, DisposableStore, toDisposable } from '../src/lib/disposable.ts';
import { PROBE_MS, probeHost } from '../src/workspaces/host-probe.ts';
import { FakeClock } from './fake-clock.ts';
import { targetOf } from './ssh-targets.ts';
import { startSshd } from './sshd.ts';
import { appears, HANGS } from './sshd-moods.ts';

const never = new AbortController().signal;
describe('a look at a machine', () => {
  let resources = new DisposableStore();
  afterEach(() => {
    resources.dispose();
    resources = new DisposableStore();
  });
  const owned = <T>(value: T, dispose: (value: T) => void): T => {
    resources.add(toDisposable(() => dispose(value)) as Disposable);
    return value;
  };

  it('[SE7] comes to an end when nobody answers', async () => {
    const silent = owned(createServer().listen(0, '127.0.0.1'), (server) => server.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const sshd = await startSshd();
    const target = targetOf(sshd, { address: { host: '127.0.0.1', port } });
    await sshd.stop();
    const clock = new FakeClock();
    const looking = probeHost(target, clock, never);
    await clock.waiting(PROBE_MS, PROBE_MS);
    clock.advance(PROBE_MS);
    expect(await looking).toMatchObject({ reachable: false, problem: { code: 'host_unreachable' } });
  });

  it('[SE7] comes to an end when the machine lets us in and runs nothing, and says so', async () => {
    const sshd = await startSshd({ config: [HANGS.config] });
    const clock = new FakeClock();
    const began = appears(sshd.home, HANGS.began);
    const looking = probeHost(targetOf(sshd), clock, never);
    await began;
    clock.advance(PROBE_MS);
    expect(await looking).toMatchObject({
      reachable: true,
      problem: { code: 'host_unreachable', message: expect.stringContaining('runs no command') },
    });
    await sshd.stop();
  });
});
