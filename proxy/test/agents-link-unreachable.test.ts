/** The whole way of a machine whose SSH is down: its own connection is all there is, as the README describes it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bridgeBundle } from '../src/agents/bridge-bundle.ts';
import { runningWorkspace } from './agents-link-kit.ts';
import { Client, type Person, signUpOwner, startProxy } from './harness.ts';
import { newSession, SessionTab, send } from './session-tab.ts';
import { type Sshd, startSshd } from './sshd.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
let sshd: Sshd;
let owner: Person;
let bridge: ChildProcess | null = null;

beforeAll(async () => {
  sshd = await startSshd();
  proxy = await startProxy();
  owner = await signUpOwner(proxy);
});
afterAll(async () => {
  bridge?.kill('SIGKILL');
  await proxy.dispose();
  for (const pid of runningIn(sshd.home)) process.kill(pid, 'SIGKILL');
  await sshd.stop();
});

/** A daemon outlives what started it. */
function runningIn(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(home);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function workspaceOnHost(): Promise<string> {
  const { client, org } = owner;
  const { id } = await client.call('createHost', {
    params: { org },
    body: {
      ...{ name: 'away', address: '127.0.0.1', port: sshd.port, username: sshd.user },
      ...{ auth: 'key', privateKey: sshd.privateKey },
    },
  });
  const params = { org, host: id };
  const { fingerprint } = await client.call('probeHost', { params });
  await client.call('pinHostKey', { params, body: { fingerprint: fingerprint ?? '' } });
  return runningWorkspace(owner, { provider: 'ssh', hostId: id });
}

it('[AG6b] works with a bridge that its machine has fetched and started itself, and goes on where it was', async () => {
  const workspace = await workspaceOnHost();
  const { id, prompt } = await newSession(owner, workspace, 'say before');
  const tab = await SessionTab.open(owner.client, id);
  const ended = (which: string) => tab.event('turn_ended', ({ turn }) => turn === which);
  expect(await ended(prompt)).toMatchObject({ outcome: 'done' });
  process.kill(sshd.pid, 'SIGKILL');
  sshd.killConnections();

  const client = new Client(proxy.url);
  client.origin = null;
  expect((await client.raw('GET', '/api/bridge')).status).toBe(401);
  const token = { name: 't', organisationId: owner.org, scope: 'admin' as const, days: 1 };
  client.token = (await owner.client.call('createToken', { body: token })).secret;
  const answer = await client.raw('GET', '/api/bridge');
  const file = Buffer.from(await answer.arrayBuffer());
  expect(file.equals(Buffer.from((await bridgeBundle()).bytes))).toBe(true);
  writeFileSync(join(sshd.home, 'bridge.mjs'), file);
  const made = await client.call('makeBridgeToken', { params: { workspace } });
  const state = join(sshd.home, '.porthole', 'bridges', workspace);
  bridge = spawn(process.execPath, [join(sshd.home, 'bridge.mjs'), 'outbound', state, made.url], {
    env: { PATH: process.env.PATH, HOME: sshd.home, PORTHOLE_BRIDGE_TOKEN: made.token },
    stdio: 'ignore',
  });
  await once(bridge, 'spawn');

  const next = await send(owner, id, 'context');
  expect(await ended(next)).toMatchObject({ outcome: 'done', fault: null });
  expect(tab.events.findLast((event) => event.type === 'text')).toMatchObject({
    text: 'I remember 1 prompt before this one.',
  });
  tab.close();
}, 60_000);
