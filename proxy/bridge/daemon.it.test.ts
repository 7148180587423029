// The daemon's life: one per folder, who is attached, how it ends, what it leaves. Real processes.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { processesWith } from '../../shared/test/processes.ts';
import { openFolder } from './folder.ts';
import { isAlive } from './lock.ts';
import { ProxyEnd } from './test/proxy.ts';
import { endProcess, eventually, id, makeWorld, type World } from './test/world.ts';

let world: World;
afterEach(() => world.end());

describe('the daemon of a folder', () => {
  it('[AG6] is one, also when several attach at once', async () => {
    world = await makeWorld();
    const proxies = Array.from({ length: 4 }, () => world.attach());
    const answered = await Promise.allSettled(proxies.map((proxy) => proxy.hello()));
    // All came to the same one; the newest connection is left.
    const bridges = answered.flatMap((each) => (each.status === 'fulfilled' ? [each.value.bridge] : []));
    expect(new Set(bridges).size).toBe(1);
    // Those that found the lock taken have ended, or are about to.
    await eventually(() => world.daemons().length === 1);
  });

  it('[SE5] keeps its folder and its socket to its user', async () => {
    world = await makeWorld();
    await world.attach().hello();
    expect(statSync(world.state).mode & 0o777).toBe(0o700);
    expect(statSync(openFolder(world.state).socket).mode & 0o077).toBe(0);
    for (const name of readdirSync(world.state))
      expect(statSync(join(world.state, name)).mode & 0o077).toBe(0);
  });

  it('is reached by a short path where the folder’s is too long for a socket', async () => {
    world = await makeWorld();
    const deep = join(world.root, 'a'.repeat(60), 'b'.repeat(60));
    const proxy = new ProxyEnd(world.program, deep, world.cwd, world.env);
    const { socket } = openFolder(deep);
    expect(socket.length).toBeLessThan(107);
    expect((await proxy.hello()).bridge).toMatch(/^[0-9a-f-]{36}$/);
    proxy.kill();
    for (const pid of processesWith('daemon', deep)) await endProcess(pid);
    expect(existsSync(dirname(socket))).toBe(false);
  });

  it('[AG6] serves the newest attach; the older one ends with code 5 and says why', async () => {
    world = await makeWorld();
    const older = world.attach();
    await older.hello();
    const newer = world.attach();
    await newer.hello();
    expect(await older.exited).toBe(5);
    expect(older.stderr).toContain('a newer attach came');
    expect(older.refused[0]?.fault.message).toBe('Replaced by a newer attach');
    newer.send({ type: 'ping', id: 7 });
    await newer.until(() => newer.pongs.includes(7));
  });

  it('says in one line why it cannot be', async () => {
    world = await makeWorld();
    writeFileSync(join(world.root, 'file'), '');
    const proxy = new ProxyEnd(world.program, join(world.root, 'file'), world.cwd, world.env);
    expect(await proxy.exited).toBe(3);
    expect(proxy.stderr).toMatch(/^porthole bridge: the state folder cannot be used: .*\n$/);
  });

  it('[AG6] ends its agents at SIGTERM, and the turn that ran', async () => {
    world = await makeWorld();
    const proxy = world.attach();
    const [session, prompt] = [id('session'), id('prompt')];
    await proxy.hello();
    proxy.open(session);
    proxy.prompt(session, prompt, 'say on my way\nrun sleep 60');
    await proxy.until(() => proxy.log.ofType('tool').some(({ content }) => (content?.length ?? 0) > 0));
    const pids = readdirSync(join(world.state, 'processes')).map(Number);
    expect(pids).toHaveLength(2);
    const [daemon] = world.daemons();
    await endProcess(daemon as number, 'SIGTERM');
    expect(await proxy.exited).toBe(5);
    expect(pids.filter((pid) => isAlive(pid, '-'))).toEqual([]);
    const again = world.attach();
    await again.hello(proxy.log);
    expect(await again.ended(prompt)).toMatchObject({ outcome: 'failed', fault: { code: 'agent_exited' } });
    expect(again.log.ofType('turn_ended')).toHaveLength(1);
  });

  it('[AG6] ends what a killed one left running', async () => {
    world = await makeWorld();
    const proxy = world.attach();
    const [session, prompt] = [id('session'), id('prompt')];
    await proxy.hello();
    proxy.open(session);
    proxy.prompt(session, prompt, 'run sleep 60 & sleep 60');
    await proxy.until(() => proxy.log.ofType('tool').some(({ content }) => (content?.length ?? 0) > 0));
    const pids = readdirSync(join(world.state, 'processes')).map(Number);
    await endProcess(world.daemons()[0] as number, 'SIGKILL');
    await proxy.exited;
    const again = world.attach();
    await again.hello(proxy.log);
    expect(await again.ended(prompt)).toMatchObject({ outcome: 'failed', fault: { code: 'agent_exited' } });
    await eventually(() => pids.every((pid) => !isAlive(pid, '-')));
    expect(readdirSync(join(world.state, 'processes'))).toEqual([]);
  });

  it('[AG6] leaves for another build after the running turn, and not before', async () => {
    world = await makeWorld();
    const first = world.attach();
    const [session, prompt, later] = [id('session'), id('prompt'), id('prompt')];
    await first.hello();
    first.open(session);
    const gate = join(world.root, 'gate');
    first.prompt(session, prompt, `run until [ -e ${gate} ]; do sleep 0.05; done\nsay finished`);
    await first.until(() => first.log.ofType('tool').some(({ status }) => status === 'running'));
    const newer = join(world.root, 'newer.mjs');
    writeFileSync(newer, `${readFileSync(world.program, 'utf8')}\n// newer\n`);
    const second = new ProxyEnd(newer, world.state, world.cwd, world.env);
    const old = await second.hello(first.log);
    expect(old.sessions).toMatchObject([{ session, turn: prompt }]);
    await second.until(() => second.leaving.length === 1);
    // Not begun by the one that leaves, and it says so; of the one that runs there is nothing to say.
    const other = id('session');
    second.open(other);
    second.prompt(session, prompt, 'what runs, sent again');
    second.prompt(other, later, 'say by the newer one');
    await second.until(() => second.leaving.length === 2);
    expect(second.leaving).toEqual([null, later]);
    expect(second.refused).toEqual([]);
    writeFileSync(gate, '');
    expect(await second.ended(prompt)).toMatchObject({ outcome: 'done' });
    expect(await second.exited).toBe(5);
    const third = new ProxyEnd(newer, world.state, world.cwd, world.env);
    const fresh = await third.hello(second.log);
    expect(fresh.build).not.toBe(old.build);
    expect(fresh.bridge).toBe(old.bridge);
    third.open(session);
    third.prompt(session, later, 'context');
    await third.ended(later);
    expect(third.leaving).toEqual([]);
    expect(third.log.ofType('text').at(-1)?.text).toBe('I remember 1 prompt before this one.');
    third.kill();
  });

  it.each([
    ['a hello of another protocol', { protocol: 2 }],
    ['a hello that it does not understand', { stored: 'all of it', bridge: undefined }],
  ])('[AG6c] leaves for another build after the running turn also at %s', async (_, change) => {
    world = await makeWorld();
    const first = world.attach();
    const [session, prompt] = [id('session'), id('prompt')];
    await first.hello();
    first.open(session);
    const gate = join(world.root, 'gate');
    first.prompt(session, prompt, `run until [ -e ${gate} ]; do sleep 0.05; done\nsay finished`);
    await first.until(() => first.log.ofType('tool').some(({ status }) => status === 'running'));
    const newer = join(world.root, 'newer.mjs');
    writeFileSync(newer, `${readFileSync(world.program, 'utf8')}\n// newer\n`);
    const stranger = new ProxyEnd(newer, world.state, world.cwd, world.env);
    const hello = { type: 'hello', protocol: 1, build: 'x', workspace: 'w', bridge: null, stored: 0 };
    stranger.raw(`${JSON.stringify({ ...hello, ...change })}\n`);
    expect(await stranger.exited).toBe(5);
    expect([stranger.leaving, stranger.refused, stranger.welcome]).toEqual([[null], [], null]);
    const [daemon] = world.daemons();
    writeFileSync(gate, '');
    await eventually(() => !isAlive(daemon as number, '-'));
    const next = new ProxyEnd(newer, world.state, world.cwd, world.env);
    await next.hello(first.log);
    expect(await next.ended(prompt)).toMatchObject({ outcome: 'done' });
  });

  it('[AG6c] stays, and says why, where the way to it would start the same build again', async () => {
    world = await makeWorld();
    const stranger = world.attach();
    stranger.raw('{"type":"hello","protocol":2,"build":"another"}\n');
    expect(await stranger.exited).toBe(5);
    expect(stranger.refused).toMatchObject([{ fault: { code: 'agent_protocol' } }]);
    expect(stranger.leaving).toEqual([]);
    const [daemon] = world.daemons();
    await world.attach().hello();
    expect(world.daemons()).toEqual([daemon]);
  });

  it('ends by itself without an agent and without a proxy', async () => {
    world = await makeWorld({ PORTHOLE_BRIDGE_IDLE_MS: '200' });
    const proxy = world.attach();
    await proxy.hello();
    proxy.close();
    expect(await proxy.exited).toBe(0);
    await eventually(() => world.daemons().length === 0);
  });

  it('ends when its folder is gone, and the next log is another one', async () => {
    world = await makeWorld({ PORTHOLE_BRIDGE_IDLE_MS: '400' });
    const proxy = world.attach();
    const { bridge } = await proxy.hello();
    const { rmSync } = await import('node:fs');
    rmSync(world.state, { recursive: true });
    expect(await proxy.exited).toBe(5);
    mkdirSync(world.state);
    const again = world.attach();
    expect((await again.hello(proxy.log)).bridge).not.toBe(bridge);
  });

  it('[SE7] refuses what is no message, and a stranger to the protocol', async () => {
    world = await makeWorld();
    const proxy = world.attach();
    proxy.raw('{"type":"ping","id":1}\n');
    expect(await proxy.exited).toBe(5);
    expect(proxy.refused[0]?.fault.message).toBe('The first line must be hello');
    const other = world.attach();
    await other.hello();
    other.raw('nonsense\n{"type":"dance"}\n\n{"type":"ping","id":2}\n');
    await other.until(() => other.pongs.includes(2));
    expect(other.refused).toHaveLength(2);
  });
});
