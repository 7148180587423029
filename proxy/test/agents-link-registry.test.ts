/** Agents and their secrets: who may do what, what is told to whom, and how an agent is started on a real machine. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { AgentRow } from '@porthole/shared';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bridgeBundle } from '../src/agents/bridge-bundle.ts';
import { type AgentSupport, createAgentSupport } from '../src/agents/registry-feature.ts';
import { AgentStore } from '../src/agents/registry-store.ts';
import { SecretStore } from '../src/agents/secrets-store.ts';
import type { Bus } from '../src/bus/bus.ts';
import { createInProcessBus } from '../src/bus/in-process.ts';
import { systemClock } from '../src/lib/clock.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import { createSecretBox } from '../src/lib/secrets.ts';
import { CountingListener } from './agents-link-listener.ts';
import { addMember, addStranger, type Person, SyncClient, signUpOwner, startProxy } from './harness.ts';
import { createWorld, type World } from './workspaces-world.ts';

const SECRET = 'sk-never-to-be-seen-4711';

describe('the endpoints of agents', () => {
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let owner: Person;
  let member: Person;
  let stranger: Person;
  beforeAll(async () => {
    proxy = await startProxy();
    owner = await signUpOwner(proxy);
    member = await addMember(owner, 'Mia');
    stranger = await addStranger(owner, 'Sam');
  });
  afterAll(() => proxy.dispose());
  const org = () => ({ org: owner.org });

  it('[FD1] lets admins add an agent, and shows it to every member at once', async () => {
    const sync = await SyncClient.open(member.client, owner.org);
    const body = { name: 'Mine', command: 'my-agent', args: ['--acp'], secrets: ['MY_KEY'] };
    expect(await member.client.refusal('addAgent', { params: org(), body })).toBe('forbidden');
    expect(await stranger.client.refusal('addAgent', { params: org(), body })).toBe('not_found');
    const agent = await owner.client.call('addAgent', { params: org(), body });
    await sync.until(() => sync.rows('agents').some(({ id }) => id === agent.id));
    const fresh = await SyncClient.open(member.client, owner.org);
    expect(fresh.rows('agents')).toEqual([agent]);
    const { agents } = await member.client.call('listAgents', { params: org() });
    expect(agents.map(({ key }) => key)).toEqual(['claude', 'codex', 'gemini', 'scripted', agent.id]);
    expect(agents.find(({ key }) => key === agent.id)).toMatchObject({ missing: ['MY_KEY'], builtIn: false });
    expect(agents.find(({ key }) => key === 'scripted')?.missing).toEqual([]);
    expect(agents.find(({ key }) => key === 'claude')?.missing).toEqual(['ANTHROPIC_API_KEY']);

    const params = { ...org(), agent: agent.id };
    expect(await member.client.refusal('removeAgent', { params })).toBe('forbidden');
    const elsewhere = { org: stranger.org, agent: agent.id };
    expect(await stranger.client.refusal('removeAgent', { params: elsewhere })).toBe('not_found');
    await owner.client.call('removeAgent', { params });
    expect(await owner.client.refusal('removeAgent', { params })).toBe('not_found');
    await sync.until(() => sync.rows('agents').length === 0);
    for (const { socket } of [sync, fresh]) socket.close();
  });

  it('[SE7] bounds how many there are, and refuses what no program can be given', async () => {
    for (const command of ['a\0b', '\ud800']) {
      const body = { name: 'x', command };
      expect(await owner.client.refusal('addAgent', { params: org(), body })).toBe('bad_request');
    }
    for (let i = 0; i < 100; i += 1)
      await stranger.client.call('addAgent', {
        params: { org: stranger.org },
        body: { name: 'x', command: 'x' },
      });
    const body = { name: 'x', command: 'x' };
    expect(await stranger.client.refusal('addAgent', { params: { org: stranger.org }, body })).toBe(
      'too_many',
    );
  });

  it('[SE4] keeps a secret: its name is shown, its value never, and it is stored encrypted', async () => {
    const params = { ...org(), name: 'ANTHROPIC_API_KEY' };
    const body = { value: `  ${SECRET}\n` };
    expect(await member.client.refusal('setSecret', { params, body })).toBe('forbidden');
    expect(await stranger.client.refusal('setSecret', { params, body })).toBe('not_found');
    expect(await owner.client.refusal('setSecret', { params, body: { value: ' \n' } })).toBe('bad_request');
    expect(await owner.client.call('setSecret', { params, body })).toEqual({});
    const { secrets } = await member.client.call('listSecrets', { params: org() });
    expect(secrets).toEqual([{ name: 'ANTHROPIC_API_KEY', setAt: expect.any(Number) }]);
    expect(await stranger.client.refusal('listSecrets', { params: org() })).toBe('not_found');
    const rows = await proxy.server.db.q.selectFrom('organisation_secrets').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(SECRET);
    const { agents } = await member.client.call('listAgents', { params: org() });
    expect(agents.find(({ key }) => key === 'claude')?.missing).toEqual([]);
    // Another row's ciphertext opens nothing.
    await proxy.server.db.q
      .insertInto('organisation_secrets')
      .values({ ...rows[0]!, organisation_id: stranger.org })
      .execute();
    const store = new SecretStore(proxy.server.db, createSecretBox(new Uint8Array(32)));
    await expect(store.open(stranger.org, 'ANTHROPIC_API_KEY')).rejects.toThrow();
    expect(await member.client.refusal('removeSecret', { params })).toBe('forbidden');
    await owner.client.call('removeSecret', { params });
    expect(await owner.client.refusal('removeSecret', { params })).toBe('not_found');
  });

  it('gives a machine’s token to who made the workspace and to admins, once', async () => {
    const made = await member.client.call('createWorkspace', { params: org(), body: { provider: 'local' } });
    const params = { workspace: made.id };
    const { token, url } = await member.client.call('makeBridgeToken', { params });
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/ws\/bridge$/);
    expect((await owner.client.call('makeBridgeToken', { params })).token).not.toBe(token);
    const other = await addMember(owner, 'Max');
    expect(await other.client.refusal('makeBridgeToken', { params })).toBe('forbidden');
    expect(await other.client.refusal('removeBridgeToken', { params })).toBe('forbidden');
    expect(await stranger.client.refusal('makeBridgeToken', { params })).toBe('not_found');
    await member.client.call('removeBridgeToken', { params });
    await member.client.call('deleteWorkspace', { params });
  });
});

describe('how an agent is started', () => {
  let world: World;
  let support: AgentSupport;
  let home: string;
  let workspace: string;
  let logged: string;
  let bus: Bus;
  const box = createSecretBox(new Uint8Array(32).fill(3));
  const address = { machineUrl: null, origin: null, host: '127.0.0.1', port: 4321 };
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'porthole-agents-'));
    world = await createWorld({ environment: { ...process.env, HOME: home } });
    logged = '';
    bus = createInProcessBus(silentLogger);
    const sink = new Writable({
      write(chunk, _, done) {
        logged += chunk;
        done();
      },
    });
    support = createAgentSupport({
      ...{ db: world.db, feed: noFeed, secrets: box, clock: systemClock },
      log: pino({ level: 'trace' }, sink),
      bus,
      membershipOf: async () => null,
      machines: world.workspaces.machines,
      supervisor: world.workspaces.supervisor,
      workspace: (actor, id) => world.workspaces.access.workspace(actor, id),
      bundle: bridgeBundle,
      addresses: async () => address,
      toGateway: (stream) => stream.destroy(),
      tokenFor: (session) => `token of ${session}`,
      addressOf: () => '127.0.0.1',
      takeUpgrade: async () => {},
    });
    const row = await world.call('createWorkspace', world.owner, { body: { provider: 'local' } });
    workspace = row.id;
    await world.workspaceWhen(workspace, ({ status }) => status === 'running');
  });
  afterEach(async () => {
    support.dispose();
    await world.call('deleteWorkspace', world.owner, { params: { workspace } });
    await world.workspaces.supervisor.idle();
    await world.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const noFeed = { put: async () => {}, delete: async () => {} };
  const session = (agent: string) => ({
    id: newId('session'),
    organisationId: world.org,
    workspaceId: workspace,
    agent,
  });
  const set = (name: string, value = SECRET) => new SecretStore(world.db, box).set(world.org, name, value, 1);
  async function attached() {
    const listener = new CountingListener();
    listener.link = support.links.connect(workspace, listener);
    await listener.attached();
  }

  it('needs nothing for the scripted one', async () => {
    expect(await support.commandFor(session('scripted'))).toEqual({
      ok: { command: 'bridge', args: ['scripted-agent'], env: {} },
    });
  });

  it('[SE4] asks for a missing key by its name, and gives the gateway’s address and a token in place of the key', async () => {
    const first = session('claude');
    expect(await support.commandFor(first)).toMatchObject({
      fault: { code: 'key_missing', details: 'ANTHROPIC_API_KEY' },
    });
    await set('ANTHROPIC_API_KEY');
    const command = await support.commandFor(first);
    expect(command).toEqual({
      ok: {
        ...{ command: 'claude-agent-acp', args: [] },
        env: {
          ANTHROPIC_BASE_URL: 'http://127.0.0.1:4321/ai/anthropic',
          ANTHROPIC_AUTH_TOKEN: `token of ${first.id}`,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        },
      },
    });
    await set('OPENAI_API_KEY');
    const codex = session('codex');
    const found = await support.commandFor(codex);
    const { env = {} } = 'ok' in found ? found.ok : {};
    expect(env).toMatchObject({ CODEX_API_KEY: `token of ${codex.id}`, MODEL_PROVIDER: 'porthole' });
    expect(JSON.parse(env.CODEX_CONFIG ?? '').model_providers.porthole).toMatchObject({
      base_url: 'http://127.0.0.1:4321/ai/openai/v1',
      env_key: 'CODEX_API_KEY',
    });
    await set('GEMINI_API_KEY', 'for gemini');
    expect(await support.commandFor(session('gemini'))).toMatchObject({
      ok: { env: { GEMINI_API_KEY: 'for gemini' } },
    });
    expect(JSON.stringify(command)).not.toContain(SECRET);
    expect(logged).not.toContain(SECRET);
  });

  it('says that an agent is not installed, and how to; finds it once it is, also where only a login looks', async () => {
    await set('ANTHROPIC_API_KEY');
    await attached();
    const missing = await support.commandFor(session('claude'));
    expect(missing).toMatchObject({ fault: { code: 'agent_missing' } });
    expect('fault' in missing && missing.fault.message).toContain(
      'npm install -g @agentclientprotocol/claude-agent-acp',
    );
    const bin = join(home, '.local', 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'claude-agent-acp'), '#!/bin/sh\n');
    chmodSync(join(bin, 'claude-agent-acp'), 0o755);
    expect(await support.commandFor(session('claude'))).toMatchObject({
      ok: { command: 'claude-agent-acp' },
    });
  }, 30_000);

  it('hears from the feed that a machine has come up, and looks for its bridge at once', async () => {
    const listener = new CountingListener();
    listener.link = support.links.connect(workspace, listener);
    await listener.attached();
    const say = async () => {
      const row = JSON.stringify(await world.workspaces.machines.find(workspace));
      bus.publish('feed', world.org, {
        ...{ organisationId: world.org, seq: 1, table: 'workspaces', id: workspace, op: 'put', row },
      });
    };
    await world.call('stopWorkspace', world.owner, { params: { workspace } });
    await say();
    await world.workspaces.supervisor.idle();
    await listener.until(() =>
      listener.states.some((s) => s.state === 'down' && s.fault.message.includes('stopped')),
    );
    await world.call('startWorkspace', world.owner, { params: { workspace } });
    await world.workspaces.supervisor.whenRunning(workspace);
    await say();
    await listener.attached(2);
    expect(listener.faults).toEqual([]);
  }, 30_000);

  it('gives an organisation’s own agent all of its secrets, and none that the gateway keeps', async () => {
    const agent: AgentRow = {
      ...{ id: newId('agent'), organisationId: world.org, name: 'Mine', command: 'sh', args: ['-c', 'cat'] },
      ...{ secrets: ['MY_KEY', 'ANTHROPIC_API_KEY'], createdAt: 1 },
    };
    await new AgentStore(world.db, noFeed).insert(agent);
    await set('MY_KEY', 'mine');
    expect(await support.commandFor(session(agent.id))).toMatchObject({
      fault: { code: 'key_missing', details: 'ANTHROPIC_API_KEY' },
    });
    await set('ANTHROPIC_API_KEY');
    await attached();
    const mine = session(agent.id);
    expect(await support.commandFor(mine)).toMatchObject({
      ok: {
        command: 'sh',
        args: ['-c', 'cat'],
        env: { MY_KEY: 'mine', ANTHROPIC_API_KEY: `token of ${mine.id}` },
      },
    });
    expect(await support.commandFor({ ...mine, organisationId: newId('organisation') })).toMatchObject({
      fault: { code: 'agent_missing' },
    });
    expect(await support.knowsAgent(world.org, agent.id)).toBe(true);
    expect(await support.knowsAgent(newId('organisation'), agent.id)).toBe(false);
  }, 30_000);
});
