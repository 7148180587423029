/** `/ws/bridge` with real bridges that connect by themselves, as from a machine that the server cannot reach. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { BRIDGE_PING_MS } from '@porthole/shared/agent-limits';
import { PortholeError } from '@porthole/shared/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { bridgeBundle } from '../src/agents/bridge-bundle.ts';
import { createLinks, type Links } from '../src/agents/links.ts';
import { BridgeTokenStore } from '../src/agents/links-store.ts';
import { OutboundLinks } from '../src/agents/outbound-link.ts';
import { BridgeTokens } from '../src/agents/outbound-tokens.ts';
import { systemClock } from '../src/lib/clock.ts';
import { toDisposable } from '../src/lib/disposable.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import { createSecretBox } from '../src/lib/secrets.ts';
import { CountingListener } from './agents-link-listener.ts';
import { FakeClock } from './fake-clock.ts';
import { createWorld, type World } from './workspaces-world.ts';

let world: World;
let server: Server;
let tokens: BridgeTokens;
let outbound: OutboundLinks;
let links: Links;
let folder: string;
let workspace: string;
let clock: FakeClock;
let tries: number;
const bridges: ChildProcess[] = [];
const sockets: Duplex[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-outbound-'));
  world = await createWorld({ local: { enabled: false, reason: 'off' } });
  const secrets = createSecretBox(new Uint8Array(32).fill(9));
  const find = (id: string) => world.workspaces.machines.find(id);
  tokens = new BridgeTokens({ store: new BridgeTokenStore(world.db), secrets, find });
  clock = new FakeClock();
  tries = 0;
  outbound = new OutboundLinks({
    ...{ tokens, clock, log: silentLogger, addressOf: () => '127.0.0.1' },
    async take() {
      tries += 1;
      if (tries > 100) throw new PortholeError('rate_limited', 'Too many.');
    },
  });
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('upgrade', (request, socket, head) => {
    sockets.push(socket);
    outbound.handle(request, socket, head);
  });
  links = createLinks({
    machines: world.workspaces.machines,
    supervisor: world.workspaces.supervisor,
    bundle: bridgeBundle,
    clock: systemClock,
    log: silentLogger,
    outbound,
    onRunning: () => toDisposable(() => {}),
  });
  workspace = newId('workspace');
  await world.workspaces.supervisor.idle();
  await world.db.q
    .insertInto('workspaces')
    .values({
      ...{ id: workspace, organisation_id: world.org, name: 'w', repository_id: null, provider: 'ssh' },
      ...{ host_id: null, branch: 'main', base_branch: null, status: 'stopped', steps: '[]', error: null },
      ...{ machine: null, folder, auto_stop_minutes: 0, pending: null, attempt: 0 },
      ...{ created_by: world.owner.userId, created_at: 1, active_at: 1, paused_at: null },
    })
    .execute();
});
afterEach(async () => {
  links.dispose();
  outbound.dispose();
  for (const bridge of bridges.splice(0)) {
    bridge.kill('SIGKILL');
    if (bridge.exitCode === null && bridge.signalCode === null) await once(bridge, 'exit');
  }
  endDaemons();
  server.closeAllConnections();
  server.close();
  await world.dispose();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** They outlive what started them. */
function endDaemons(): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)) continue;
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Already gone.
    }
  }
}

const url = () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/bridge`;

/** `bridge.mjs outbound`, and what it says. */
async function startBridge(token: string) {
  const file = join(folder, 'bridge.mjs');
  writeFileSync(file, (await bridgeBundle()).bytes);
  mkdirSync(join(folder, 'state'), { recursive: true });
  const { PATH = '' } = process.env;
  const bridge = spawn(process.execPath, [file, 'outbound', join(folder, 'state'), url()], {
    env: { PATH, HOME: folder, PORTHOLE_BRIDGE_TOKEN: token, PORTHOLE_BRIDGE_IDLE_MS: '20000' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  bridges.push(bridge);
  let said = '';
  const hears: (() => void)[] = [];
  bridge.stderr.on('data', (chunk) => {
    said += chunk;
    for (const hear of hears.splice(0)) hear();
  });
  return {
    process: bridge,
    exited: once(bridge, 'exit').then(([code]) => ({ code, said })),
    async says(text: string) {
      while (!said.includes(text)) await new Promise<void>((resolve) => hears.push(resolve));
    },
  };
}

function connect(): CountingListener {
  const listener = new CountingListener();
  listener.link = links.connect(workspace, listener);
  return listener;
}

/** The HTTP status of a refused upgrade, with its code. */
async function refusal(headers: Record<string, string>): Promise<string> {
  const socket = new WebSocket(url(), { headers });
  socket.on('error', () => {});
  const [request, answer] = await once(socket, 'unexpected-response');
  let body = '';
  for await (const chunk of answer) body += chunk;
  request.destroy();
  return `${answer.statusCode} ${JSON.parse(body).error.code}`;
}

describe('a bridge that connects by itself', () => {
  it('[AG6] [AG4] is talked to without SSH, and a turn loses nothing when it is cut off', async () => {
    const listener = connect();
    // The machine itself is stopped, and cannot be reached.
    expect((await listener.down()).fault.code).toBe('machine_unreachable');
    const token = await tokens.make(workspace);
    await startBridge(token);
    await listener.attached();
    const session = newId('session');
    const turn = listener.prompt(session, `${'run echo step\n'.repeat(40)}say done`, folder);
    await listener.until(() => listener.events.length > 20);
    const welcomes = listener.welcomes.length;
    for (const socket of sockets.splice(0)) socket.destroy();
    await listener.until(() => listener.welcomes.length > welcomes);
    expect(await listener.ended(turn)).toMatchObject({ outcome: 'done' });
    expect(listener.faults).toEqual([]);
    expect(listener.events.map(({ n }) => n)).toEqual(listener.events.map((_, i) => i + 1));
  }, 60_000);

  it('[SE3] needs the workspace’s own token, the last that was made', async () => {
    const old = await tokens.make(workspace);
    const token = await tokens.make(workspace);
    const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
    const [, id = '', secret = '', signature = ''] = token.split('.');
    const forged = `pbt.${newId('workspace')}.${secret}.${signature}`;
    const flipped = `pbt.${id}.${secret}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const wrong of ['', 'x', old, forged, flipped, `${token}x`])
      expect([wrong, await refusal(bearer(wrong))]).toEqual([wrong, '401 unauthenticated']);
    expect(await refusal({})).toBe('401 unauthenticated');
    // No page in a browser may use it, wherever it got it.
    expect(await refusal({ ...bearer(token), origin: 'http://localhost' })).toBe('403 bad_origin');
    const row = await world.db.q.selectFrom('bridges').selectAll().executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(secret);
    tries = 100;
    expect(await refusal(bearer(token))).toBe('429 rate_limited');
  });

  it('is told that its workspace is gone, at once and when it comes again', async () => {
    const token = await tokens.make(workspace);
    const bridge = await startBridge(token);
    const listener = connect();
    await listener.attached();
    await world.db.q.deleteFrom('workspaces').where('id', '=', workspace).execute();
    outbound.end(workspace, 'gone');
    expect(await bridge.exited).toMatchObject({ said: expect.stringContaining('the workspace is gone') });
    expect(await refusal({ authorization: `Bearer ${token}` })).toBe('410 gone');
    const again = await startBridge(token);
    expect(await again.exited).toMatchObject({ said: expect.stringContaining('the workspace is gone') });
  }, 30_000);

  it('loses its connection with its token', async () => {
    const token = await tokens.make(workspace);
    const bridge = await startBridge(token);
    const listener = connect();
    await listener.attached();
    await tokens.remove(workspace);
    outbound.end(workspace, 'unauthenticated');
    await bridge.says('the server answered 401');
    expect((await listener.down(2)).fault.code).toBe('machine_unreachable');
  }, 30_000);

  it('[W3] [SE7] may not speak before it is spoken to, nor in bytes; the newest connection counts', async () => {
    const headers = { authorization: `Bearer ${await tokens.make(workspace)}` };
    const open = async () => {
      const socket = new WebSocket(url(), { headers });
      const closed = once(socket, 'close').then(([code]) => code as number);
      await once(socket, 'open');
      return { socket, closed };
    };
    const early = await open();
    early.socket.send('{}');
    expect(await early.closed).toBe(4400);
    const first = await open();
    const second = await open();
    expect(await first.closed).toBe(1001);
    const transport = outbound.take(workspace);
    expect(transport).not.toBeNull();
    expect(outbound.take(workspace)).toBeNull();
    const lines: string[] = [];
    const heard = new Promise<void>((resolve) => {
      transport?.onLine((line) => {
        lines.push(line);
        if (lines.length === 2) resolve();
      });
    });
    second.socket.send('one\n\ntwo\n');
    await heard;
    expect(lines).toEqual(['one', 'two']);
    second.socket.send(Buffer.from('three'));
    expect(await second.closed).toBe(4400);
    const late = await open();
    late.socket.pause();
    clock.advance(4 * BRIDGE_PING_MS);
    late.socket.resume();
    expect(await late.closed).toBe(4408);
  });
});
