/** Feed entries, written in the same transaction as the row they tell of (FD1). */
import type { MirroredRow, MirroredTable } from '@porthole/shared';
import type { Database, Tx } from '../db/database.ts';

/** Appends "this row now is". Published to subscribers after the commit. */
export type RecordPut = <T extends MirroredTable>(
  tx: Tx,
  organisationId: string,
  table: T,
  row: MirroredRow<T>,
) => Promise<void>;

/** Appends "this row is gone". */
export type RecordDelete = (
  tx: Tx,
  organisationId: string,
  table: MirroredTable,
  id: string,
) => Promise<void>;

export interface FeedRecorder {
  put: RecordPut;
  delete: RecordDelete;
}

/**
 * How the feed reads a whole mirrored table, for a browser that starts from nothing. Offered by the feature that
 * owns the table. `q` reads within the feed's transaction, so that all tables and the cursor are of one moment.
 */
export interface FeedSource<T extends MirroredTable = MirroredTable> {
  table: T;
  readAll(q: Database['q'], organisationId: string): Promise<MirroredRow<T>[]>;
}
