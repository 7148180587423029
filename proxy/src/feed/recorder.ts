/** Appends to the feed within the caller's transaction, and publishes after its commit (FD1). */
import { MIRRORED, type MirroredTable } from '@porthole/shared';
import type { Bus } from '../bus/bus.ts';
import type { Tx } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';
import type { FeedRecorder } from './record.ts';
import { append, type Entry } from './store.ts';

export function createFeedRecorder({ bus, clock }: { bus: Bus; clock: Clock }): FeedRecorder {
  const record = async (tx: Tx, entry: Omit<Entry, 'seq'>) => {
    const seq = await append(tx, entry, clock.now());
    tx.afterCommit(() => bus.publish('feed', entry.organisationId, { ...entry, seq }));
  };
  return {
    put: (tx, organisationId, table, row) => {
      // Drops what the schema does not name: nothing secret slips into a mirror with a row.
      const clean = MIRRORED[table].parse(row);
      return record(tx, { organisationId, table, id: row.id, op: 'put', row: JSON.stringify(clean) });
    },
    delete: (tx, organisationId, table: MirroredTable, id) =>
      record(tx, { organisationId, table, id, op: 'delete', row: null }),
  };
}
