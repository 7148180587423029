/**
 * The part of a session's log that this device keeps (AG2): its newest events, and the head at their end.
 * Invariant: what is stored of a session is one gapless stretch that ends where its head is, or a little after; a
 * reader takes it from its end backwards and stops at the first gap, so that a torn write shows less, never wrong.
 */
import type { AgentOption, SessionEvent } from '@porthole/shared/agent-events';
import type { SessionHead } from '@porthole/shared/agent-head';
import { db, deleteLogs, logOf } from '../data/database.ts';

/** Events kept of one session; older ones are paged from the server. */
export const CACHED_EVENTS = 10_000;
/** And no more than this much of them, as JSON in UTF-16 units: a tool's output may be long. */
export const CACHED_CHARS = 32 * 1024 * 1024;

export interface CachedLog {
  events: SessionEvent[];
  head: SessionHead | null;
}

/** The newest `limit` stored events, in order, with the head. */
export async function readNewest(sessionId: string, limit: number): Promise<CachedLog> {
  const [head, events] = await Promise.all([
    db.heads.get(sessionId),
    readBefore(sessionId, Number.MAX_SAFE_INTEGER, limit),
  ]);
  return { events, head: head ? upToDate(head.head) : null };
}

/** One that was kept by an earlier version had rules of another shape, which are forgotten (AG7). */
const upToDate = (head: SessionHead): SessionHead =>
  Array.isArray(head.rules) ? head : { ...head, rules: [] };

/** What there was to choose in the first of these sessions that is kept here; empty: in none of them. */
export async function readOptions(sessionIds: readonly string[]): Promise<AgentOption[]> {
  const heads = await db.heads.bulkGet([...sessionIds]);
  return heads.find((kept) => kept && kept.head.options.length > 0)?.head.options ?? [];
}

/** Up to `limit` stored events before `seq`, in order. Empty: nothing is stored there. */
export async function readBefore(sessionId: string, seq: number, limit: number): Promise<SessionEvent[]> {
  const isNewest = seq === Number.MAX_SAFE_INTEGER;
  // One getAll of a range of keys; a cursor going backwards is ten times as slow.
  const last = isNewest ? await lastSeq(sessionId) : seq - 1;
  if (last < 1) return [];
  const records = await db.events
    .where('[sessionId+seq]')
    .between([sessionId, Math.max(0, last - limit)], [sessionId, last], false, true)
    .toArray();
  let from = records.length;
  while (from > 0 && records[from - 1]?.seq === last - (records.length - from)) from -= 1;
  return records.slice(from).map(({ event }) => event);
}

async function lastSeq(sessionId: string): Promise<number> {
  const [low, high] = logOf(sessionId);
  const key = await db.events.where('[sessionId+seq]').between(low, high).reverse().limit(1).primaryKeys();
  return key[0]?.[1] ?? 0;
}

export interface LogWrite {
  organisationId: string;
  sessionId: string;
  events: readonly SessionEvent[];
  head: SessionHead | null;
  at: number;
  /** They do not continue what is stored: that goes. */
  replace: boolean;
}

/** Adds to the end of what is stored, and keeps it within its bounds. */
export function writeLog({ organisationId, sessionId, events, head, at, replace }: LogWrite): Promise<void> {
  return db.transaction('rw', [db.events, db.heads], async () => {
    if (replace) await deleteLogs([sessionId]);
    const before = await db.heads.get(sessionId);
    await db.events.bulkPut(events.map((event) => ({ sessionId, seq: event.seq, event })));
    let chars = (before?.chars ?? 0) + charsOf(events);
    if (chars > CACHED_CHARS) chars = await halve(sessionId);
    else await dropBefore(sessionId, (events.at(-1)?.seq ?? 0) - CACHED_EVENTS);
    // Another tab may be further: its head is as good for what is stored.
    const newest = before && (!head || before.head.seq > head.seq) ? before.head : head;
    if (newest) await db.heads.put({ sessionId, organisationId, head: newest, chars, at });
  });
}

function charsOf(events: readonly SessionEvent[]): number {
  let chars = 0;
  for (const event of events) chars += JSON.stringify(event).length;
  return chars;
}

/** Within a transaction. Events up to `seq`. */
async function dropBefore(sessionId: string, seq: number): Promise<void> {
  if (seq < 1) return;
  await db.events.where('[sessionId+seq]').between([sessionId, 0], [sessionId, seq], true, true).delete();
}

/** Within a transaction: the older half goes. Answers how much is left. */
async function halve(sessionId: string): Promise<number> {
  const [low, high] = logOf(sessionId);
  const all = await db.events.where('[sessionId+seq]').between(low, high).toArray();
  let chars = 0;
  let from = all.length;
  while (from > 0) {
    const size = charsOf([all[from - 1]!.event]);
    if (chars + size > CACHED_CHARS / 2) break;
    chars += size;
    from -= 1;
  }
  await dropBefore(sessionId, all[from - 1]?.seq ?? 0);
  return chars;
}
