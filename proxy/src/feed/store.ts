/**
 * The feed's queries. Invariants: `seq` is gapless per organisation, since the head's row is locked by whoever
 * appends until that transaction ends; entries `oldest`…`seq` are kept, older ones are not.
 */
import { FEED_KEPT } from '@porthole/shared';
import type { Topics } from '../bus/bus.ts';
import type { Database, Tx } from '../db/database.ts';

export type Entry = Topics['feed'];

export interface Head {
  /** The last seq given out; 0 before the first. */
  seq: number;
  /** The first that is kept. */
  oldest: number;
}

/** Trimming is done once per so many entries. */
const TRIM_EVERY = 256;

export async function append(tx: Tx, entry: Omit<Entry, 'seq'>, at: number): Promise<number> {
  const { organisationId } = entry;
  const head = await tx.q
    .insertInto('feed_heads')
    .values({ organisation_id: organisationId, seq: 1, oldest: 1 })
    .onConflict((c) => c.column('organisation_id').doUpdateSet((e) => ({ seq: e('feed_heads.seq', '+', 1) })))
    .returning(['seq', 'oldest'])
    .executeTakeFirstOrThrow();
  await tx.q
    .insertInto('feed')
    .values({
      organisation_id: organisationId,
      seq: head.seq,
      table_name: entry.table,
      row_id: entry.id,
      op: entry.op,
      row: entry.row,
      at,
    })
    .execute();
  if (head.seq % TRIM_EVERY === 0) await trim(tx, organisationId, head);
  return head.seq;
}

async function trim(tx: Tx, organisationId: string, head: Head): Promise<void> {
  const oldest = head.seq - FEED_KEPT + 1;
  if (oldest <= head.oldest) return;
  await tx.q
    .deleteFrom('feed')
    .where('organisation_id', '=', organisationId)
    .where('seq', '<', oldest)
    .execute();
  await tx.q
    .updateTable('feed_heads')
    .set({ oldest })
    .where('organisation_id', '=', organisationId)
    .execute();
}

export async function headOf(q: Database['q'], organisationId: string): Promise<Head> {
  const row = await q
    .selectFrom('feed_heads')
    .select(['seq', 'oldest'])
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst();
  return row ?? { seq: 0, oldest: 1 };
}

/** In order, from the one after `cursor`. */
export async function entriesAfter(
  q: Database['q'],
  organisationId: string,
  cursor: number,
  limit: number,
): Promise<Entry[]> {
  const rows = await q
    .selectFrom('feed')
    .select(['seq', 'table_name', 'row_id', 'op', 'row'])
    .where('organisation_id', '=', organisationId)
    .where('seq', '>', cursor)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    organisationId,
    seq: row.seq,
    table: row.table_name,
    id: row.row_id,
    op: row.op as Entry['op'],
    row: row.row,
  }));
}
