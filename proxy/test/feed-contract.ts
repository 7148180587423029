/** What the feed must do on every database. */
import { FEED_KEPT, type MirroredRow } from '@porthole/shared';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createInProcessBus } from '../src/bus/in-process.ts';
import type { Database } from '../src/db/database.ts';
import { createFeedRecorder } from '../src/feed/recorder.ts';
import { entriesAfter, headOf } from '../src/feed/store.ts';
import { systemClock } from '../src/lib/clock.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';

/** Two handles on one database, as two proxies would have; the same one twice where it has one owner. */
export function feedContract(
  open: () => Promise<{ a: Database; b: Database; dispose(): Promise<void> }>,
): void {
  let a: Database;
  let b: Database;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ a, b, dispose } = await open());
  });
  afterEach(() => dispose());

  const org = newId('organisation');
  const row = (name: string): MirroredRow<'organisations'> => ({ id: org, name, createdAt: 1 });
  const writer = (db: Database) => {
    const bus = createInProcessBus(silentLogger);
    return { bus, db, feed: createFeedRecorder({ bus, clock: systemClock }) };
  };

  it('[FD1] gives out every seq once, without a gap, whoever writes and whoever fails', async () => {
    const [one, two] = [writer(a), writer(b)];
    const heard: number[] = [];
    for (const { bus } of [one, two]) bus.subscribe('feed', org, ({ seq }) => heard.push(seq));
    const write = (i: number) => {
      const { db, feed } = i % 2 ? one : two;
      return db
        .transaction(async (tx) => {
          await feed.put(tx, org, 'organisations', row(`${i}`));
          if (i % 5 === 0) throw new Error('changed my mind');
          if (i % 3 === 0) await feed.delete(tx, org, 'members', newId('user'));
        })
        .catch((error: Error) => expect(error.message).toBe('changed my mind'));
    };
    await Promise.all(Array.from({ length: 60 }, (_, i) => write(i)));
    const entries = await entriesAfter(a.q, org, 0, 1_000);
    const expected = Array.from({ length: 60 }, (_, i) => (i % 5 === 0 ? 0 : i % 3 === 0 ? 2 : 1));
    const total = expected.reduce((sum: number, n) => sum + n, 0);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect([...heard].sort((x, y) => x - y)).toEqual(entries.map(({ seq }) => seq));
    expect(await headOf(a.q, org)).toEqual({ seq: total, oldest: 1 });
  });

  it('[FD1] counts per organisation, and keeps nothing of a row that its schema does not name', async () => {
    const { db, feed } = writer(a);
    const second = newId('organisation');
    await db.transaction(async (tx) => {
      await feed.put(tx, org, 'organisations', { ...row('a'), secret: 'hunter2' } as never);
      await feed.put(tx, second, 'organisations', { ...row('b'), id: second });
    });
    const [entry] = await entriesAfter(a.q, org, 0, 10);
    expect(entry).toMatchObject({ seq: 1, table: 'organisations', id: org, op: 'put' });
    expect(JSON.parse(entry!.row!)).toEqual(row('a'));
    expect((await entriesAfter(a.q, second, 0, 10)).map(({ seq }) => seq)).toEqual([1]);
  });

  it(`[FD2] keeps the last ${FEED_KEPT} changes, give or take a few hundred`, async () => {
    const { db, feed } = writer(a);
    const total = FEED_KEPT + 700;
    for (let done = 0; done < total; done += 100)
      await db.transaction(async (tx) => {
        for (let i = 0; i < 100; i += 1) await feed.put(tx, org, 'organisations', row(`${done + i}`));
      });
    const { seq, oldest } = await headOf(a.q, org);
    expect(seq).toBe(total);
    expect(seq - oldest + 1).toBeGreaterThanOrEqual(FEED_KEPT);
    expect(seq - oldest + 1).toBeLessThan(FEED_KEPT + 300);
    const [first] = await entriesAfter(a.q, org, 0, 1);
    expect(first?.seq).toBe(oldest);
  }, 60_000);
}
