// `bridge.mjs outbound` against a real WebSocket server: the same protocol, one line a frame.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { FromBridge, type ToBridge } from '@porthole/shared/bridge';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import * as z from 'zod/mini';
import { openFolder } from './folder.ts';
import { takeLock } from './lock.ts';
import { Log, SCRIPTED } from './test/proxy.ts';
import { id, makeWorld, type World } from './test/world.ts';

let world: World;
const ends: (() => void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await world.end();
});

async function listen(answer?: (request: IncomingMessage) => number | null) {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const came: { socket: WebSocket; authorization: string }[] = [];
  const waiting: (() => void)[] = [];
  http.on('upgrade', (request, socket, head) => {
    const refused = answer?.(request) ?? null;
    if (refused !== null) return socket.end(`HTTP/1.1 ${refused} No\r\nconnection: close\r\n\r\n`);
    return sockets.handleUpgrade(request, socket, head, (ws) => {
      came.push({ socket: ws, authorization: request.headers.authorization ?? '' });
      waiting.shift()?.();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  ends.push(() => {
    for (const { socket } of came) socket.terminate();
    http.closeAllConnections();
    http.close();
  });
  const address = http.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const next = async () => {
    if (came.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    return came.shift()!;
  };
  return { url: `ws://127.0.0.1:${port}/ws/bridge`, next };
}

function outbound(url: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [world.program, 'outbound', world.state, url], {
    env: { ...world.env, ...env },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  ends.push(() => child.kill('SIGKILL'));
  return { child, exited: once(child, 'close').then(([code]) => ({ code, stderr })) };
}

/** Talks with a bridge over one socket until `holds`. */
async function talk(socket: WebSocket, log: Log, first: ToBridge[], holds: () => boolean): Promise<void> {
  const send = (message: ToBridge) => socket.send(JSON.stringify(message));
  const done = new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => {
      const message = z.parse(FromBridge, JSON.parse(data.toString()));
      if (message.type === 'welcome') log.bridge = message.bridge;
      if (message.type === 'event') {
        log.add(message);
        send({ type: 'ack', stored: log.stored });
      }
      if (holds()) resolve();
    });
    socket.on('close', () => reject(new Error('the socket closed')));
  });
  const workspace = `wsp_${'0'.repeat(20)}`;
  send({ type: 'hello', protocol: 1, build: 'another', workspace, bridge: log.bridge, stored: log.stored });
  for (const message of first) send(message);
  await done;
}

describe('a bridge that connects by itself', () => {
  it('[AG6] [AG4] speaks the same protocol, comes back, and goes on where it was', async () => {
    world = await makeWorld();
    writeFileSync(join(world.root, 'token'), 'secret-1\n');
    const server = await listen();
    outbound(server.url, { PORTHOLE_BRIDGE_TOKEN_FILE: join(world.root, 'token') });
    const log = new Log();
    const [session, first, second] = [id('session'), id('prompt'), id('prompt')];
    const prompt = (name: string, text: string): ToBridge => {
      const author = { name: 'A', email: 'a@x' };
      return { type: 'prompt', session, prompt: name, text, attachments: [], choices: {}, author };
    };
    const open: ToBridge = { type: 'open', session, agent: SCRIPTED, cwd: world.cwd, resume: null };
    const ended = (name: string) => () => log.ofType('turn_ended').some(({ turn }) => turn === name);

    const one = await server.next();
    expect(one.authorization).toBe('Bearer secret-1');
    await talk(one.socket, log, [open, prompt(first, 'say one')], ended(first));
    one.socket.terminate();

    const two = await server.next();
    await talk(two.socket, log, [open, prompt(first, 'say one'), prompt(second, 'context')], ended(second));
    expect(log.ofType('turn_started')).toHaveLength(2);
    expect(log.ofType('agent_ready')).toHaveLength(1);
    // Its build is another one than the server's, and nobody can put that there: it goes on.
    expect(log.ofType('text').at(-1)?.text).toBe('I remember 1 prompt before this one.');
    expect(world.daemons()).toHaveLength(1);
  });

  it('[SE2] keeps its token out of its arguments, and wants one', async () => {
    world = await makeWorld();
    const server = await listen();
    const { child } = outbound(server.url, { PORTHOLE_BRIDGE_TOKEN: 'secret-2' });
    expect((await server.next()).authorization).toBe('Bearer secret-2');
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).not.toContain('secret-2');
    const none = outbound(server.url, {});
    expect(await none.exited).toMatchObject({ code: 64, stderr: expect.stringContaining('no token') });
  });

  it('[AG6] ends when the workspace is gone, before or after it has connected', async () => {
    world = await makeWorld();
    const gone = await listen(() => 410);
    const env = { PORTHOLE_BRIDGE_TOKEN: 'x' };
    expect(await outbound(gone.url, env).exited).toMatchObject({ code: 7 });
    const server = await listen();
    const { exited } = outbound(server.url, env);
    (await server.next()).socket.close(4410, 'gone');
    expect(await exited).toMatchObject({ code: 7, stderr: 'porthole bridge: the workspace is gone\n' });
  });

  it('[AG6] comes back when its daemon could not be started', async () => {
    world = await makeWorld();
    const server = await listen();
    // As if another one held the folder, which does not answer.
    const lock = takeLock(openFolder(world.state).path);
    const { child } = outbound(server.url, { PORTHOLE_BRIDGE_TOKEN: 'x', PORTHOLE_BRIDGE_START_MS: '300' });
    const hello = { type: 'hello', protocol: 1, build: 'b', workspace: `wsp_${'0'.repeat(20)}` };
    const one = await server.next();
    one.socket.send(JSON.stringify({ ...hello, bridge: null, stored: 0 }));
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toMatch(/did not start: .*; again in 1 s\n$/);
    lock?.release();
    const two = await server.next();
    await talk(two.socket, new Log(), [], () => true);
  });

  it('[AG6] is refused, and tries again after a second', async () => {
    world = await makeWorld();
    let tries = 0;
    const server = await listen(() => {
      tries += 1;
      return tries === 1 ? 503 : null;
    });
    const { child } = outbound(server.url, { PORTHOLE_BRIDGE_TOKEN: 'x' });
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toBe('porthole bridge: the server answered 503; again in 1 s\n');
    await server.next();
    expect(tries).toBe(2);
  });
});
