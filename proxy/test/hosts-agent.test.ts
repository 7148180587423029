/** Machines that are signed in to by the server's ssh-agent, which is the operator's own identity. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { addStranger, type Person, signUpOwner, startProxy } from './harness.ts';
import { codeOf, createWorld, type World } from './workspaces-world.ts';

const HOST = { name: 'build-1', address: '127.0.0.1', port: 1, username: 'dev' };
const byAgent = { ...HOST, auth: 'agent' as const };

describe('the server’s ssh-agent', () => {
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let owner: Person;
  let stranger: Person;
  beforeAll(async () => {
    proxy = await startProxy({ env: { SSH_AUTH_SOCK: '/nowhere/agent.sock' } });
    owner = await signUpOwner(proxy);
    stranger = await addStranger(owner, 'Olga');
  });
  afterAll(() => proxy.dispose());

  it('[SE4] is for the organisation of set-up alone, and not for one that somebody invited has started', async () => {
    const add = (who: Person) => ({ params: { org: who.org }, body: byAgent });
    expect(await owner.client.call('createHost', add(owner))).toMatchObject({ auth: 'agent' });
    expect(await owner.client.call('listHosts', { params: { org: owner.org } })).toMatchObject({
      agent: true,
    });
    expect(await stranger.client.refusal('createHost', add(stranger))).toBe('forbidden');
    expect(await stranger.client.call('listHosts', { params: { org: stranger.org } })).toEqual({
      hosts: [],
      agent: false,
    });
    // Nor one that the owner of the server starts: whoever is an admin there need not be one here.
    const { id } = await owner.client.call('createOrganisation', { body: { name: 'Second' } });
    expect(await owner.client.refusal('createHost', add({ ...owner, org: id }))).toBe('forbidden');
  });

  it('is not offered by a server that has none, which says so to nobody else', async () => {
    const bare = await startProxy();
    const first = await signUpOwner(bare);
    const other = await addStranger(first, 'Oskar');
    const refusal = (who: Person) =>
      who.client.refusal('createHost', { params: { org: who.org }, body: byAgent });
    expect(await refusal(first)).toBe('not_configured');
    expect(await refusal(other)).toBe('forbidden');
    expect((await first.client.call('listHosts', { params: { org: first.org } })).agent).toBe(false);
    await bare.dispose();
  });
});

describe('a machine that was added before', () => {
  let world: World;
  let agent: Server;
  let asked = 0;
  beforeAll(async () => {
    world = await createWorld();
    agent = createServer((socket) => {
      asked += 1;
      socket.destroy();
    }).listen(join(world.dataFolder, 'agent.sock'));
    await once(agent, 'listening');
    const socket = join(world.dataFolder, 'agent.sock');
    await world.restart({ agent: { socket, organisation: async () => 'org_of_somebody_else' } });
  });
  afterAll(async () => {
    agent.close();
    await world.dispose();
  });

  it('[SE4] is signed in to no more by an organisation that the agent is not for', async () => {
    const id = newId('host');
    const { auth, ...host } = byAgent;
    await world.db.q
      .insertInto('hosts')
      .values({
        ...{ ...host, id, organisation_id: world.org, auth, secret: null, public_key: null },
        ...{ host_key: 'AAAA', host_key_fingerprint: 'SHA256:x', created_at: 0 },
      })
      .execute();
    expect(await codeOf(world.call('probeHost', world.owner, { params: { host: id } }))).toBe('forbidden');
    const body = { provider: 'ssh' as const, hostId: id };
    const made = await world.call('createWorkspace', world.member, { body });
    const row = await world.workspaceWhen(made.id, ({ status }) => status !== 'provisioning');
    expect(row).toMatchObject({ status: 'error', error: { code: 'agent_refused' } });
    expect(asked).toBe(0);
    // It can be taken out of the list all the same.
    await world.call('deleteWorkspace', world.owner, { params: { workspace: made.id } });
    await world.workspaceWhen(made.id, ({ error }) => error?.code === 'delete_failed');
    await world.call('deleteWorkspace', world.owner, { params: { workspace: made.id } });
    await world.workspaceGone(made.id);
    expect(await world.call('deleteHost', world.owner, { params: { host: id } })).toEqual({});
  });
});
