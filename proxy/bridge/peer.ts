/**
 * One attached proxy. Sends what it has not stored from the spool, then live; the spool is the queue, so a proxy that
 * reads slowly costs a number. Text in growth is sent after the events before it, from the place that this peer has:
 * a new peer gets it from 0 (mid-turn join). Nothing is sent before `hello`.
 */
import type { Socket } from 'node:net';
import type { AgentFault } from '@porthole/shared/agent-events';
import { BRIDGE_LINE_CHARS } from '@porthole/shared/agent-limits';
import { BRIDGE_PROTOCOL, type FromBridge, ToBridge } from '@porthole/shared/bridge';
import * as z from 'zod/mini';
import { Lines } from './lines.ts';
import type { Spool } from './spool.ts';

const BATCH_BYTES = 64 * 1024;
/** A peer that asks for more answers than it reads is not one of ours. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

/** Before the proxy's own lines, by the program that joins it to the socket: its build. */
export const ATTACHED = 'attached by ';

export type Hello = Extract<ToBridge, { type: 'hello' }>;
export type PeerMessage = Exclude<ToBridge, { type: 'hello' | 'ack' | 'ping' }>;

/** A text that an agent is still writing. */
export interface Growing {
  session: string;
  turn: string;
  item: string;
  kind: 'message' | 'thought';
  text: string;
}

export interface PeerHost {
  readonly spool: Spool;
  readonly bridge: string;
  welcome(hello: Hello): FromBridge;
  growing(): Growing[];
  onMessage(message: PeerMessage): void;
  /**
   * Another build is wanted here. `asked`: the one that the proxy would install; `attached`: that of the program that
   * made the connection; null: not known.
   */
  makesRoomFor(asked: string | null, attached: string | null): boolean;
  /** Ends after the running turns. */
  leave(): void;
  onClose(peer: Peer): void;
}

export class Peer {
  readonly #socket: Socket;
  readonly #host: PeerHost;
  #welcomed = false;
  /** What it says after that is not answered. */
  #ended = false;
  #attached: string | null = null;
  #next = 1;
  #blocked = false;
  #scheduled = false;
  /** How much of each growing text was sent. */
  #sent = new Map<string, number>();

  constructor(socket: Socket, host: PeerHost) {
    this.#socket = socket;
    this.#host = host;
    const lines = new Lines(
      BRIDGE_LINE_CHARS,
      (line) => this.#line(line.toString('utf8')),
      () => this.refuseAndEnd('A line is too long'),
    );
    socket.on('data', (chunk: Buffer) => lines.push(chunk));
    socket.on('drain', () => {
      this.#blocked = false;
      this.#pump();
    });
    socket.on('error', () => socket.destroy());
    // A channel has no use for half of itself.
    socket.on('end', () => socket.end());
    socket.on('close', () => host.onClose(this));
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // What comes in one go leaves in one go.
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  send(message: FromBridge): void {
    if (!this.#welcomed || this.#ended || this.#socket.destroyed) return;
    this.#write(message);
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#socket.destroy();
  }

  refuseAndEnd(message: string, code: AgentFault['code'] = 'limit'): void {
    const fault = { code, message, details: null };
    if (!this.#socket.destroyed) this.#write({ type: 'refused', session: null, fault });
    this.end();
  }

  end(): void {
    this.#ended = true;
    this.#socket.end();
    // Whoever does not read is not waited for.
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }

  #line(text: string): void {
    if (this.#ended || text.trim() === '') return;
    if (!this.#welcomed && text.startsWith(ATTACHED)) {
      this.#attached = text.slice(ATTACHED.length);
      return;
    }
    const message = decode(text);
    if (message?.type === 'hello' && message.protocol === BRIDGE_PROTOCOL) this.#hello(message);
    else if (message?.type === 'hello' || (!message && !this.#welcomed)) this.#stranger(text);
    else if (!message) this.#refuse('The bridge does not understand this message');
    else if (!this.#welcomed) this.refuseAndEnd('The first line must be hello');
    else if (message.type === 'ping') this.send({ type: 'pong', id: message.id });
    else if (message.type === 'ack') this.#host.spool.ack(message.stored);
    else this.#host.onMessage(message);
  }

  #hello(hello: Hello): void {
    const { spool, bridge } = this.#host;
    const stored = hello.bridge === bridge ? hello.stored : 0;
    spool.skipTo(stored);
    spool.ack(stored);
    this.#next = Math.max(stored + 1, spool.first);
    this.#sent.clear();
    this.#welcomed = true;
    this.#write(this.#host.welcome(hello));
    this.#pump();
    if (!this.#host.makesRoomFor(hello.build, this.#attached)) return;
    this.send(LEAVING);
    this.#host.leave();
  }

  /** It speaks another protocol: what comes after this build may understand it, and nothing else here can. */
  #stranger(text: string): void {
    if (!this.#host.makesRoomFor(buildIn(text), this.#attached)) {
      const what = `The bridge on the machine speaks protocol ${BRIDGE_PROTOCOL} alone, and was put there by hand: replace it by this server’s`;
      this.refuseAndEnd(what, 'agent_protocol');
      return;
    }
    this.#write(LEAVING);
    this.end();
    this.#host.leave();
  }

  #refuse(message: string): void {
    this.send({ type: 'refused', session: null, fault: { code: 'internal', message, details: null } });
  }

  #pump(): void {
    if (!this.#welcomed || this.#ended || this.#socket.destroyed) return;
    while (!this.#blocked) {
      this.#next = Math.max(this.#next, this.#host.spool.first);
      const batch = this.#host.spool.read(this.#next, BATCH_BYTES);
      if (!batch) break;
      this.#next = batch.next;
      this.#blocked = !this.#socket.write(batch.bytes);
    }
    if (!this.#blocked) this.#sendGrowing();
  }

  #sendGrowing(): void {
    const sent = new Map<string, number>();
    for (const { text, ...item } of this.#host.growing()) {
      const key = `${item.session} ${item.turn} ${item.item}`;
      const at = this.#sent.get(key) ?? 0;
      if (text.length > at) this.#write({ type: 'delta', ...item, at, text: text.slice(at) });
      sent.set(key, Math.max(at, text.length));
    }
    this.#sent = sent;
  }

  #write(message: FromBridge): void {
    if (!this.#socket.write(`${JSON.stringify(message)}\n`)) this.#blocked = true;
  }
}

const LEAVING: FromBridge = { type: 'leaving', session: null, prompt: null };

/** Of a `hello` that is otherwise not understood. */
function buildIn(text: string): string | null {
  try {
    const { build } = Object(JSON.parse(text)) as { build?: unknown };
    return typeof build === 'string' ? build : null;
  } catch {
    return null;
  }
}

function decode(text: string): ToBridge | null {
  try {
    const decoded = z.safeParse(ToBridge, JSON.parse(text));
    return decoded.success ? decoded.data : null;
  } catch {
    return null;
  }
}
