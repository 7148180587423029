/**
 * Pure: who is here, as a fold over what connections say and the passing of time (PR1).
 * Invariant: a connection that has not spoken for `PRESENCE_STALE_MS` is offline; one that types says so again
 * within `TYPING_MS` or is no longer typing.
 */
import { type Connection, PRESENCE_STALE_MS, TYPING_MS } from '@porthole/shared';

export type Present = ReadonlyMap<string, Connection>;

export interface Step {
  present: Present;
  /** As they now are, to be told to everybody. */
  updates: Connection[];
}

export const nobody: Present = new Map();

/** A connection has spoken. */
export function spoke(present: Present, connection: Connection): Step {
  return { present: new Map(present).set(connection.id, connection), updates: [connection] };
}

export function left(present: Present, id: string): Present {
  const next = new Map(present);
  next.delete(id);
  return next;
}

export function passed(present: Present, now: number): Step {
  const updates: Connection[] = [];
  for (const connection of present.values()) {
    const silentMs = now - connection.seenAt;
    const typing = connection.typing && silentMs < TYPING_MS;
    const status = silentMs >= PRESENCE_STALE_MS ? 'offline' : connection.status;
    if (typing !== connection.typing || status !== connection.status)
      updates.push({ ...connection, typing, status });
  }
  if (updates.length === 0) return { present, updates };
  const next = new Map(present);
  for (const connection of updates) next.set(connection.id, connection);
  return { present: next, updates };
}
