import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostRow } from '@porthole/shared';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../src/ssh/host-keys.ts';
import { watchPty } from './ssh-targets.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { codeOf, createWorld, type World } from './workspaces-world.ts';

describe('machines that admins add', () => {
  let world: World;
  let sshd: Sshd;
  const folderOf = (id: string) => join(sshd.home, '.porthole', 'workspaces', id);
  beforeAll(async () => {
    world = await createWorld();
  });
  beforeEach(async () => {
    sshd = await startSshd();
  });
  afterEach(() => sshd.stop());
  afterAll(() => world.dispose());

  const add = (more: object = {}) =>
    world.call('createHost', world.owner, {
      body: {
        ...{ name: 'build-1', address: '127.0.0.1', port: sshd.port, username: sshd.user },
        ...{ auth: 'key', privateKey: sshd.privateKey, ...more },
      } as never,
    });
  const probe = (host: HostRow) => world.call('probeHost', world.owner, { params: { host: host.id } });
  const pin = (host: HostRow, print: string) =>
    world.call('pinHostKey', world.owner, { params: { host: host.id }, body: { fingerprint: print } });
  const shown = () => fingerprint(Buffer.from(sshd.hostKey, 'base64'));
  const create = (hostId: string) =>
    world.call('createWorkspace', world.member, { body: { provider: 'ssh', hostId } });

  it('[SE4] are trusted only once somebody has accepted the key that was shown', async () => {
    const host = await add();
    expect(host).toMatchObject({
      hostKeyFingerprint: null,
      publicKey: expect.stringMatching(/^ssh-ed25519 /),
    });
    expect(await codeOf(create(host.id))).toBe('host_key_unknown');
    expect(await probe(host)).toMatchObject({
      ...{ reachable: true, fingerprint: shown(), keyType: 'ssh-ed25519', pinned: null },
      problem: { code: 'host_key_unknown' },
    });
    expect(await codeOf(pin(host, 'SHA256:somethingelse'))).toBe('host_key_changed');
    expect(await pin(host, shown())).toMatchObject({ id: host.id, hostKeyFingerprint: shown() });
    expect(await probe(host)).toMatchObject({ reachable: true, pinned: shown(), problem: null });
  });

  it('[SE4] are refused when the key changes, until an admin accepts the new one', async () => {
    const host = await add();
    await pin(host, shown());
    const old = shown();
    await sshd.changeHostKey();
    expect(await probe(host)).toMatchObject({
      pinned: old,
      fingerprint: shown(),
      problem: { code: 'host_key_changed' },
    });
    const { id } = await create(host.id);
    const row = await world.workspaceWhen(id, ({ status }) => status !== 'provisioning');
    expect(row).toMatchObject({ status: 'error', error: { code: 'host_key_changed' } });
    expect(row.error?.message).toContain(old);
    expect(row.error?.message).toContain(shown());
    await pin(host, shown());
    await world.call('retryWorkspace', world.member, { params: { workspace: id } });
    expect(await world.workspaceWhen(id, ({ status }) => status === 'running')).toMatchObject({
      error: null,
    });
    await world.call('deleteWorkspace', world.member, { params: { workspace: id } });
    await world.workspaceGone(id);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  it('[SE4] are looked at as they are now, and not through a connection that is open already', async () => {
    const host = await add();
    await pin(host, shown());
    const { id } = await create(host.id);
    await world.workspaceWhen(id, ({ status }) => status === 'running');
    const lease = await world.workspaces.machines.lease(id);
    // What is connected stays so; another machine answers from now on.
    await sshd.changeHostKey();
    expect(await probe(host)).toMatchObject({ problem: { code: 'host_key_changed' } });
    lease.dispose();
  });

  it('carry workspaces with terminals, and cannot be removed meanwhile', async () => {
    const host = await add();
    await pin(host, shown());
    const { id } = await create(host.id);
    const row = await world.workspaceWhen(id, ({ status }) => status === 'running' || status === 'error');
    expect(row).toMatchObject({ status: 'running', folder: join(folderOf(id), 'workspace') });
    const pty = await world.workspaces.machines.openPty(id, { cols: 80, rows: 24, env: {} });
    const seen = watchPty(pty);
    pty.write(Buffer.from('test -n "$SSH_CONNECTION" && echo via=ss""h\n'));
    await seen.until(/via=ssh/);
    const remove = () => world.call('deleteHost', world.owner, { params: { host: host.id } });
    expect(await codeOf(remove())).toBe('conflict');
    await world.call('deleteWorkspace', world.member, { params: { workspace: id } });
    await seen.exited;
    await world.workspaceGone(id);
    expect(await remove()).toEqual({});
  });

  it('[SE4] keep their private keys encrypted and to themselves', async () => {
    const host = await add({ name: 'secretive' });
    const stored = await world.db.q
      .selectFrom('hosts')
      .selectAll()
      .where('id', '=', host.id)
      .executeTakeFirstOrThrow();
    const secret = sshd.privateKey.split('\n')[2] ?? '';
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(JSON.stringify([host, world.feed, await world.call('listHosts', world.member)])).not.toContain(
      secret,
    );
    expect(stored.secret).toMatch(/^v1\./);
  });

  it('are given a key pair when nobody brings one', async () => {
    const host = await add({ privateKey: undefined });
    expect(host.publicKey).toMatch(/^ssh-ed25519 \S+ porthole build-1$/);
    await pin(host, shown());
    expect(await probe(host)).toMatchObject({ reachable: true, problem: { code: 'ssh_authentication' } });
  });

  it('say what is wrong with them', async () => {
    expect(await codeOf(add({ privateKey: 'nonsense' }))).toBe('bad_request');
    expect(await codeOf(add({ address: '-oProxyCommand=x' }))).toBe('bad_request');
    const host = await add();
    await sshd.stop();
    expect(await probe(host)).toMatchObject({
      reachable: false,
      fingerprint: null,
      problem: { code: 'host_refused' },
    });
    expect(await codeOf(pin(host, 'SHA256:x'))).toBe('host_refused');
    sshd = await startSshd();
  });

  it('[SE3] belong to admins of their organisation', async () => {
    const host = await add();
    const asMember = { params: { host: host.id } };
    expect(await codeOf(world.call('probeHost', world.member, asMember))).toBe('forbidden');
    expect(await codeOf(world.call('deleteHost', world.member, asMember))).toBe('forbidden');
    expect(await codeOf(world.call('listHosts', world.stranger))).toBe('not_found');
    const strangers = world.feed.find(({ table }) => table === 'hosts');
    expect(strangers).toBeDefined();
    const { id: otherOrg } = await world.db.q
      .selectFrom('organisations')
      .select('id')
      .where('id', '!=', world.org)
      .executeTakeFirstOrThrow();
    const asStranger = { params: { org: otherOrg, host: host.id } };
    expect(await codeOf(world.call('probeHost', world.stranger, asStranger))).toBe('not_found');
    expect(await codeOf(world.call('deleteHost', world.stranger, asStranger))).toBe('not_found');
    const body = { provider: 'ssh' as const, hostId: host.id };
    expect(
      await codeOf(world.call('createWorkspace', world.stranger, { params: { org: otherOrg }, body })),
    ).toBe('not_found');
  });
});

describe('repositories and credentials', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ allowLocalRepositories: false });
  });
  afterAll(() => world.dispose());

  const add = (body: object) => world.call('createRepository', world.member, { body: body as never });

  it('are added, changed and removed, and what is in use stays', async () => {
    const credential = await world.call('createCredential', world.owner, {
      body: { kind: 'https_token', name: 'robot', host: 'git.example.com', token: 'x' },
    });
    const repository = await add({
      url: 'https://git.example.com/acme/payments.git',
      credentialId: credential.id,
    });
    expect(repository).toMatchObject({ name: 'acme/payments', defaultBranch: 'main' });
    const params = { repository: repository.id };
    expect(await codeOf(add({ url: 'https://git.example.com/acme/payments.git' }))).toBe('conflict');
    expect(await world.call('updateRepository', world.member, { params, body: { name: 'pay' } })).toEqual({
      ...repository,
      name: 'pay',
    });
    const forget = () =>
      world.call('deleteCredential', world.owner, { params: { credential: credential.id } });
    expect(await codeOf(forget())).toBe('conflict');
    expect(await codeOf(world.call('deleteRepository', world.member, { params }))).toBe('forbidden');
    expect(await world.call('deleteRepository', world.owner, { params })).toEqual({});
    expect(await forget()).toEqual({});
    expect(await codeOf(forget())).toBe('not_found');
  });

  it('carry no secret in their URL, and name no folder of this machine', async () => {
    for (const url of ['https://me:secret@host/x', '/etc', 'file:///etc', 'ext::sh', 'http://host/x']) {
      expect(await codeOf(add({ url }))).toBe('bad_request');
    }
  });

  it('[SE3] are not there for another organisation', async () => {
    const credential = await world.call('createCredential', world.owner, {
      body: { kind: 'https_token', name: 'robot', host: 'git.example.com', token: 'x' },
    });
    const { id: org } = await world.db.q
      .selectFrom('organisations')
      .select('id')
      .where('id', '!=', world.org)
      .executeTakeFirstOrThrow();
    const theirs = world.call('createRepository', world.stranger, {
      params: { org },
      body: { url: 'https://git.example.com/x', credentialId: credential.id },
    });
    expect(await codeOf(theirs)).toBe('not_found');
    await add({ url: 'https://git.example.com/acme/in-use', credentialId: credential.id });
    const forget = world.call('deleteCredential', world.stranger, {
      params: { org, credential: credential.id },
    });
    expect(await codeOf(forget)).toBe('not_found');
    expect((await world.call('listCredentials', world.member)).credentials).toContainEqual(credential);
  });
});
