/**
 * `bridge.mjs outbound <folder> <wss url>`: for a machine that the proxy cannot reach. Joins the folder's daemon to a
 * WebSocket of the server: one line of the protocol is one text frame. The token is in the environment or in a file,
 * never in an argument, which everyone on the machine can read. Comes back after 1 s, doubling to 60 s; 410 ends it.
 */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { BRIDGE_LINE_CHARS, BRIDGE_PING_MS } from '@porthole/shared/agent-limits';
import WebSocket, { type RawData } from 'ws';
import { reachDaemon, usableFolder } from './attach.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Folder } from './folder.ts';
import { Lines } from './lines.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** A connection that held so long was a good one. */
const SETTLED_MS = 60_000;
const HANDSHAKE_MS = 30_000;
const GONE = 410;
/** What the server may be behind, before the daemon is read more slowly. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

export async function outbound(path: string, url: string, env: NodeJS.ProcessEnv): Promise<never> {
  if (!/^wss?:\/\//.test(url)) throw new ExitError(EXIT.usage, `not a WebSocket's address: ${url}`);
  const folder = usableFolder(path);
  for (let wait = FIRST_RETRY_MS; ; ) {
    const began = Date.now();
    const why = await joinOnce(folder, url, env);
    if (Date.now() - began > SETTLED_MS) wait = FIRST_RETRY_MS;
    console.error(`porthole bridge: ${why}; again in ${wait / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, LAST_RETRY_MS);
  }
}

/** Read anew for each connection: a file's token may have been replaced. */
function tokenOf(env: NodeJS.ProcessEnv): string {
  const file = env.PORTHOLE_BRIDGE_TOKEN_FILE;
  const token = (file ? readFileSync(file, 'utf8') : (env.PORTHOLE_BRIDGE_TOKEN ?? '')).trim();
  if (token === '')
    throw new ExitError(EXIT.usage, 'no token in PORTHOLE_BRIDGE_TOKEN or PORTHOLE_BRIDGE_TOKEN_FILE');
  return token;
}

/** Until the connection ends; resolves with the reason. */
function joinOnce(folder: Folder, url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const token = tokenOf(env);
  // For tests, which cannot wait so long.
  const startMs = Number(env.PORTHOLE_BRIDGE_START_MS) || undefined;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: BRIDGE_LINE_CHARS * 3,
      perMessageDeflate: false,
    });
    let why = 'the server closed the connection';
    let ended = false;
    let daemon: Socket | null = null;
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      if (response.statusCode === GONE) reject(new ExitError(EXIT.gone, 'the workspace is gone'));
      else resolve(`the server answered ${response.statusCode}`);
    });
    socket.on('error', (error) => {
      why = error.message;
    });
    socket.on('close', (code) => {
      ended = true;
      daemon?.destroy();
      if (code === 4000 + GONE) reject(new ExitError(EXIT.gone, 'the workspace is gone'));
      else resolve(why);
    });
    socket.on('open', () => heartbeat(socket));
    // Only when the server wants something: this attach replaces any other. `pause` lets through what has come already.
    const early: RawData[] = [];
    const keep = (data: RawData) => {
      early.push(data);
      if (early.length > 1) return;
      socket.pause();
      reachDaemon(folder, startMs).then(
        (reached) => {
          daemon = reached;
          socket.off('message', keep);
          if (ended) daemon.destroy();
          else join(socket, daemon, early);
        },
        // A machine that is too busy now is less so later.
        (error: Error) => {
          why = error.message;
          socket.terminate();
        },
      );
    };
    socket.on('message', keep);
  });
}

function join(socket: WebSocket, daemon: Socket, early: RawData[]): void {
  const lines = new Lines(
    BRIDGE_LINE_CHARS * 3,
    (line) => {
      socket.send(line.toString('utf8'), () => daemon.resume());
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) daemon.pause();
    },
    () => daemon.destroy(),
  );
  const take = (data: RawData) => {
    if (!daemon.write(`${data.toString().trimEnd()}\n`)) socket.pause();
  };
  daemon.on('data', (chunk: Buffer) => lines.push(chunk));
  daemon.on('error', () => {});
  daemon.on('close', () => socket.close(1000));
  daemon.on('drain', () => socket.resume());
  socket.on('message', take);
  socket.resume();
  for (const data of early) take(data);
}

/** A connection that carries nothing may be gone without a word. */
function heartbeat(socket: WebSocket): void {
  let alive = true;
  const timer = setInterval(() => {
    if (alive) socket.ping();
    else socket.terminate();
    alive = false;
  }, BRIDGE_PING_MS);
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('close', () => clearInterval(timer));
}
