/**
 * What a feed message does to the mirror. Pure: the mirror's cursor and a message go in, a plan comes out; mirror.ts
 * carries it out in one transaction. Invariant: rows and cursor move together, and applying twice changes nothing (FD2).
 */
import type { FeedChange, MirroredRow, MirroredTable, SyncServerMessage } from '@porthole/shared';

type Changes = Extract<SyncServerMessage, { type: 'changes' }>;
type RowsMessage = Extract<SyncServerMessage, { type: 'rows' }>;
export type AnyRow = MirroredRow<MirroredTable>;

export type Write =
  | { op: 'put'; table: MirroredTable; row: AnyRow }
  | { op: 'delete'; table: MirroredTable; id: string };

export type FeedPlan =
  | { kind: 'apply'; writes: Write[]; cursor: number }
  /** Everything in it has been applied already. */
  | { kind: 'nothing' }
  /** Something between the mirror and this message is missing: subscribe again with the mirror's cursor. */
  | { kind: 'gap' };

/** Checks a row against its table's schema, or throws: decode-row.ts. */
export type DecodeRow = (table: MirroredTable, raw: unknown) => AnyRow;

/** `cursor`: the mirror's own, read in the transaction that will write, since other tabs write as well. */
export function planChanges(cursor: number | null, message: Changes, decode: DecodeRow): FeedPlan {
  const last = cursor ?? 0;
  if (message.cursor <= last && cursor !== null) return { kind: 'nothing' };
  const fresh = message.changes.filter((change) => change.seq > last);
  const first = fresh[0]?.seq ?? message.cursor + 1;
  // Without any change in it the message must not move the cursor over ones that were never seen.
  if (first > last + 1 && message.cursor > last) return { kind: 'gap' };
  for (let index = 1; index < fresh.length; index += 1) {
    if (fresh[index]!.seq !== fresh[index - 1]!.seq + 1) return { kind: 'gap' };
  }
  return { kind: 'apply', writes: compact(fresh, decode), cursor: message.cursor };
}

/** Only the last change to a row matters. Kept in the order of those. */
function compact(changes: readonly FeedChange[], decode: DecodeRow): Write[] {
  const writes = new Map<string, Write>();
  for (const change of changes) {
    const key = `${change.table} ${change.id}`;
    writes.delete(key);
    writes.set(
      key,
      change.op === 'put'
        ? { op: 'put', table: change.table, row: decode(change.table, change.row) }
        : { op: 'delete', table: change.table, id: change.id },
    );
  }
  return [...writes.values()];
}

/** The rows of a reset, gathered until `reset_done`. */
export type ResetRows = Map<MirroredTable, Map<string, AnyRow>>;

export function gatherRows(rows: ResetRows, message: RowsMessage, decode: DecodeRow): void {
  const table = rows.get(message.table) ?? new Map<string, AnyRow>();
  rows.set(message.table, table);
  for (const raw of message.rows) {
    const row = decode(message.table, raw);
    table.set(row.id, row);
  }
}
