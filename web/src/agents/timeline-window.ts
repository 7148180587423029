/**
 * Pure: which of a long session's rows can be scrolled to. The virtualizer goes over all of its rows each time that one
 * is measured, so that it is given no more than it can without a stutter; the others come in when one comes near.
 */
import type { Row } from './timeline-rows.ts';

/** Keys of its first and its last row; null: as far as there is. */
export interface RowWindow {
  first: string | null;
  last: string | null;
}

export const WHOLE: RowWindow = { first: null, last: null };

export const MAX_ROWS = 4_000;
/** What comes in at once; and so much less than the most is kept, so that it is not cut with each arrival. */
export const STEP_ROWS = 1_000;

type Rows = readonly Row[];

/** Where it begins and ends among the rows; the end exclusive. A row that is no longer there bounds nothing. */
export function placesOf(rows: Rows, { first, last }: RowWindow): [number, number] {
  const begin =
    first === null
      ? 0
      : Math.max(
          0,
          rows.findIndex(({ key }) => key === first),
        );
  const end = last === null ? -1 : rows.findLastIndex(({ key }) => key === last);
  return [begin, end < begin ? rows.length : end + 1];
}

export function within(rows: Rows, window: RowWindow): Rows {
  const [begin, end] = placesOf(rows, window);
  return begin === 0 && end === rows.length ? rows : rows.slice(begin, end);
}

/** No more than the most, cut where the reader is not: `reader` is the place of the first row in sight. */
export function trimmed(rows: Rows, window: RowWindow, reader: number): RowWindow {
  const [begin, end] = placesOf(rows, window);
  if (end - begin <= MAX_ROWS) return window;
  const keep = MAX_ROWS - STEP_ROWS;
  return reader - begin < (end - begin) / 2
    ? windowOf(rows, begin, begin + keep)
    : windowOf(rows, end - keep, end);
}

/** More before it. */
export function earlier(rows: Rows, window: RowWindow): RowWindow {
  const [begin, end] = placesOf(rows, window);
  return trimmed(rows, windowOf(rows, begin - STEP_ROWS, end), begin);
}

/** More after it. */
export function later(rows: Rows, window: RowWindow): RowWindow {
  const [begin, end] = placesOf(rows, window);
  return trimmed(rows, windowOf(rows, begin, end + STEP_ROWS), end);
}

/** About as much before this row as after it. */
export function around(rows: Rows, place: number): RowWindow {
  const half = (MAX_ROWS - STEP_ROWS) / 2;
  return windowOf(rows, place - half, place + half);
}

function windowOf(rows: Rows, begin: number, end: number): RowWindow {
  return {
    first: begin <= 0 ? null : (rows[begin]?.key ?? null),
    last: end >= rows.length ? null : (rows[end - 1]?.key ?? null),
  };
}
