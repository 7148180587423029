/** Models for agents on a machine that cannot reach the server: the gateway, through a real sshd, before a FAKE service. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bridgeBundle } from '../src/agents/bridge-bundle.ts';
import { type AgentSupport, createAgentSupport } from '../src/agents/registry-feature.ts';
import { SecretStore } from '../src/agents/secrets-store.ts';
import { createInProcessBus } from '../src/bus/in-process.ts';
import { createGateway, type Gateway } from '../src/gateway/index.ts';
import { systemClock } from '../src/lib/clock.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import { createSecretBox } from '../src/lib/secrets.ts';
import { type FakeModels, json, messageEvents, startFakeModels } from './fake-models.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { createWorld, type World } from './workspaces-world.ts';

const KEY = 'sk-the-real-key-of-the-tunnel';
let fake: FakeModels;
let sshd: Sshd;
let world: World;
let gateway: Gateway;
let support: AgentSupport;
let workspace: string;
let scratch: string;

async function start(config: string[] = []): Promise<void> {
  sshd = await startSshd({ config });
  world = await createWorld({ onEnding: (id, effect) => support.workspaceEnding(id, effect) });
  const secrets = createSecretBox(new Uint8Array(32).fill(3));
  const common = { db: world.db, secrets, clock: systemClock, log: silentLogger };
  gateway = createGateway({
    ...{ ...common, membershipOf: async () => null, monthlyTokens: null, personAt: () => null },
    upstreams: { anthropic: fake.url, openai: fake.url },
    secretOf: (organisation, name) => new SecretStore(world.db, secrets).open(organisation, name),
    strangers: async () => {},
    addressOf: () => 'a tunnel',
  });
  support = createAgentSupport({
    ...{ ...common, feed: { put: async () => {}, delete: async () => {} } },
    bus: createInProcessBus(silentLogger),
    membershipOf: async () => null,
    machines: world.workspaces.machines,
    supervisor: world.workspaces.supervisor,
    workspace: (actor, id) => world.workspaces.access.workspace(actor, id),
    bundle: bridgeBundle,
    addresses: async () => ({ machineUrl: null, origin: null, host: '127.0.0.1', port: 1 }),
    tokenFor: gateway.tokenFor,
    toGateway: gateway.serve,
    addressOf: () => '127.0.0.1',
    takeUpgrade: async () => {},
  });
  await new SecretStore(world.db, secrets).set(world.org, 'ANTHROPIC_API_KEY', KEY, 1);
  const host = await world.call('createHost', world.owner, {
    body: {
      ...{ name: 'm', address: '127.0.0.1', port: sshd.port, username: sshd.user },
      ...{ auth: 'key', privateKey: sshd.privateKey },
    },
  });
  const { fingerprint } = await world.call('probeHost', world.owner, { params: { host: host.id } });
  const body = { fingerprint: fingerprint ?? '' };
  await world.call('pinHostKey', world.owner, { params: { host: host.id }, body });
  const row = await world.call('createWorkspace', world.owner, {
    body: { provider: 'ssh', hostId: host.id },
  });
  workspace = row.id;
  await world.workspaceWhen(workspace, ({ status }) => status === 'running');
}

beforeEach(async () => {
  fake = await startFakeModels();
  scratch = mkdtempSync(join(tmpdir(), 'porthole-tunnel-'));
});
afterEach(async () => {
  support.dispose();
  await world.call('deleteWorkspace', world.owner, { params: { workspace } });
  await world.workspaces.supervisor.idle();
  await gateway.idle();
  await world.dispose();
  await sshd.stop();
  await fake.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function session() {
  const id = newId('session');
  const { userId } = world.owner;
  await world.db.q
    .insertInto('sessions')
    .values({
      ...{
        id,
        organisation_id: world.org,
        workspace_id: workspace,
        title: 't',
        agent: 'claude',
        status: 'idle',
      },
      ...{ head: 0, agent_session: null, checkpoint: null, archived_at: null, created_by: userId },
      ...{ created_at: 1, active_at: 1 },
    })
    .execute();
  return { id, organisationId: world.org, workspaceId: workspace, agent: 'claude' };
}

/** What an agent on the machine would get. */
async function onMachine(env: Record<string, string>, path: string, method: string): Promise<string> {
  const script = `fetch(process.env.ANTHROPIC_BASE_URL + ${JSON.stringify(path)}, { method: '${method}',
    headers: { authorization: 'Bearer ' + process.env.ANTHROPIC_AUTH_TOKEN }, ${method === 'POST' ? "body: '{}'" : ''} })
    .then(async (answer) => console.log(answer.status, await answer.text())).catch((error) => console.log('failed', error.cause?.code))`;
  const command = `exec ${process.execPath} -e '${script.replaceAll("'", `'"'"'`)}'`;
  const { stdout } = await world.workspaces.machines.exec(workspace, { command, env, cwd: scratch });
  return stdout.toString();
}

const refused = async (port: number) => {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return !isOpen;
};

describe('the gateway through a tunnel', () => {
  it('[SE4] leads agents to their models and to nothing else of the server; the port outlives a lost connection', async () => {
    await start();
    const found = await support.commandFor(await session());
    if (!('ok' in found)) throw new Error(JSON.stringify(found));
    const { env } = found.ok;
    expect(env.ANTHROPIC_BASE_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ai\/anthropic$/);
    const events = messageEvents(3);
    fake.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of events) response.write(event);
      response.end();
    };
    expect(await onMachine(env, '/v1/messages', 'POST')).toBe(`200 ${events.join('')}\n`);
    expect(fake.asked.map(({ path, headers }) => [path, headers['x-api-key']])).toEqual([
      ['/v1/messages', KEY],
    ]);
    for (const path of ['/../../api/server', '/../../', '/../../api/health'])
      expect(await onMachine(env, path, 'GET')).toMatch(/^404 /);
    fake.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(events[0]);
      setImmediate(() => response.destroy());
    };
    expect(await onMachine(env, '/v1/messages', 'POST')).toBe('failed UND_ERR_SOCKET\n');

    sshd.killConnections();
    fake.answer = (_, response) => json(response, 200, { data: [] });
    let answer = '';
    while (!answer.startsWith('200'))
      answer = await onMachine(env, '/v1/models', 'GET').catch(() => 'not yet');
    const again = await support.commandFor(await session());
    expect('ok' in again && again.ok.env.ANTHROPIC_BASE_URL).toBe(env.ANTHROPIC_BASE_URL);

    const port = Number(/:(\d+)/.exec(env.ANTHROPIC_BASE_URL?.slice(6) ?? '')?.[1]);
    expect(await refused(port)).toBe(false);
    await world.call('stopWorkspace', world.owner, { params: { workspace } });
    await world.workspaces.supervisor.idle();
    while (!(await refused(port)));
  }, 60_000);

  it('says what to do where the machine forbids it', async () => {
    await start(['AllowTcpForwarding no']);
    expect(await support.commandFor(await session())).toMatchObject({
      fault: {
        code: 'machine_unreachable',
        message: expect.stringContaining('PORTHOLE_MACHINE_URL'),
        details: expect.stringContaining('AllowTcpForwarding'),
      },
    });
  }, 30_000);
});
