/**
 * A subscription against a real database, a bus that the test holds back, and a browser that stops reading: whatever
 * the order of things, the mirror ends as the tables are, and no change comes twice or out of order.
 */
import { type MirroredRow, SyncServerMessage } from '@porthole/shared';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { randomOf } from '../../shared/test/random.ts';
import type { Bus } from '../src/bus/bus.ts';
import { createInProcessBus } from '../src/bus/in-process.ts';
import type { Database } from '../src/db/database.ts';
import type { FeedRecorder } from '../src/feed/record.ts';
import { createFeedRecorder } from '../src/feed/recorder.ts';
import { FeedSubscription } from '../src/feed/subscription.ts';
import { systemClock } from '../src/lib/clock.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import type { SocketLike } from '../src/ws/socket.ts';

/** A socket that keeps what it is sent, and drains when told. */
class FakeSocket implements SocketLike {
  isOpen = true;
  buffered = 0;
  readonly messages: SyncServerMessage[] = [];
  stalled = false;
  #waiting: (() => void)[] = [];
  send(text: string): void {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
    this.messages.push(SyncServerMessage.parse(JSON.parse(text)));
  }
  sendBytes(): void {}
  drained(): Promise<void> {
    return this.stalled ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }
  flow(): void {
    this.stalled = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
  close(): void {
    this.isOpen = false;
  }
}

/** As a browser folds it; throws on a gap, a repetition, or rows outside a reset. */
class Mirror {
  rows = new Map<string, string>();
  cursor: number | null;
  caughtUp = false;
  #resetting: Map<string, string> | null = null;
  #read = 0;
  constructor(cursor: number | null, rows: Map<string, string> = new Map()) {
    this.cursor = cursor;
    this.rows = new Map(rows);
  }
  fold(messages: SyncServerMessage[]): void {
    for (; this.#read < messages.length; this.#read += 1) {
      const message = messages[this.#read]!;
      if (message.type === 'reset') this.#resetting = new Map();
      else if (message.type === 'rows')
        for (const row of message.rows) this.#resetting!.set(row.id as string, row.name as string);
      else if (message.type === 'reset_done') {
        this.rows = this.#resetting!;
        this.#resetting = null;
        this.cursor = message.cursor;
        this.caughtUp = true;
      } else if (message.type === 'changes') {
        for (const change of message.changes) {
          expect(change.seq).toBe(this.cursor! + 1);
          this.cursor = change.seq;
          if (change.op === 'put') this.rows.set(change.id, change.row!.name as string);
          else this.rows.delete(change.id);
        }
        expect(message.cursor).toBe(this.cursor);
        this.caughtUp = message.caughtUp;
      }
    }
  }
}

/** The same queries, whose answers wait for a gate when they are back from the database. */
function late<T extends object>(q: T, gate: () => Promise<void>): T {
  return new Proxy(q, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const result: unknown = value.apply(target, args);
        if (String(name).startsWith('execute'))
          return (result as Promise<unknown>).then((v) => gate().then(() => v));
        return late(result as object, gate);
      };
    },
  });
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function subscriptionContract(open: () => Promise<{ db: Database; dispose(): Promise<void> }>): void {
  let db: Database;
  let dispose: () => Promise<void>;
  let inner: Bus;
  let bus: Bus;
  let feed: FeedRecorder;
  let held: (() => void)[] | null = null;
  const org = newId('organisation');
  /** What the tables have, as the test keeps it. */
  let truth: Map<string, string>;

  beforeEach(async () => {
    ({ db, dispose } = await open());
    inner = createInProcessBus(silentLogger);
    bus = {
      ...inner,
      publish: (topic, key, message) => {
        if (held) held.push(() => inner.publish(topic, key, message));
        else inner.publish(topic, key, message);
      },
    };
    held = null;
    feed = createFeedRecorder({ bus, clock: systemClock });
    truth = new Map();
  });
  afterEach(() => dispose());

  const repository = (id: string, name: string): MirroredRow<'repositories'> => ({
    ...{ id, organisationId: org, name, url: 'https://example.com/x.git', defaultBranch: 'main' },
    ...{ credentialId: null, createdAt: 1 },
  });
  const put = async (id: string, name: string) => {
    await db.transaction(async (tx) => {
      await tx.q.deleteFrom('server_facts').where('key', '=', id).execute();
      await tx.q.insertInto('server_facts').values({ key: id, value: name }).execute();
      await feed.put(tx, org, 'repositories', repository(id, name));
    });
    truth.set(id, name);
  };
  const remove = async (id: string) => {
    await db.transaction(async (tx) => {
      await tx.q.deleteFrom('server_facts').where('key', '=', id).execute();
      await feed.delete(tx, org, 'repositories', id);
    });
    truth.delete(id);
  };
  const subscribe = (socket: SocketLike, cursor: number | null, database: Database = db) =>
    new FeedSubscription(
      {
        db: database,
        bus,
        sources: [
          {
            table: 'repositories',
            readAll: async (q) =>
              (await q.selectFrom('server_facts').selectAll().execute()).map(({ key, value }) =>
                repository(key, value),
              ),
          },
        ],
      },
      socket,
      org,
      cursor,
      (error) => {
        throw error;
      },
    );
  const settled = async (socket: FakeSocket, mirror: Mirror, done: () => boolean) => {
    for (let i = 0; i < 20_000; i += 1) {
      mirror.fold(socket.messages);
      if (done()) return;
      await turn();
    }
    throw new Error('never settled');
  };

  it('[SE7] reads nothing for one that another has taken the place of, also when it waits for its turn', async () => {
    await put(newId('repository'), 'a');
    let reads = 0;
    const source = {
      table: 'repositories' as const,
      readAll: async () => {
        reads += 1;
        return [];
      },
    };
    const begin = (database = db) =>
      new FeedSubscription({ db: database, bus, sources: [source] }, new FakeSocket(), org, null, (error) => {
        throw error;
      });
    begin().dispose();
    // Transactions take turns, or the test's own stands in for the one before.
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let asked = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const waiting = begin({
      ...db,
      q: db.q,
      transaction: async (work) => {
        asked();
        await gate;
        return db.transaction(work);
      },
    });
    await asking;
    waiting.dispose();
    goOn();
    await db.transaction(async () => {});
    expect(reads).toBe(0);
  });

  it('[FD2] says at once that nothing is new', async () => {
    await put(newId('repository'), 'a');
    const socket = new FakeSocket();
    subscribe(socket, 1);
    const mirror = new Mirror(1);
    await settled(socket, mirror, () => mirror.caughtUp);
    expect(socket.messages).toEqual([
      { type: 'changes', organisationId: org, cursor: 1, changes: [], caughtUp: true },
    ]);
  });

  it('[FD2] starts anew from nothing, from too long ago, and from a future that a restored backup took back', async () => {
    for (let i = 0; i < 30; i += 1) await put(newId('repository'), `${i}`);
    await db.q.deleteFrom('feed').where('seq', '<', 20).execute();
    await db.q.updateTable('feed_heads').set({ oldest: 20 }).execute();
    for (const [cursor, first] of [
      [null, 'reset'],
      [0, 'reset'],
      [18, 'reset'],
      [19, 'changes'],
      [30, 'changes'],
      [31, 'reset'],
    ] as const) {
      const socket = new FakeSocket();
      const subscription = subscribe(socket, cursor);
      const mirror = new Mirror(cursor);
      await settled(socket, mirror, () => mirror.caughtUp);
      expect([cursor, socket.messages[0]?.type]).toEqual([cursor, first]);
      expect(mirror.cursor).toBe(30);
      subscription.dispose();
    }
  });

  it('[FD2] cuts what is long into frames within their bounds, the last with caughtUp', async () => {
    const long = 'x'.repeat(90_000);
    for (let i = 0; i < 30; i += 1) await put(newId('repository'), long);
    for (let i = 0; i < 450; i += 1) await put(newId('repository'), 'y');
    for (const cursor of [0, null]) {
      const socket = new FakeSocket();
      const subscription = subscribe(socket, cursor);
      const mirror = new Mirror(cursor);
      await settled(socket, mirror, () => mirror.caughtUp);
      expect(mirror.rows).toEqual(truth);
      for (const message of socket.messages)
        if (message.type === 'changes') expect(message.changes.length).toBeLessThanOrEqual(200);
      const flags = socket.messages.flatMap((m) => (m.type === 'changes' ? [m.caughtUp] : []));
      if (cursor === 0) expect(flags).toEqual([...Array(flags.length - 1).fill(false), true]);
      subscription.dispose();
    }
  });

  it('[FD2] reads again what was written after it had read and before it was done', async () => {
    await put(newId('repository'), 'before');
    const gates: (() => void)[] = [];
    const socket = new FakeSocket();
    subscribe(socket, 1, { ...db, q: late(db.q, () => new Promise((resolve) => gates.push(resolve))) });
    const mirror = new Mirror(1, truth);
    // The head, then the entries: both are read, and the second answer is still on its way.
    await settled(socket, mirror, () => gates.length === 1);
    gates.shift()?.();
    await settled(socket, mirror, () => gates.length === 1);
    await put(newId('repository'), 'meanwhile');
    await settled(socket, mirror, () => {
      gates.shift()?.();
      return mirror.caughtUp && mirror.cursor === 2;
    });
    expect(mirror.rows).toEqual(truth);
  });

  const SEED = Number(process.env.PORTHOLE_SEED ?? 20_261_121);
  it(`[FD1] [FD2] misses nothing and repeats nothing, in any order of things (seed ${SEED})`, async () => {
    for (let round = 0; round < 25; round += 1) {
      const chance = randomOf(SEED + round);
      const ids = Array.from({ length: 8 }, () => newId('repository'));
      const step = async () => {
        const id = ids[Math.floor(chance() * ids.length)]!;
        if (chance() < 0.25) await remove(id);
        else await put(id, `${round}-${Math.floor(chance() * 1e6)}`);
      };
      for (let i = 0; i < Math.floor(chance() * 250); i += 1) await step();
      const startedFrom = chance() < 0.5 ? null : (await head()) - Math.floor(chance() * 5);
      const socket = new FakeSocket();
      const mirror = new Mirror(
        startedFrom !== null && startedFrom < 0 ? null : startedFrom,
        await mirrorAt(mirrorFrom(startedFrom)),
      );
      held = [];
      const subscription = subscribe(socket, mirror.cursor);
      const writes: Promise<void>[] = [];
      for (let i = 0; i < 40; i += 1) {
        const what = chance();
        if (what < 0.5) writes.push(step());
        else if (what < 0.65) socket.stalled = true;
        else if (what < 0.8) socket.flow();
        else if (what < 0.95) held?.shift()?.();
        else await turn();
      }
      await Promise.all(writes);
      const rest = held;
      held = null;
      for (const publish of rest) publish();
      socket.flow();
      const last = await head();
      await settled(socket, mirror, () => mirror.caughtUp && mirror.cursor === last);
      expect(mirror.rows).toEqual(truth);
      subscription.dispose();
    }
  }, 60_000);

  const head = async () => (await db.q.selectFrom('feed_heads').select('seq').executeTakeFirst())?.seq ?? 0;
  const mirrorFrom = (cursor: number | null) => (cursor === null || cursor < 0 ? 0 : cursor);
  /** What a browser at this cursor would have. */
  const mirrorAt = async (cursor: number) => {
    const rows = new Map<string, string>();
    const entries = await db.q
      .selectFrom('feed')
      .selectAll()
      .where('seq', '<=', cursor)
      .orderBy('seq')
      .execute();
    for (const { op, row_id, row } of entries) {
      if (op === 'put') rows.set(row_id, JSON.parse(row!).name);
      else rows.delete(row_id);
    }
    return rows;
  };
}
