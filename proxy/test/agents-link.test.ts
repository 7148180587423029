/** Links over a real sshd and the local provider to the real bridge: found, installed, lost in every way, found again. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bridgeBundle } from '../src/agents/bridge-bundle.ts';
import { LEAVING_NOTE } from '../src/agents/link.ts';
import { createLinks, type Links, type LinksDeps, noOutbound } from '../src/agents/links.ts';
import { UNACKNOWLEDGED_CHARS } from '../src/agents/links-conversation.ts';
import { systemClock } from '../src/lib/clock.ts';
import { Emitter } from '../src/lib/disposable.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import { CountingListener } from './agents-link-listener.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { createWorld, type World } from './workspaces-world.ts';

let world: World;
let links: Links;
let sshd: Sshd | null = null;
let running: Emitter<string>;
const homes: string[] = [];

beforeEach(async () => {
  running = new Emitter();
});
afterEach(async () => {
  links?.dispose();
  for (const id of made.splice(0))
    await world.call('deleteWorkspace', world.owner, { params: { workspace: id } });
  await world.workspaces.supervisor.idle();
  await world.dispose();
  await sshd?.stop();
  sshd = null;
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

const made: string[] = [];

function makeLinks(change: Partial<LinksDeps> = {}): void {
  links?.dispose();
  links = createLinks({
    machines: world.workspaces.machines,
    supervisor: world.workspaces.supervisor,
    bundle: bridgeBundle,
    clock: systemClock,
    log: silentLogger,
    outbound: noOutbound,
    onRunning: (id, call) => running.on((which) => which === id && call()),
    ...change,
  });
}

/** A workspace on a host of its own, or on this machine. */
async function workspaceOn(
  where: 'ssh' | 'local',
  config: string[] = [],
): Promise<{ id: string; folder: string }> {
  world = await createWorld(where === 'local' ? { environment: { ...process.env, HOME: newHome() } } : {});
  makeLinks();
  const body =
    where === 'local'
      ? { provider: 'local' as const }
      : { provider: 'ssh' as const, hostId: await newHost(config) };
  const { id } = await world.call('createWorkspace', world.owner, { body });
  made.push(id);
  const row = await world.workspaceWhen(id, ({ status }) => status === 'running' || status === 'error');
  expect(row.error).toBeNull();
  return { id, folder: row.folder ?? '' };
}

async function newHost(config: string[]): Promise<string> {
  sshd = await startSshd({ config });
  const host = await world.call('createHost', world.owner, {
    body: {
      ...{ name: 'm', address: '127.0.0.1', port: sshd.port, username: sshd.user },
      ...{ auth: 'key', privateKey: sshd.privateKey },
    },
  });
  const probe = await world.call('probeHost', world.owner, { params: { host: host.id } });
  await world.call('pinHostKey', world.owner, {
    params: { host: host.id },
    body: { fingerprint: probe.fingerprint ?? '' },
  });
  return host.id;
}

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'porthole-link-'));
  homes.push(home);
  return home;
}

const home = () => sshd?.home ?? homes[0] ?? '';
const bridgeFolder = () => join(home(), '.porthole', 'bridge');

function connect(id: string): CountingListener {
  const listener = new CountingListener();
  listener.link = links.connect(id, listener);
  return listener;
}

/** Processes of this workspace whose command line has this word. */
function processesWith(id: string, word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return (
          line.includes(word) &&
          line.some((part) => part.includes(`bridges/${id}`)) &&
          line[0]?.endsWith('node')
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

function killAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, signal);
}

describe.each(['ssh', 'local'] as const)('a link by the %s provider', (where) => {
  it('[AG6] installs the bridge, attaches, and hears a turn of the agent; a stop of the workspace ends all of it', async () => {
    const { id, folder } = await workspaceOn(where);
    const listener = connect(id);
    await listener.attached();
    const notes = listener.states.flatMap((state) => (state.state === 'connecting' ? [state.note] : []));
    expect(notes).toContain('Installing the bridge');
    expect(notes.at(-1)).toBe('Starting the bridge');
    const { build, bytes } = await bridgeBundle();
    expect(readdirSync(bridgeFolder())).toEqual([`${build}.mjs`]);
    expect(readFileSync(join(bridgeFolder(), `${build}.mjs`)).equals(bytes)).toBe(true);

    const session = newId('session');
    const turn = listener.prompt(
      session,
      `edit made.txt hello\nrun cat made.txt; echo $PORTHOLE_WORKSPACE`,
      folder,
    );
    expect(await listener.ended(turn)).toMatchObject({ outcome: 'done' });
    const output = JSON.stringify(listener.ofType('tool').at(-1)?.content ?? listener.ofType('tool'));
    expect(JSON.stringify(listener.ofType('tool'))).toContain('hello');
    expect(output).toBeDefined();
    expect(readFileSync(join(folder, 'made.txt'), 'utf8')).toBe('hello');
    expect(processesWith(id, 'daemon')).toHaveLength(1);

    await world.call('stopWorkspace', world.owner, { params: { workspace: id } });
    await world.workspaces.supervisor.idle();
    expect(processesWith(id, 'daemon')).toEqual([]);
    expect(processesWith(id, 'attach')).toEqual([]);
    // Nobody asked for the machine: the link does not start it again, and says why it is down.
    const down = await listener.down();
    expect(down.fault.code).toBe('machine_unreachable');
    await listener.until(() =>
      listener.states.some((s) => s.state === 'down' && s.fault.message.includes('stopped')),
    );
    expect((await world.workspaces.machines.find(id))?.status).toBe('stopped');
    // Somebody does.
    const before = listener.welcomes.length;
    listener.link?.retry();
    await listener.until(() => listener.welcomes.length > before);
    expect((await world.workspaces.machines.find(id))?.status).toBe('running');
    expect(listener.faults).toEqual([]);
  }, 60_000);
});

describe('a link over SSH', () => {
  it('[AG4] loses and repeats nothing when the connection, the attach or the daemon is killed in mid-turn', async () => {
    const { id, folder } = await workspaceOn('ssh');
    const listener = connect(id);
    await listener.attached();
    const session = newId('session');
    const steps = Array.from({ length: 60 }, (_, i) => `run echo step-${i}`).join('\n');
    let turn = listener.prompt(session, steps, folder);
    const kills = [
      () => sshd?.killConnections(),
      () => killAll(processesWith(id, 'attach'), 'SIGKILL'),
      () => sshd?.killConnections(),
      () => killAll(processesWith(id, 'attach'), 'SIGTERM'),
    ];
    for (const [i, kill] of kills.entries()) {
      if (listener.ofType('turn_ended').some((event) => event.turn === turn))
        turn = listener.prompt(session, steps, folder);
      const ran = () => listener.ofType('tool').filter((event) => event.turn === turn).length;
      const before = ran();
      await listener.until(() => ran() >= Math.min(before + 8, 100));
      const welcomes = listener.welcomes.length;
      kill();
      await listener.until(() => listener.welcomes.length > welcomes);
      expect([i, listener.faults]).toEqual([i, []]);
      listener.open(session, folder);
    }
    expect(await listener.ended(turn)).toMatchObject({ outcome: 'done' });
    const ran = listener.ofType('tool').filter(({ turn: of, status }) => of === turn && status === 'done');
    expect(new Set(ran.map(({ call }) => call)).size).toBe(60);

    const welcomes = listener.welcomes.length;
    const last = listener.prompt(session, `say before\nwait 100000`, folder);
    await listener.until(() => listener.ofType('turn_started').some((event) => event.turn === last));
    killAll(processesWith(id, 'daemon'), 'SIGKILL');
    await listener.until(() => listener.welcomes.length > welcomes);
    expect(await listener.ended(last)).toMatchObject({ outcome: 'failed', fault: { code: 'agent_exited' } });
    expect(listener.faults).toEqual([]);
    expect(listener.events.map(({ n }) => n)).toEqual(listener.events.map((_, i) => i + 1));
  }, 90_000);

  it('[SE7] has the machine wait while what it says is not stored, and then loses nothing of it', async () => {
    const { id, folder } = await workspaceOn('ssh');
    const listener = connect(id);
    await listener.attached();
    listener.acknowledges = false;
    const large = 'run head -c 60000 /dev/zero | tr "\\0" x\n'.repeat(250);
    const turn = listener.prompt(newId('session'), large, folder);
    let chars = 0;
    const onEvent = listener.onEvent.bind(listener);
    listener.onEvent = (n, session, event) => {
      chars += JSON.stringify(event).length;
      onEvent(n, session, event);
    };
    await listener.until(() => chars >= 0.9 * UNACKNOWLEDGED_CHARS);
    listener.acknowledges = true;
    listener.link?.send({ type: 'ack', stored: listener.stored });
    expect(await listener.ended(turn)).toMatchObject({ outcome: 'done' });
    expect(chars).toBeGreaterThan(1.5 * UNACKNOWLEDGED_CHARS);
    expect(listener.faults).toEqual([]);
    expect(listener.welcomes).toHaveLength(1);
  }, 60_000);

  it('attaches to the bridge that is there already, and mends a bundle that was damaged', async () => {
    const { id } = await workspaceOn('ssh');
    const first = connect(id);
    await first.attached();
    first.link?.dispose();
    const { build, bytes } = await bridgeBundle();
    const file = join(bridgeFolder(), `${build}.mjs`);
    const [daemon] = processesWith(id, 'daemon');
    const again = connect(id);
    await again.attached();
    expect(processesWith(id, 'daemon')).toEqual([daemon]);
    expect(again.states).not.toContainEqual({ state: 'connecting', note: 'Installing the bridge' });
    again.link?.dispose();
    writeFileSync(file, bytes.subarray(0, 1_000));
    writeFileSync(join(bridgeFolder(), '0123456789abcdef.mjs'), 'an old one');
    const third = connect(id);
    await third.attached();
    expect(third.states).toContainEqual({ state: 'connecting', note: 'Installing the bridge' });
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(readdirSync(bridgeFolder())).toEqual([`${build}.mjs`]);
  }, 60_000);

  it('mends it also when it is damaged while the link stands', async () => {
    const { id } = await workspaceOn('ssh');
    const listener = connect(id);
    await listener.attached();
    const { build } = await bridgeBundle();
    writeFileSync(join(bridgeFolder(), `${build}.mjs`), 'garbage');
    killAll([...processesWith(id, 'attach'), ...processesWith(id, 'daemon')], 'SIGKILL');
    await listener.attached(2);
    expect(listener.faults).toEqual([]);
  }, 60_000);

  it('[AG6] has a bridge of another version replaced, after the turn that runs', async () => {
    const { id, folder } = await workspaceOn('ssh');
    const old = connect(id);
    await old.attached();
    const session = newId('session');
    const turn = old.prompt(session, 'wait 500\nsay still here', folder);
    await old.until(() => old.ofType('turn_started').length === 1);
    old.link?.dispose();
    const { bytes } = await bridgeBundle();
    const newer = Buffer.concat([bytes, Buffer.from('\n// another build\n')]);
    const build = createHash('sha256').update(newer).digest('hex').slice(0, 16);
    makeLinks({ bundle: async () => ({ bytes: newer, build }) });
    const listener = new CountingListener();
    Object.assign(listener, { bridge: old.bridge, stored: old.stored });
    listener.link = links.connect(id, listener);
    await listener.until(() => listener.welcomes.at(-1)?.build === build);
    expect(await listener.ended(turn)).toMatchObject({ outcome: 'done' });
    expect(listener.welcomes[0]?.build).not.toBe(build);
    expect(listener.faults).toEqual([]);
  }, 60_000);

  it('[AG6c] has a bridge of another protocol replaced, which is no failure', async () => {
    const { id } = await workspaceOn('ssh');
    const { bytes } = await bridgeBundle();
    const text = bytes.toString('utf8').replace('.protocol===1?', '.protocol===2?');
    expect(text).not.toBe(bytes.toString('utf8'));
    const other = Buffer.from(text);
    const build = createHash('sha256').update(other).digest('hex').slice(0, 16);
    makeLinks({ bundle: async () => ({ bytes: other, build }) });
    const old = connect(id);
    // It is the one that would be put there again: that is a fault.
    expect((await old.down()).fault.code).toBe('agent_protocol');
    makeLinks();
    const listener = connect(id);
    await listener.attached();
    expect(listener.welcomes[0]?.build).not.toBe(build);
    expect(listener.states).toContainEqual({ state: 'waiting', note: LEAVING_NOTE });
    expect(listener.states.some(({ state }) => state === 'down')).toBe(false);
  }, 60_000);

  it('says that Node is missing, and finds it where a version manager puts it', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'porthole-bin-'));
    const other = mkdtempSync(join(tmpdir(), 'porthole-home-'));
    homes.push(bin, other);
    for (const tool of 'sh cat mkdir mv rm sed tail cut env grep find head sleep sha256sum timeout rmdir ls git'.split(
      ' ',
    ))
      symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(bin, tool));
    const { id } = await workspaceOn('ssh', [`SetEnv HOME=${other} PATH=${bin} SHELL=/none`]);
    const listener = connect(id);
    const { fault } = await listener.down();
    expect(fault).toMatchObject({ code: 'node_missing' });
    expect(fault.message).toContain('Node.js 20 or newer');
    expect(existsSync(join(other, '.porthole', 'bridge'))).toBe(false);

    writeFileSync(join(bin, 'node'), '#!/bin/sh\necho v18.20.0\n', { mode: 0o755 });
    let seen = listener.states.length;
    listener.link?.retry();
    expect((await listener.down(seen)).fault.message).toContain('v18.20.0');

    const managed = join(other, '.nvm', 'versions', 'node', 'v20.1.0', 'bin');
    mkdirSync(managed, { recursive: true });
    symlinkSync(process.execPath, join(managed, 'node'));
    seen = listener.states.length;
    listener.link?.retry();
    await listener.attached();
    expect(links.pathOf(id)?.split(':')[0]).toBe(managed);
  }, 60_000);

  it('waits for a machine that cannot be reached, and is told by its start', async () => {
    const { id } = await workspaceOn('ssh');
    const listener = connect(id);
    await listener.attached();
    await world.call('stopWorkspace', world.owner, { params: { workspace: id } });
    await world.workspaces.supervisor.idle();
    await listener.until(() =>
      listener.states.some((s) => s.state === 'down' && s.fault.message.includes('stopped')),
    );
    await world.call('startWorkspace', world.owner, { params: { workspace: id } });
    await world.workspaces.supervisor.whenRunning(id);
    running.fire(id);
    await listener.attached(2);
    expect(listener.faults).toEqual([]);
  }, 60_000);
});
