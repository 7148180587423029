/** A terminal viewer without a screen: keeps TR3 and TR4, counts bytes, and acknowledges what it is told to. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  ACK_EVERY_BYTES,
  decodeText,
  idFromBytes,
  type Place,
  PROTOCOL_VERSION,
  TerminalServerMessage,
} from '@porthole/shared';
import WebSocket from 'ws';
import type { Api } from './api.ts';

export interface TerminalClientOptions {
  cols?: number;
  rows?: number;
  resume?: Place | null;
  viewer?: string;
}

export class TerminalClient {
  /** Output bytes of the epoch received so far. */
  seq = 0;
  epoch = '';
  acked = 0;
  /** Turned off, this is a viewer that stopped parsing. */
  acknowledges = true;
  onOutput: (bytes: Buffer) => void = () => {};
  onMessage: (message: TerminalServerMessage) => void = () => {};
  /** A snapshot's bytes: what a viewer that fell behind sees instead of what it missed. */
  onSnapshot: (bytes: Buffer) => void = () => {};
  #ackSoon = false;
  #snapshotLeft = 0;
  #snapshotDone: (() => void) | null = null;

  private constructor(readonly socket: WebSocket) {}

  /** Resolves when attached and, for a snapshot, when all of it is here. */
  static async attach(
    api: Api,
    terminalId: string,
    options: TerminalClientOptions = {},
  ): Promise<TerminalClient> {
    const url = `${api.url.replace(/^http/, 'ws')}/ws/terminals/${terminalId}`;
    const socket = new WebSocket(url, {
      headers: { cookie: api.cookie, origin: api.url },
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    const client = new TerminalClient(socket);
    socket.on('message', (data: Buffer, binary: boolean) => client.#receive(data, binary));
    await once(socket, 'open');
    const attached = new Promise<void>((resolve, reject) => {
      client.#snapshotDone = resolve;
      socket.once('close', (code, reason) => reject(new Error(`closed ${code} ${String(reason)}`)));
    });
    client.send({
      type: 'attach',
      version: PROTOCOL_VERSION,
      viewer: options.viewer ?? idFromBytes('viewer', randomBytes(20)),
      resume: options.resume ?? null,
      cols: options.cols ?? 80,
      rows: options.rows ?? 24,
      visible: true,
      device: 'laptop',
    });
    await attached;
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  type(text: string | Uint8Array): void {
    this.socket.send(typeof text === 'string' ? Buffer.from(text) : text);
  }

  /** Resolves once the output since now contains `text`. */
  waitFor(text: string): Promise<void> {
    return new Promise((resolve) => {
      let seen = '';
      const before = this.onOutput;
      this.onOutput = (bytes) => {
        before(bytes);
        seen = (seen + bytes.toString('latin1')).slice(-4096);
        if (!seen.includes(text)) return;
        this.onOutput = before;
        resolve();
      };
    });
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await once(this.socket, 'close');
  }

  #receive(data: Buffer, binary: boolean): void {
    if (!binary) {
      this.#control(data.toString());
    } else if (this.#snapshotLeft > 0) {
      this.#snapshotLeft -= data.length;
      this.onSnapshot(data);
      if (this.#snapshotLeft === 0) this.#ready();
    } else {
      this.#output(data);
    }
  }

  #output(data: Buffer): void {
    this.seq += data.length;
    this.onOutput(data);
    if (!this.acknowledges) return;
    if (this.seq - this.acked >= ACK_EVERY_BYTES) this.#ack();
    else if (!this.#ackSoon) {
      this.#ackSoon = true;
      // After what else has come by now: a viewer that has parsed all it has says so.
      setImmediate(() => {
        this.#ackSoon = false;
        if (this.acknowledges && this.seq > this.acked) this.#ack();
      });
    }
  }

  #ack(): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.acked = this.seq;
    this.send({ type: 'ack', seq: this.seq });
  }

  #control(text: string): void {
    const decoded = decodeText(TerminalServerMessage, text);
    if (!decoded.ok) throw new Error(`bad frame from the proxy: ${decoded.reason}`);
    const message = decoded.message;
    if (message.type === 'attached') {
      this.epoch = message.epoch;
      this.seq = this.acked = message.seq;
      this.#snapshotLeft = message.snapshotBytes;
      if (this.#snapshotLeft === 0) this.#ready();
    }
    this.onMessage(message);
  }

  #ready(): void {
    this.#snapshotDone?.();
    this.#snapshotDone = null;
  }
}
