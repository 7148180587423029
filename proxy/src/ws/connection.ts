/**
 * A WebSocket as a `SocketLike`: bounds on what comes in and what waits to go out, and signs of life (W3, W4).
 * Invariants: after `close` no frame reaches the handlers; `onClose` is called exactly once; a peer that does not
 * read, or is silent for `SOCKET_DEAD_MS`, loses its socket.
 */
import {
  CloseCode,
  CONTROL_FRAME_BYTES,
  type ErrorCode,
  INPUT_FRAME_BYTES,
  PING_EVERY_MS,
  SOCKET_DEAD_MS,
} from '@porthole/shared';
import { WebSocket } from 'ws';
import type { Clock } from '../lib/clock.ts';
import { DisposableStore } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import { type ChannelHandlers, OUTBOX_HIGH_BYTES, OUTBOX_LOW_BYTES, type SocketLike } from './socket.ts';

/** A peer that does not answer the close frame is cut off. */
const CLOSE_GRACE_MS = 2_000;
const LOOK_EVERY_MS = 5_000;

export interface ConnectionDeps {
  clock: Clock;
  log: Logger;
}

export class Connection implements SocketLike {
  readonly #ws: WebSocket;
  readonly #deps: ConnectionDeps;
  readonly #life = new DisposableStore();
  #handlers: ChannelHandlers | null = null;
  #heardAt: number;
  #pingedAt: number;
  #second = { since: 0, frames: 0 };
  #buffered = 0;
  #closing = false;
  #ended = false;
  #drained: (() => void)[] = [];

  constructor(ws: WebSocket, deps: ConnectionDeps) {
    this.#ws = ws;
    this.#deps = deps;
    this.#heardAt = this.#pingedAt = deps.clock.now();
    ws.on('message', (data, isBinary) => this.#frame(data as Buffer, isBinary));
    ws.on('pong', () => this.#answered());
    ws.on('ping', () => this.#answered());
    ws.on('close', () => this.#end());
    // `close` follows; what went wrong is the peer's (a bad frame, a reset).
    ws.on('error', (error) => deps.log.debug({ err: error }, 'socket error'));
    this.#life.add(deps.clock.every(LOOK_EVERY_MS, () => this.#look()));
  }

  /** Hands frames over from now on. */
  start(handlers: ChannelHandlers): void {
    this.#handlers = handlers;
    if (this.#ended) this.#guarded(() => handlers.onClose());
  }

  get isOpen(): boolean {
    return !this.#closing && this.#ws.readyState === WebSocket.OPEN;
  }

  get buffered(): number {
    return this.#buffered;
  }

  send(text: string): void {
    this.#give(text, Buffer.byteLength(text));
  }

  sendBytes(data: Uint8Array): void {
    this.#give(data, data.byteLength);
  }

  drained(): Promise<void> {
    if (!this.isOpen || this.#buffered < OUTBOX_LOW_BYTES) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  close(code: CloseCode, reason: ErrorCode): void {
    if (this.#closing || this.#ended) return;
    this.#closing = true;
    this.#release();
    this.#ws.close(code, reason);
    this.#life.add(this.#deps.clock.after(CLOSE_GRACE_MS, () => this.#ws.terminate()));
  }

  #give(data: string | Uint8Array, size: number): void {
    if (!this.isOpen) return;
    this.#buffered += size;
    if (this.#buffered > OUTBOX_HIGH_BYTES) {
      this.close(CloseCode.tooMuch, 'too_many');
      return;
    }
    this.#ws.send(data, { binary: typeof data !== 'string' }, () => {
      this.#buffered -= size;
      if (this.#buffered < OUTBOX_LOW_BYTES) this.#release();
    });
  }

  #release(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #frame(data: Buffer, isBinary: boolean): void {
    const now = this.#deps.clock.now();
    this.#heardAt = now;
    const handlers = this.#handlers;
    if (!handlers || this.#closing) return;
    if (this.#tooMany(handlers, now)) {
      this.#refuse(CloseCode.tooMuch, 'rate_limited', 'Too many messages in one second.');
    } else if (isBinary && !handlers.onBytes) {
      this.#refuse(CloseCode.protocolError, 'bad_frame', 'Binary frames have no meaning here.');
    } else if (isBinary && data.length > INPUT_FRAME_BYTES) {
      this.#refuse(CloseCode.tooMuch, 'too_large', `A binary frame has at most ${INPUT_FRAME_BYTES} bytes.`);
    } else if (!isBinary && data.length > CONTROL_FRAME_BYTES * 3) {
      this.#refuse(
        CloseCode.tooMuch,
        'too_large',
        `A text frame has at most ${CONTROL_FRAME_BYTES} characters.`,
      );
    } else
      this.#guarded(() => (isBinary ? handlers.onBytes?.(data) : handlers.onText(data.toString('utf8'))));
  }

  #refuse(code: CloseCode, error: ErrorCode, message: string): void {
    this.send(JSON.stringify({ type: 'error', code: error, message }));
    this.close(code, error);
  }

  /** A fault in a channel ends this socket and nothing else. */
  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'a channel failed');
      this.close(CloseCode.goingAway, 'internal');
    }
  }

  #tooMany({ maxPerSecond }: ChannelHandlers, now: number): boolean {
    if (maxPerSecond === undefined) return false;
    if (now - this.#second.since >= 1_000) this.#second = { since: now, frames: 0 };
    this.#second.frames += 1;
    return this.#second.frames > maxPerSecond;
  }

  /** By the protocol itself, without the peer's program. */
  #answered(): void {
    if (!this.#handlers?.clientPings) this.#heardAt = this.#deps.clock.now();
  }

  #look(): void {
    const now = this.#deps.clock.now();
    if (now - this.#heardAt >= SOCKET_DEAD_MS) this.close(CloseCode.silent, 'timeout');
    else if (this.isOpen && now - this.#pingedAt >= PING_EVERY_MS) {
      this.#pingedAt = now;
      this.#ws.ping();
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closing = true;
    this.#life.dispose();
    this.#release();
    const handlers = this.#handlers;
    if (handlers) this.#guarded(() => handlers.onClose());
  }
}
