/** A row of the feed, checked against its table's schema: the edge at which what the server sent becomes a type. */
import { firstIssue, MIRRORED } from '@porthole/shared';
import * as z from 'zod/mini';
import type { DecodeRow } from './apply-feed.ts';

/** A row that its schema refuses: this app cannot mirror what the server has. */
export class BadRowError extends Error {
  override readonly name = 'BadRowError';
}

export const decodeRow: DecodeRow = (table, raw) => {
  const parsed = z.safeParse(MIRRORED[table], raw);
  if (!parsed.success) throw new BadRowError(`${table}: ${firstIssue(parsed.error.issues)}`);
  return parsed.data;
};
