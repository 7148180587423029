/**
 * Writes the mirror. Invariant: what belongs together is one IndexedDB transaction, so that a tab that dies, or a
 * second one that syncs at the same time, leaves rows and cursor in step (FD2).
 */
import type { SyncServerMessage } from '@porthole/shared';
import { planChanges, type ResetRows, type Write } from './apply-feed.ts';
import { clearRows, db, keyOf, mirrored, TABLES, terminalIds } from './database.ts';
import { decodeRow } from './decode-row.ts';

const all = [...TABLES.map(mirrored), db.cursors, db.screens];

export async function cursorOf(organisationId: string): Promise<number | null> {
  return (await db.cursors.get(organisationId))?.cursor ?? null;
}

/** Answers false on a gap: nothing was applied, subscribe again. */
export function applyChanges(message: Extract<SyncServerMessage, { type: 'changes' }>): Promise<boolean> {
  const { organisationId } = message;
  return db.transaction('rw', all, async () => {
    const plan = planChanges(await cursorOf(organisationId), message, decodeRow);
    if (plan.kind !== 'apply') return plan.kind === 'nothing';
    await write(organisationId, plan.writes);
    await db.cursors.put({ organisationId, cursor: plan.cursor });
    return true;
  });
}

async function write(organisationId: string, writes: readonly Write[]): Promise<void> {
  for (const table of TABLES) {
    const puts = writes.flatMap((one) => (one.op === 'put' && one.table === table ? [one.row] : []));
    const gone = writes.flatMap((one) => (one.op === 'delete' && one.table === table ? [one.id] : []));
    if (puts.length > 0) await mirrored(table).bulkPut(puts);
    if (gone.length === 0) continue;
    await mirrored(table).bulkDelete(gone.map((id) => keyOf(table, organisationId, id)));
    if (table === 'terminals') await db.screens.bulkDelete(gone);
  }
}

/** Ends a reset: the organisation's rows are these and no others. */
export function replaceMirror(organisationId: string, rows: ResetRows, cursor: number): Promise<void> {
  return db.transaction('rw', all, async () => {
    const before = await terminalIds(organisationId);
    await clearRows(organisationId);
    for (const [table, byId] of rows) await mirrored(table).bulkPut([...byId.values()]);
    const kept = rows.get('terminals');
    await db.screens.bulkDelete(before.filter((id) => !kept?.has(id)));
    await db.cursors.put({ organisationId, cursor });
  });
}
