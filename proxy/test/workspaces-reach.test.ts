/** Machines that cannot be reached while their workspaces run. On a real sshd, and a clock that the test moves. */
import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../src/ssh/host-keys.ts';
import { FakeClock } from './fake-clock.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { createWorld, type World } from './workspaces-world.ts';

describe('a machine that is not reached', () => {
  let world: World;
  let sshd: Sshd;
  let clock: FakeClock;
  let host: string;
  beforeEach(async () => {
    clock = new FakeClock();
    sshd = await startSshd();
    world = await createWorld({ clock });
    const named = { name: 'build-1', address: '127.0.0.1', port: sshd.port, username: sshd.user };
    const body = { ...named, auth: 'key', privateKey: sshd.privateKey } as const;
    host = (await world.call('createHost', world.owner, { body })).id;
    await world.call('pinHostKey', world.owner, {
      params: { host },
      body: { fingerprint: fingerprint(Buffer.from(sshd.hostKey, 'base64')) },
    });
  });
  afterEach(async () => {
    await world.dispose();
    await sshd.stop();
  });

  const create = async () => {
    const { id } = await world.call('createWorkspace', world.member, {
      body: { provider: 'ssh', hostId: host },
    });
    return world.workspaceWhen(id, ({ status }) => status === 'running');
  };
  const row = (id: string) => world.call('getWorkspace', world.member, { params: { workspace: id } });
  const tryNow = (id: string) => world.call('checkWorkspace', world.member, { params: { workspace: id } });
  const folderOf = (id: string) => join(sshd.home, '.porthole', 'workspaces', id);
  const minute = async () => {
    clock.advance(60_000);
    await world.workspaces.checkIdle();
  };
  /** How often its row was written. */
  const writes = (id: string) => world.feed.filter((entry) => entry.id === id).length;

  it('[WS3] says so after two looks, since when and why, and takes it back after one', async () => {
    const { id } = await create();
    await sshd.down();
    await minute();
    expect((await row(id)).unreachable).toBeNull();
    const since = clock.now();
    await minute();
    const missed = await row(id);
    expect(missed).toMatchObject({ status: 'running', unreachable: { code: 'refused', at: since } });
    const before = writes(id);
    await minute();
    expect(writes(id)).toBe(before);
    await sshd.up();
    await minute();
    expect(await row(id)).toMatchObject({ status: 'running', unreachable: null });
    expect(writes(id)).toBe(before + 1);
  });

  it('[WS3] is not stopped for being idle, and is asked once for all its workspaces', async () => {
    const both = [await create(), await create()];
    await sshd.down();
    for (let passed = 0; passed < 40; passed += 1) await minute();
    const seen = await Promise.all(both.map(({ id }) => row(id)));
    expect(seen.map(({ status, unreachable }) => [status, unreachable?.code])).toEqual([
      ['running', 'refused'],
      ['running', 'refused'],
    ]);
    await sshd.up();
    await minute();
    for (const { id } of both) await world.workspaceWhen(id, ({ status }) => status === 'stopped');
  });

  it('[WS3] is looked at once more when a person asks, and whoever gets in says that it is there', async () => {
    const { id } = await create();
    await sshd.down();
    expect((await tryNow(id)).unreachable).toMatchObject({ code: 'refused', at: clock.now() });
    await sshd.up();
    expect((await tryNow(id)).unreachable).toBeNull();
    await sshd.down();
    await tryNow(id);
    await sshd.up();
    await world.workspaces.machines.exec(id, { command: 'true' });
    expect(await world.workspaceWhen(id, ({ unreachable }) => unreachable === null)).toBeTruthy();
  });

  it('[WS3] holds nothing up for longer than ten seconds', async () => {
    const { id } = await create();
    const frozen = sshd.freezeConnections();
    const looking = tryNow(id);
    await clock.waiting(10_000, 10_000);
    clock.advance(10_000);
    expect((await looking).unreachable).toMatchObject({ code: 'timeout' });
    frozen.dispose();
    expect((await tryNow(id)).unreachable).toBeNull();
  });

  it('[WS1] has failed when its folder is gone for sure, and Retry makes it anew', async () => {
    const { id } = await create();
    rmSync(folderOf(id), { recursive: true });
    await minute();
    await minute();
    const gone = await world.workspaceWhen(id, ({ status }) => status === 'error');
    expect(gone).toMatchObject({ error: { code: 'machine_gone' }, unreachable: null });
    await world.call('retryWorkspace', world.member, { params: { workspace: id } });
    await world.workspaceWhen(id, ({ status }) => status === 'running');
  });

  it('[WS1] has not failed when the place of all workspaces is away, as with a disk that is not mounted', async () => {
    const { id } = await create();
    const place = dirname(folderOf(id));
    renameSync(place, `${place}-away`);
    await minute();
    await minute();
    expect(await row(id)).toMatchObject({ status: 'running', unreachable: { code: 'folder_missing' } });
    rmSync(place, { recursive: true, force: true });
    renameSync(`${place}-away`, place);
    await minute();
    expect(await row(id)).toMatchObject({ status: 'running', unreachable: null });
  });

  it('[WS1] a stop, and a start, forget it', async () => {
    const { id } = await create();
    await sshd.down();
    await tryNow(id);
    await sshd.up();
    await world.call('stopWorkspace', world.member, { params: { workspace: id } });
    const stopped = await world.workspaceWhen(id, ({ status }) => status === 'stopped');
    expect(stopped.unreachable).toBeNull();
  });
});
