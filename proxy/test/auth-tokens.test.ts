/** API tokens: scopes, organisations, secrets and ends. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { Client, type Person, SyncClient, signUpOwner, startProxy, TestSocket } from './harness.ts';

type Running = Awaited<ReturnType<typeof startProxy>>;

describe('API tokens', () => {
  let proxy: Running;
  let owner: Person;
  beforeAll(async () => {
    proxy = await startProxy();
    owner = await signUpOwner(proxy);
  });
  afterAll(() => proxy.dispose());

  const make = async (scope: 'read' | 'write' | 'admin', org = owner.org) => {
    const { token, secret } = await owner.client.call('createToken', {
      body: { name: 'ci', organisationId: org, scope, days: 7 },
    });
    const client = new Client(proxy.url);
    client.origin = null;
    client.token = secret;
    return { id: token.id, client };
  };

  it('do what their scope allows and no more; devices and tokens are for people', async () => {
    const [read, write, admin] = [await make('read'), await make('write'), await make('admin')];
    const params = { org: owner.org };
    expect((await read.client.call('getMe', {})).deviceId).toBeNull();
    await read.client.call('listMembers', { params });
    const rename = { params, body: { name: 'Acme' } };
    expect(await read.client.refusal('updateOrganisation', rename)).toBe('forbidden');
    expect(await write.client.refusal('updateOrganisation', rename)).toBe('forbidden');
    await admin.client.call('updateOrganisation', rename);
    const workspace = newId('workspace');
    expect(await read.client.refusal('startWorkspace', { params: { workspace } })).toBe('forbidden');
    expect(await write.client.refusal('startWorkspace', { params: { workspace } })).toBe('not_found');
    expect(await admin.client.refusal('listTokens', {})).toBe('forbidden');
    expect(await admin.client.refusal('createOrganisation', { body: { name: 'x' } })).toBe('forbidden');
  });

  it('[SE3] are good in one organisation, and see no other', async () => {
    const { id } = await owner.client.call('createOrganisation', { body: { name: 'Second' } });
    const { client } = await make('admin', id);
    expect((await client.call('getMe', {})).organisations.map((org) => org.name)).toEqual(['Second']);
    expect(await client.refusal('listMembers', { params: { org: owner.org } })).toBe('not_found');
    const bystander = { name: 'x', organisationId: newId('organisation'), scope: 'read', days: 1 } as const;
    expect(await owner.client.refusal('createToken', { body: bystander })).toBe('not_found');
  });

  it('[SE4] are stored as a hash, shown once, and are not taken for anything else', async () => {
    const { client } = await make('read');
    const rows = await proxy.server.db.q.selectFrom('api_tokens').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(client.token!.slice('porthole_'.length));
    expect(JSON.stringify(await owner.client.call('listTokens', {}))).not.toContain(client.token!.slice(9));
    // A wrong token is not made up for by a good cookie.
    const both = new Client(proxy.url);
    both.cookie = owner.client.cookie;
    for (const token of ['porthole_wrongwrongwrongwrongwrongwrong', 'x', ''])
      expect(
        (await both.raw('GET', '/api/me', { headers: { authorization: `Bearer ${token}` } })).status,
      ).toBe(401);
  });

  it('end when they are over or revoked, and so do their sockets', async () => {
    const { id, client } = await make('read');
    const sync = await SyncClient.open(client, owner.org);
    await owner.client.call('revokeToken', { params: { token: id } });
    expect((await sync.socket.closed).code).toBe(4401);
    expect(await client.refusal('getMe', {})).toBe('unauthenticated');
    const over = await make('read');
    await proxy.server.db.q
      .updateTable('api_tokens')
      .set({ expires_at: Date.now() - 1 })
      .where('id', '=', over.id)
      .execute();
    expect(await over.client.refusal('getMe', {})).toBe('token_expired');
    await expect(TestSocket.open(over.client, '/ws/sync')).rejects.toThrow('refused with 401 token_expired');
  });
});
