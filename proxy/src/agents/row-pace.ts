/**
 * Pure: when a session's row is written again. Every write goes to every browser of the organisation: a new state is
 * worth it at once; how long the log is by now, and which of its tools runs, is worth it once a second.
 */
import type { SessionRow, SessionStatus } from '@porthole/shared';
import { type RelayState, statusOf } from './relay-state.ts';

export const ROW_PACE_MS = 1_000;

/** The row as it would be now; `due`: write it; `changed`: it differs from the one that is written. */
export function rowAfter(
  row: SessionRow,
  state: RelayState,
  now: number,
  {
    dispatched,
    rowWrittenAt,
    starting,
  }: { dispatched: string | null; rowWrittenAt: number; starting: boolean },
): { row: SessionRow; due: boolean; changed: boolean } {
  const status = statusOf(state, starting || dispatched !== null);
  const { seq } = state.head;
  const changed = status !== row.status || seq !== row.head;
  if (!changed) return { row, due: false, changed };
  const due =
    now - rowWrittenAt >= ROW_PACE_MS || (status !== row.status && !(works(status) && works(row.status)));
  return { row: { ...row, status, head: seq, activeAt: now }, due, changed };
}

const works = (status: SessionStatus) => status === 'thinking' || status === 'tool';
