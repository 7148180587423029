/** Sockets as browsers open them: frames are kept until somebody waits for them. */
import { once } from 'node:events';
import { PROTOCOL_VERSION, type SyncClientMessage, SyncServerMessage } from '@porthole/shared';
import { WebSocket } from 'ws';
import { newId } from '../src/lib/ids.ts';
import type { Client } from './harness-client.ts';

export class TestSocket {
  readonly ws: WebSocket;
  /** Text frames, decoded; binary ones as they are. */
  readonly frames: unknown[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #hear: (() => void)[] = [];

  /** Opened, or rejected with `refused with <status>`. */
  static async open(client: Client, path: string, headers: Record<string, string> = {}): Promise<TestSocket> {
    const socket = new TestSocket(client, path, headers);
    const refused = once(socket.ws, 'unexpected-response').then(async ([request, answer]) => {
      let body = '';
      for await (const chunk of answer) body += chunk;
      request.destroy();
      throw new Error(`refused with ${answer.statusCode} ${JSON.parse(body).error.code}`);
    });
    refused.catch(() => {});
    await Promise.race([once(socket.ws, 'open'), refused]);
    return socket;
  }

  private constructor(client: Client, path: string, headers: Record<string, string>) {
    this.ws = new WebSocket(client.url.replace(/^http/, 'ws') + path, {
      headers: { ...client.headers(), ...headers },
      perMessageDeflate: false,
    });
    this.ws.on('error', () => {});
    this.ws.on('message', (data: Buffer, isBinary: boolean) => {
      this.frames.push(isBinary ? data : JSON.parse(data.toString()));
      this.#tell();
    });
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#tell();
      });
    });
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.OPEN;
  }

  send(message: unknown): void {
    this.ws.send(
      typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message),
    );
  }

  /** Resolves when a frame has come, or the socket has closed. */
  heard(): Promise<void> {
    return new Promise((resolve) => this.#hear.push(resolve));
  }

  close(): void {
    this.ws.close();
  }

  #tell(): void {
    for (const resolve of this.#hear.splice(0)) resolve();
  }
}

type Of<T extends SyncServerMessage['type']> = Extract<SyncServerMessage, { type: T }>;

/** A browser's mirror of one organisation, kept by the feed; it notices a gap and a repetition. */
export class SyncClient {
  readonly tables = new Map<string, Map<string, Record<string, unknown>>>();
  readonly messages: SyncServerMessage[] = [];
  cursor: number | null = null;
  caughtUp = false;
  resets = 0;
  #read = 0;
  #pending: Map<string, Map<string, Record<string, unknown>>> | null = null;

  constructor(
    readonly socket: TestSocket,
    readonly organisationId: string,
    readonly connection = newId('connection'),
  ) {}

  static async open(
    client: Client,
    organisationId: string,
    cursor: number | null = null,
  ): Promise<SyncClient> {
    const sync = new SyncClient(await TestSocket.open(client, '/ws/sync'), organisationId);
    sync.cursor = cursor;
    sync.subscribe();
    await sync.until(() => sync.caughtUp);
    return sync;
  }

  subscribe(change: Partial<Extract<SyncClientMessage, { type: 'subscribe' }>> = {}): void {
    this.caughtUp = false;
    this.socket.send({
      type: 'subscribe',
      version: PROTOCOL_VERSION,
      organisationId: this.organisationId,
      cursor: this.cursor,
      connection: this.connection,
      device: 'laptop',
      ...change,
    });
  }

  rows(table: string): Record<string, unknown>[] {
    return [...(this.tables.get(table)?.values() ?? [])];
  }

  /** Folds frames in until the condition holds; throws when the socket closes first. */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.#fold();
      if (condition()) return;
      if (!this.socket.isOpen) throw new Error(`closed: ${JSON.stringify(await this.socket.closed)}`);
      const heard = this.socket.heard();
      if (this.#read < this.socket.frames.length) continue;
      await heard;
    }
  }

  /** The first message of this kind, already there or to come. */
  async message<T extends SyncServerMessage['type']>(
    type: T,
    which: (message: Of<T>) => boolean = () => true,
  ): Promise<Of<T>> {
    const find = () => this.messages.find((m): m is Of<T> => m.type === type && which(m as Of<T>));
    await this.until(() => find() !== undefined);
    return find()!;
  }

  /** Everything that was sent before now has come: the server answers in order. */
  async settled(): Promise<void> {
    const id = Math.floor(Math.random() * 2 ** 31);
    this.socket.send({ type: 'ping', id });
    await this.message('pong', (pong) => pong.id === id);
  }

  #fold(): void {
    for (; this.#read < this.socket.frames.length; this.#read += 1) {
      const message = SyncServerMessage.parse(this.socket.frames[this.#read]);
      this.messages.push(message);
      this.#apply(message);
    }
  }

  #apply(message: SyncServerMessage): void {
    switch (message.type) {
      case 'reset':
        this.#pending = new Map();
        this.resets += 1;
        break;
      case 'rows':
        for (const row of message.rows) put(this.#pending!, message.table, row);
        break;
      case 'reset_done':
        this.tables.clear();
        for (const [table, rows] of this.#pending!) this.tables.set(table, rows);
        this.#pending = null;
        this.cursor = message.cursor;
        this.caughtUp = true;
        break;
      case 'changes':
        for (const { seq, table, id, op, row } of message.changes) {
          if (seq !== (this.cursor ?? 0) + 1) throw new Error(`gap: ${seq} after ${this.cursor}`);
          this.cursor = seq;
          if (op === 'put') put(this.tables, table, row!);
          else this.tables.get(table)?.delete(id);
        }
        if (message.cursor !== this.cursor) throw new Error(`cursor ${message.cursor}, seq ${this.cursor}`);
        this.caughtUp = message.caughtUp;
        break;
    }
  }
}

function put(
  tables: Map<string, Map<string, Record<string, unknown>>>,
  table: string,
  row: Record<string, unknown>,
): void {
  const rows = tables.get(table) ?? new Map();
  tables.set(table, rows.set(row.id as string, row));
}
