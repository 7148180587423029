/**
 * One browser's place in one organisation's feed.
 * Invariants: it hears the bus before it reads the database, and sends an entry only when it is the next one, so
 * nothing between the two is missed and nothing is sent twice (FD2); one read is under way at a time, and it waits
 * for a browser that reads slowly.
 */
import { FEED_BATCH, MIRRORED } from '@porthole/shared';
import type { Bus } from '../bus/bus.ts';
import type { Database } from '../db/database.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { SocketLike } from '../ws/socket.ts';
import { changeFrames, frame, rowFrames } from './frames.ts';
import type { FeedSource } from './record.ts';
import { type Entry, entriesAfter, headOf } from './store.ts';

export interface FeedDeps {
  db: Database;
  bus: Bus;
  sources: readonly FeedSource[];
}

export class FeedSubscription implements Disposable {
  readonly #deps: FeedDeps;
  readonly #socket: SocketLike;
  readonly #organisationId: string;
  readonly #listening: Disposable;
  readonly #onFault: (error: unknown) => void;
  /** The last seq sent; null: everything has to be sent. */
  #cursor: number | null;
  /** The browser has not been told yet that it is up to date. */
  #owesAnswer = true;
  #reading = false;
  #again = false;
  #disposed = false;

  constructor(
    deps: FeedDeps,
    socket: SocketLike,
    organisationId: string,
    cursor: number | null,
    onFault: (error: unknown) => void,
  ) {
    this.#deps = deps;
    this.#socket = socket;
    this.#organisationId = organisationId;
    this.#cursor = cursor;
    this.#onFault = onFault;
    this.#listening = deps.bus.subscribe('feed', organisationId, (entry) => this.#heard(entry));
    this.#read();
  }

  dispose(): void {
    this.#disposed = true;
    this.#listening.dispose();
  }

  #heard(entry: Entry): void {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    if (this.#cursor === null || entry.seq > this.#cursor + 1) this.#read();
    else if (entry.seq === this.#cursor + 1) this.#send([entry], true);
  }

  #read(): void {
    this.#reading = true;
    this.#readAll().catch((error: unknown) => {
      if (!this.#disposed) this.#onFault(error);
    });
  }

  async #readAll(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#step();
      } while (!this.#disposed && (this.#again || this.#owesAnswer));
    } finally {
      // In the same turn as the last look at `#again`: what is heard from now on starts another read.
      this.#reading = false;
    }
  }

  async #step(): Promise<void> {
    const { q } = this.#deps.db;
    const head = await headOf(q, this.#organisationId);
    if (this.#disposed) return;
    const cursor = this.#cursor;
    // Too old, or from a future that a restored backup has taken back.
    if (cursor === null || cursor < head.oldest - 1 || cursor > head.seq) return this.#reset();
    const entries = await entriesAfter(q, this.#organisationId, cursor, FEED_BATCH);
    if (this.#disposed) return;
    // Trimmed away between the two reads.
    if ((entries[0]?.seq ?? head.seq + 1) !== cursor + 1 && head.seq > cursor) return this.#reset();
    const full = entries.length === FEED_BATCH;
    if (entries.length > 0 || this.#owesAnswer) this.#send(entries, !full && !this.#again);
    if (full) {
      this.#again = true;
      await this.#socket.drained();
    }
  }

  #send(entries: Entry[], caughtUp: boolean): void {
    const cursor = this.#cursor ?? 0;
    for (const text of changeFrames(this.#organisationId, cursor, entries, caughtUp)) this.#socket.send(text);
    this.#cursor = entries.at(-1)?.seq ?? cursor;
    this.#owesAnswer = !caughtUp;
  }

  async #reset(): Promise<void> {
    const organisationId = this.#organisationId;
    const read = await this.#deps.db.transaction(async ({ q }) => {
      // It may have waited for its turn: a newer subscription reads for itself.
      if (this.#disposed) return null;
      const tables: { table: FeedSource['table']; rows: object[] }[] = [];
      for (const { table, readAll } of this.#deps.sources)
        tables.push({ table, rows: await readAll(q, organisationId) });
      return { cursor: (await headOf(q, organisationId)).seq, tables };
    });
    if (read === null || this.#disposed) return;
    const { cursor, tables } = read;
    this.#socket.send(frame({ type: 'reset', organisationId }));
    for (const { table, rows } of tables) {
      const texts = rows.map((row) => JSON.stringify(MIRRORED[table].parse(row)));
      for (const text of rowFrames(organisationId, table, texts)) {
        this.#socket.send(text);
        await this.#socket.drained();
        if (this.#disposed) return;
      }
    }
    this.#socket.send(frame({ type: 'reset_done', organisationId, cursor }));
    this.#cursor = cursor;
    this.#owesAnswer = false;
    // Whatever was written while the rows were sent.
    this.#again = true;
  }
}
