/**
 * Pure: feed entries and rows as frames within `FEED_BATCH` and `SYNC_FRAME_BYTES`. Rows come as the JSON they are
 * stored as and are not parsed again.
 */
import { FEED_BATCH, SYNC_FRAME_BYTES, type SyncServerMessage } from '@porthole/shared';
import type { Entry } from './store.ts';

/** Leaves room for what surrounds the rows. A character is at most three bytes in UTF-8. */
const PAYLOAD_CHARACTERS = Math.floor((SYNC_FRAME_BYTES - 1024) / 3);

export const frame = (message: SyncServerMessage): string => JSON.stringify(message);

/** The entries in order; the last frame has `caughtUp` as given, the others false. One frame even for none. */
export function changeFrames(
  organisationId: string,
  cursor: number,
  entries: readonly Entry[],
  caughtUp: boolean,
): string[] {
  const texts = entries.map(
    ({ seq, table, id, op, row }) =>
      `{"seq":${seq},"table":"${table}","id":${JSON.stringify(id)},"op":"${op}","row":${row ?? 'null'}}`,
  );
  const batches = batched(texts);
  if (batches.length === 0) batches.push([]);
  let at = 0;
  return batches.map((batch, index) => {
    at += batch.length;
    const reached = at === 0 ? cursor : entries[at - 1]!.seq;
    const last = caughtUp && index === batches.length - 1;
    return `{"type":"changes","organisationId":"${organisationId}","cursor":${reached},"changes":[${batch.join(',')}],"caughtUp":${last}}`;
  });
}

export function rowFrames(organisationId: string, table: string, rows: readonly string[]): string[] {
  return batched(rows).map(
    (batch) =>
      `{"type":"rows","organisationId":"${organisationId}","table":"${table}","rows":[${batch.join(',')}]}`,
  );
}

function batched(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let size = 0;
  for (const text of texts) {
    const current = batches.at(-1);
    if (current && current.length < FEED_BATCH && size + text.length <= PAYLOAD_CHARACTERS)
      current.push(text);
    else {
      batches.push([text]);
      size = 0;
    }
    size += text.length + 1;
  }
  return batches;
}
