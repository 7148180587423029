/** What git credentials are used for, whoever chooses them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, createWorld, type World } from './workspaces-world.ts';

describe('[SE4] a token', () => {
  let world: World;
  let evil: Server;
  let heard: (string | undefined)[];
  let evilUrl: string;
  beforeAll(async () => {
    world = await createWorld();
    heard = [];
    evil = createServer(({ headers }, answer) => {
      heard.push(headers.authorization);
      answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    }).listen(0, '127.0.0.1');
    await once(evil, 'listening');
    evilUrl = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/acme/payments.git`;
  });
  afterAll(async () => {
    await world.dispose();
    evil.close();
  });

  let made = 0;
  const token = async (host = 'git.example.com') => {
    const body = { kind: 'https_token' as const, name: 'robot', host, token: 'a secret' };
    return (await world.call('createCredential', world.owner, { body })).id;
  };
  /** As the version before had it. */
  const unbound = async () => {
    const id = await token();
    await world.db.q.updateTable('credentials').set({ host: null }).where('id', '=', id).execute();
    return id;
  };
  const newUrl = () => {
    made += 1;
    return `https://git.example.com/acme/${made}.git`;
  };
  type Who = 'owner' | 'member';
  const add = (url: string, credentialId: string | null, who: Who = 'member') =>
    world.call('createRepository', world[who], { body: { url, credentialId } });
  const change = (repository: string, body: object) =>
    world.call('updateRepository', world.member, { params: { repository }, body });
  const workspace = (body: object) =>
    world.call('createWorkspace', world.member, { body: { provider: 'local', ...body } });

  it('names the host that it is for', async () => {
    const body = { kind: 'https_token' as const, name: 'x', token: 'x' };
    const typed = (host: string) => world.call('createCredential', world.owner, { body: { ...body, host } });
    expect((await typed('https://GitHub.com/acme')).host).toBe('github.com');
    expect(await codeOf(typed('not a host'))).toBe('bad_request');
  });

  it('is chosen for no other host, and not for plain http', async () => {
    const credentialId = await token();
    const before = await world.call('listRepositories', world.member);
    for (const url of [
      evilUrl,
      'https://evil.example/a/b',
      'http://git.example.com/a/b',
      'https://git.example.com:8443/a/b',
      'ssh://git@git.example.com/a/b',
    ]) {
      expect(await codeOf(add(url, credentialId))).toBe('bad_request');
      expect(await codeOf(workspace({ url, credentialId }))).toBe('bad_request');
    }
    expect(await world.call('listRepositories', world.member)).toEqual(before);
    const { id } = await add('https://evil.example/a/b', null);
    expect(await codeOf(change(id, { credentialId }))).toBe('bad_request');
    expect(await add(newUrl(), credentialId)).toMatchObject({ credentialId });
  });

  it('is not sent where it was chosen for before', async () => {
    const credentialId = await token(new URL(evilUrl).host);
    const { id } = await add(evilUrl, credentialId);
    await world.db.q
      .updateTable('credentials')
      .set({ host: 'git.example.com' })
      .where('id', '=', credentialId)
      .execute();
    heard = [];
    const { id: workspaceId } = await workspace({ repositoryId: id });
    const row = await world.workspaceWhen(workspaceId, ({ status }) => status !== 'provisioning');
    expect(row).toMatchObject({ status: 'error', error: { code: 'credential_refused' } });
    expect(heard).toEqual([]);
    expect(await world.workspaces.remote(workspaceId)).toMatchObject({ url: evilUrl, token: null });
    // The repository can be renamed all the same, by a form that sends everything.
    expect(await change(id, { name: 'renamed', credentialId })).toMatchObject({ name: 'renamed' });
  });

  it('of before is for the host that an admin first chooses it for', async () => {
    const credentialId = await unbound();
    expect(await codeOf(add(newUrl(), credentialId))).toBe('forbidden');
    expect(await codeOf(add('http://evil.example/a/b', credentialId, 'owner'))).toBe('bad_request');
    expect(await add(newUrl(), credentialId, 'owner')).toMatchObject({ credentialId });
    expect(await codeOf(add('https://evil.example/c/d', credentialId, 'owner'))).toBe('bad_request');
    expect(await add(newUrl(), credentialId)).toMatchObject({ credentialId });
    const { credentials } = await world.call('listCredentials', world.member);
    expect(credentials.find(({ id }) => id === credentialId)?.host).toBe('git.example.com');
  });

  it('that nobody has named a host for is sent nowhere', async () => {
    const credentialId = await token();
    const { id } = await add(newUrl(), credentialId);
    await world.db.q.updateTable('credentials').set({ host: null }).where('id', '=', credentialId).execute();
    const { id: workspaceId } = await workspace({ repositoryId: id });
    const row = await world.workspaceWhen(workspaceId, ({ status }) => status !== 'provisioning');
    expect(row).toMatchObject({ status: 'error', error: { code: 'credential_refused' } });
    // A member who saves the repository as it is says nothing; an admin does.
    const host = async () => {
      const { credentials } = await world.call('listCredentials', world.member);
      return credentials.find((each) => each.id === credentialId)?.host;
    };
    await change(id, { credentialId });
    expect(await host()).toBeNull();
    await world.call('updateRepository', world.owner, { params: { repository: id }, body: { credentialId } });
    expect(await host()).toBe('git.example.com');
  });

  it('that is chosen with a URL that is known becomes the repository’s, or is refused', async () => {
    const { host } = new URL(evilUrl);
    const [credentialId, other] = [await token(host), await token(host)];
    const url = `http://${host}/acme/known.git`;
    const { id } = await add(url, null);
    const first = await workspace({ url, credentialId });
    expect(first.repositoryId).toBe(id);
    const stored = async () => {
      const { repositories } = await world.call('listRepositories', world.member);
      return repositories.find((each) => each.id === id)?.credentialId;
    };
    expect(await stored()).toBe(credentialId);
    expect((await workspace({ url, credentialId })).repositoryId).toBe(id);
    expect((await workspace({ url })).repositoryId).toBe(id);
    expect(await codeOf(workspace({ url, credentialId: other }))).toBe('conflict');
    expect(await stored()).toBe(credentialId);
  });
});
