/**
 * Upgrades on the one port: path, `Origin`, session, and only then a socket (SE2, W5).
 * Invariant: whoever is not let in gets an HTTP answer with a named error, and costs nothing further.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, PortholeError } from '@porthole/shared';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Authenticated } from '../http/guard.ts';
import type { Clock } from '../lib/clock.ts';
import { newSecret } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { Connection } from './connection.ts';
import type { LiveSockets } from './live.ts';
import type { Channel } from './socket.ts';

/** The hard bound of a frame; the named one is lower (connection.ts). */
const MAX_PAYLOAD_BYTES = 512 * 1024;
/** Upgrades in the making at the same time, for a database that is slow to say who is asking. */
const MAX_PENDING = 256;

export interface UpgradeDeps {
  /** By path: `/ws/terminals/:terminal`. */
  channels: Record<string, Channel>;
  /** Throws `PortholeError` when nobody known is asking, or they ask too often. */
  authenticate: (request: IncomingMessage) => Promise<Authenticated>;
  originAllowed: (request: IncomingMessage) => boolean;
  addressOf: (request: IncomingMessage) => string;
  live: LiveSockets;
  clock: Clock;
  log: Logger;
}

export interface Upgrades {
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Nobody is let in any more. */
  close(): void;
}

export function createUpgrades(deps: UpgradeDeps): Upgrades {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
  });
  const routes = Object.entries(deps.channels).map(([path, channel]) => ({
    path,
    channel,
    match: matcher(path),
  }));
  // A session that has just been prolonged: the browser has to know, or it forgets the cookie on the old day.
  const cookies = new WeakMap<IncomingMessage, string>();
  server.on('headers', (headers, request) => {
    const cookie = cookies.get(request);
    if (cookie !== undefined) headers.push(`Set-Cookie: ${cookie}`);
  });
  let pending = 0;
  let closed = false;

  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const found = routes
      .map((route) => ({ ...route, params: route.match(path) }))
      .find(({ params }) => params);
    if (!found?.params) throw new PortholeError('not_found', 'There is no such socket.');
    if (!deps.originAllowed(request))
      throw new PortholeError('bad_origin', 'This page may not connect here.');
    const who = await deps.authenticate(request);
    if (closed) throw new PortholeError('going_away', 'The server is stopping. Try again in a moment.');
    if (socket.destroyed) return;
    if (who.cookie !== null) cookies.set(request, who.cookie);
    server.handleUpgrade(request, socket, head, (ws) =>
      open(deps, ws, { ...found, params: found.params ?? {} }, who, deps.addressOf(request)),
    );
  };

  return {
    handle(request, socket, head) {
      const onError = (error: Error) => deps.log.debug({ err: error }, 'upgrade broken off');
      socket.on('error', onError);
      if (pending >= MAX_PENDING) {
        refuse(socket, new PortholeError('too_many', 'Too many connections are being made.'));
        return;
      }
      pending += 1;
      admit(request, socket, head)
        .catch((error: unknown) => {
          if (!(error instanceof PortholeError)) deps.log.error({ err: error }, 'upgrade failed');
          refuse(
            socket,
            error instanceof PortholeError ? error : new PortholeError('internal', 'The server failed.'),
          );
        })
        .finally(() => {
          pending -= 1;
          socket.off('error', onError);
        });
    },
    close() {
      closed = true;
      server.close();
    },
  };
}

function open(
  deps: UpgradeDeps,
  ws: WebSocket,
  route: { path: string; channel: Channel; params: Record<string, string> },
  { actor }: Authenticated,
  address: string,
): void {
  const { path, params } = route;
  const log = deps.log.child({ ...params, socket: newSecret().slice(0, 8), route: path, user: actor.userId });
  const connection = new Connection(ws, { clock: deps.clock, log });
  const registration = deps.live.add({
    actor,
    route: path,
    checkAt: deps.clock.now(),
    close: (code, reason) => connection.close(code, reason),
  });
  if (!registration) {
    connection.close(CloseCode.tooMuch, 'too_many');
    return;
  }
  ws.once('close', (code) => {
    registration.dispose();
    log.debug({ code }, 'socket closed');
  });
  log.debug('socket opened');
  try {
    connection.start(route.channel(connection, { actor, params, address, log }));
  } catch (error) {
    log.error({ err: error }, 'a channel could not start');
    connection.close(CloseCode.goingAway, 'internal');
  }
}

/** An HTTP answer in place of a socket. */
export function refuse(socket: Duplex, error: PortholeError): void {
  if (socket.destroyed || !socket.writable) return;
  const body = JSON.stringify(error.toBody());
  const retry = error.retryAfter === undefined ? '' : `Retry-After: ${Math.ceil(error.retryAfter)}\r\n`;
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}\r\nConnection: close\r\n${retry}` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

/** `/ws/terminals/:terminal` → a function from a path to its parameters, or null. */
function matcher(pattern: string): (path: string) => Record<string, string> | null {
  const names: string[] = [];
  const source = pattern.replace(/:(\w+)/g, (_, name: string) => {
    names.push(name);
    return '([\\w-]{1,64})';
  });
  const regex = new RegExp(`^${source}$`);
  return (path) => {
    const match = regex.exec(path);
    return match && Object.fromEntries(names.map((name, i) => [name, match[i + 1] ?? '']));
  };
}
