/**
 * Forgetting (FD4), and the few facts a cold start needs. Apart from mirror.ts, which brings the schemas with it: the
 * first list is on screen before those are loaded.
 */
import { clearRows, db, deleteLogs, terminalIds } from './database.ts';

/** FD4: membership lost. */
export function forgetOrganisation(organisationId: string): Promise<void> {
  return db.transaction('rw', db.tables, async () => {
    await db.screens.bulkDelete(await terminalIds(organisationId));
    await deleteLogs(await db.heads.where({ organisationId }).primaryKeys());
    await clearRows(organisationId);
    await db.cursors.delete(organisationId);
    for (const table of [db.outbox, db.drafts, db.reads]) await table.where({ organisationId }).delete();
  });
}

/** FD4: signed out. Everything, in one transaction. */
export function forgetEverything(): Promise<void> {
  return db.transaction('rw', db.tables, async () => {
    await Promise.all(db.tables.map((table) => table.clear()));
  });
}

/** Screens saved for terminals that were deleted meanwhile. */
export function sweepScreens(): Promise<void> {
  return db.transaction('rw', [db.terminals, db.screens], async () => {
    const known = new Set(await db.terminals.toCollection().primaryKeys());
    const saved = await db.screens.toCollection().primaryKeys();
    await db.screens.bulkDelete(saved.filter((id) => !known.has(id)));
  });
}

/** Sessions whose log is kept. */
export const CACHED_SESSIONS = 50;

/** Logs of sessions that were deleted meanwhile, and those beyond `keep` that were not opened for the longest. */
export function sweepLogs(keep = CACHED_SESSIONS): Promise<void> {
  return db.transaction('rw', [db.sessions, db.heads, db.events, db.reads], async () => {
    const known = new Set(await db.sessions.toCollection().primaryKeys());
    const stored = (await db.heads.toArray()).sort((a, b) => b.at - a.at);
    const kept = stored.filter(({ sessionId }) => known.has(sessionId)).slice(0, keep);
    const ids = new Set(kept.map(({ sessionId }) => sessionId));
    await deleteLogs(stored.map(({ sessionId }) => sessionId).filter((id) => !ids.has(id)));
    const read = await db.reads.toCollection().primaryKeys();
    await db.reads.bulkDelete(read.filter((id) => !known.has(id)));
  });
}

export async function readFact<T>(key: string): Promise<T | undefined> {
  return (await db.facts.get(key))?.value as T | undefined;
}

export async function writeFact(key: string, value: unknown): Promise<void> {
  await db.facts.put({ key, value });
}
