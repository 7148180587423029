/**
 * `/ws/bridge`: bridges that connect by themselves, from machines that the server cannot reach. A text frame is a line.
 * Invariants: a socket is one workspace's, by its token; the newest one of a workspace is the one that counts; one that
 * is silent for `SILENT_MS` is cut off; a bridge speaks when it is spoken to.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, type ErrorCode, PortholeError } from '@porthole/shared';
import { BRIDGE_LINE_CHARS, BRIDGE_PING_MS } from '@porthole/shared/agent-limits';
import { WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore, Emitter } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import { refuse } from '../ws/upgrade.ts';
import type { OutboundBridges } from './links.ts';
import { LinkError, type Transport, TransportEvents } from './links-transport.ts';
import type { BridgeTokens } from './outbound-tokens.ts';

export const BRIDGE_PATH = '/ws/bridge';
/** Two pings without an answer. */
const SILENT_MS = 2.5 * BRIDGE_PING_MS;
/** UTF-8 has at most three bytes for a UTF-16 unit. */
const FRAME_BYTES = 3 * BRIDGE_LINE_CHARS;
const HIGH_BYTES = 1024 * 1024;
const LOW_BYTES = 256 * 1024;
const MAX_PENDING = 64;
const CLOSE_GRACE_MS = 2_000;
/** As HTTP 410: the bridge does not come back. */
const GONE_CODE = 4410;

export interface OutboundDeps {
  tokens: BridgeTokens;
  clock: Clock;
  log: Logger;
  addressOf: (request: IncomingMessage) => string;
  /** Counts a try; throws `rate_limited`. */
  take: (address: string) => Promise<void>;
}

export class OutboundLinks implements OutboundBridges, Disposable {
  readonly #deps: OutboundDeps;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES,
  });
  /** The newest of each workspace, taken or not. */
  readonly #sockets = new Map<string, SocketTransport>();
  readonly #come = new Emitter<string>();
  #pending = 0;
  #closed = false;

  constructor(deps: OutboundDeps) {
    this.#deps = deps;
  }

  /** True: the request is for here, and is dealt with. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if ((request.url ?? '').split('?')[0] !== BRIDGE_PATH) return false;
    const { log } = this.#deps;
    const onError = (error: Error) => log.debug({ err: error }, 'upgrade broken off');
    socket.on('error', onError);
    if (this.#pending >= MAX_PENDING) {
      refuse(socket, new PortholeError('too_many', 'Too many connections are being made.'));
      return true;
    }
    this.#pending += 1;
    this.#admit(request, socket, head)
      .catch((error: unknown) => {
        if (!(error instanceof PortholeError)) log.error({ err: error }, 'upgrade of a bridge failed');
        const known = error instanceof PortholeError;
        refuse(socket, known ? error : new PortholeError('internal', 'The server failed.'));
      })
      .finally(() => {
        this.#pending -= 1;
        socket.off('error', onError);
      });
    return true;
  }

  take(workspaceId: string): Transport | null {
    const socket = this.#sockets.get(workspaceId);
    return socket?.take() ? socket : null;
  }

  /** This server as the machine has found it; null: it has no connection of its own. */
  addressFor(workspaceId: string): string | null {
    const host = this.#sockets.get(workspaceId)?.host ?? '';
    return /^[\w.:[\]-]{1,255}$/.test(host) ? `http://${host}` : null;
  }

  onCome(workspaceId: string, listener: () => void): Disposable {
    return this.#come.on((come) => {
      if (come === workspaceId) listener();
    });
  }

  /** Its token is no longer good, or it goes. */
  end(workspaceId: string, reason: 'gone' | 'unauthenticated'): void {
    const code = reason === 'gone' ? GONE_CODE : CloseCode.unauthorized;
    this.#sockets.get(workspaceId)?.closeWith(code, reason);
  }

  dispose(): void {
    this.#closed = true;
    this.#server.close();
    for (const socket of [...this.#sockets.values()]) socket.closeWith(CloseCode.goingAway, 'going_away');
  }

  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { tokens, take, addressOf, log } = this.#deps;
    await take(addressOf(request));
    // A page in a browser is no machine.
    if (request.headers.origin !== undefined)
      throw new PortholeError('bad_origin', 'This page may not connect here.');
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const workspaceId = await tokens.check(token);
    if (this.#closed) throw new PortholeError('going_away', 'The server is stopping. Try again in a moment.');
    if (socket.destroyed) return;
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      log.info({ workspace: workspaceId }, 'a bridge has connected by itself');
      this.#opened(workspaceId, ws, request.headers.host ?? '');
    });
  }

  #opened(workspaceId: string, ws: WebSocket, host: string): void {
    const transport = new SocketTransport(ws, this.#deps.clock, host);
    this.#sockets.get(workspaceId)?.closeWith(CloseCode.goingAway, 'going_away');
    this.#sockets.set(workspaceId, transport);
    transport.onEnd(() => {
      if (this.#sockets.get(workspaceId) === transport) this.#sockets.delete(workspaceId);
    });
    this.#come.fire(workspaceId);
  }
}

class SocketTransport implements Transport {
  readonly #ws: WebSocket;
  readonly #clock: Clock;
  readonly #events = new TransportEvents();
  readonly #life = new DisposableStore();
  #taken = false;
  #paused = false;
  #blocked = false;
  #heardAt: number;

  /** `host`: by which the machine has asked for us. */
  constructor(
    ws: WebSocket,
    clock: Clock,
    readonly host: string,
  ) {
    this.#ws = ws;
    this.#clock = clock;
    this.#heardAt = clock.now();
    ws.on('message', (data, isBinary) => this.#frame(data as Buffer, isBinary));
    ws.on('pong', () => this.#heard());
    ws.on('ping', () => this.#heard());
    ws.on('error', () => {});
    ws.on('close', () => {
      this.#life.dispose();
      this.#events.end(new LinkError('machine_unreachable', 'The bridge’s connection was lost.'));
    });
    this.#life.add(clock.every(BRIDGE_PING_MS, () => this.#probe()));
  }

  /** False: somebody has it, or it is over. */
  take(): boolean {
    if (this.#taken || this.#events.ended || this.#ws.readyState !== WebSocket.OPEN) return false;
    this.#taken = true;
    return true;
  }

  write(line: string): boolean {
    if (this.#events.ended || this.#ws.readyState !== WebSocket.OPEN) return true;
    this.#ws.send(line, () => {
      if (!this.#blocked || this.#ws.bufferedAmount > LOW_BYTES) return;
      this.#blocked = false;
      this.#events.drain.fire();
    });
    this.#blocked ||= this.#ws.bufferedAmount > HIGH_BYTES;
    return !this.#blocked;
  }

  onDrain(listener: () => void): Disposable {
    return this.#events.drain.on(listener);
  }

  onLine(listener: (line: string) => void): Disposable {
    return this.#events.line.on(listener);
  }

  onEnd(listener: (why: LinkError) => void): Disposable {
    return this.#events.onEnd(listener);
  }

  pause(): void {
    this.#paused = true;
    this.#ws.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#heard();
    this.#ws.resume();
  }

  close(): void {
    this.closeWith(CloseCode.goingAway, 'going_away');
  }

  closeWith(code: number, reason: ErrorCode): void {
    if (this.#ws.readyState === WebSocket.CLOSED) return;
    // A paused socket would never read the other side's goodbye.
    this.#ws.resume();
    this.#ws.close(code, reason);
    this.#life.add(this.#clock.after(CLOSE_GRACE_MS, () => this.#ws.terminate()));
    this.#events.end(new LinkError('machine_unreachable', 'The bridge’s connection was closed.', reason));
  }

  #frame(data: Buffer, isBinary: boolean): void {
    this.#heard();
    if (this.#events.ended) return;
    if (isBinary || !this.#taken) {
      this.closeWith(CloseCode.protocolError, 'bad_frame');
      return;
    }
    const lines = data.toString('utf8').split('\n');
    if (lines.some(({ length }) => length > BRIDGE_LINE_CHARS))
      this.closeWith(CloseCode.tooMuch, 'too_large');
    else for (const line of lines) if (line.trim() !== '') this.#events.line.fire(line);
  }

  #heard(): void {
    this.#heardAt = this.#clock.now();
  }

  #probe(): void {
    if (this.#paused) return;
    if (this.#clock.now() - this.#heardAt >= SILENT_MS) this.closeWith(CloseCode.silent, 'timeout');
    else if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
  }
}
