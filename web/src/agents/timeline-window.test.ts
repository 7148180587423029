import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Row } from './timeline-rows.ts';
import {
  around,
  earlier,
  later,
  MAX_ROWS,
  placesOf,
  type RowWindow,
  STEP_ROWS,
  trimmed,
  WHOLE,
  within,
} from './timeline-window.ts';

const rowsOf = (count: number, from = 0): Row[] =>
  Array.from({ length: count }, (_, n) => ({ kind: 'unread', key: `row ${from + n}`, seq: from + n }));

it('[AG2] shows every row of a short session, and of a long one no more than can be scrolled', () => {
  const few = rowsOf(MAX_ROWS);
  expect(within(few, trimmed(few, WHOLE, MAX_ROWS))).toBe(few);
  const many = rowsOf(3 * MAX_ROWS);
  const atEnd = within(many, trimmed(many, WHOLE, many.length));
  expect(atEnd.length).toBeLessThanOrEqual(MAX_ROWS);
  expect(atEnd.at(-1)).toBe(many.at(-1));
});

it('[AG2] goes from either end to the other step by step, and never loses the row that one is at', () => {
  const rows = rowsOf(5 * MAX_ROWS + 123);
  let window: RowWindow = trimmed(rows, WHOLE, rows.length);
  for (let steps = 0; window.first !== null; steps += 1) {
    const [begin, end] = placesOf(rows, window);
    window = earlier(rows, window);
    const [nextBegin, nextEnd] = placesOf(rows, window);
    expect([nextBegin, nextEnd - nextBegin <= MAX_ROWS]).toEqual([Math.max(0, begin - STEP_ROWS), true]);
    expect(nextEnd, 'the rows in sight stay').toBeGreaterThan(Math.min(begin + STEP_ROWS, end - 1));
    expect(steps).toBeLessThan(100);
  }
  for (let steps = 0; window.last !== null; steps += 1) {
    const [, end] = placesOf(rows, window);
    window = later(rows, window);
    const [nextBegin, nextEnd] = placesOf(rows, window);
    expect(nextEnd).toBe(Math.min(rows.length, end + STEP_ROWS));
    expect(nextBegin, 'the rows in sight stay').toBeLessThan(end - STEP_ROWS);
    expect(steps).toBeLessThan(100);
  }
});

it('[AG2] keeps the row in sight whatever comes before, after, or is asked for', () => {
  fc.assert(
    fc.property(fc.nat(4 * MAX_ROWS), fc.nat(2 * MAX_ROWS), fc.nat(2 * MAX_ROWS), (place, before, after) => {
      const rows = rowsOf(4 * MAX_ROWS + 1);
      const window = around(rows, place);
      expect(within(rows, window)).toContain(rows[place]);
      const grown = [...rowsOf(before, -before), ...rows, ...rowsOf(after, rows.length)];
      const cut = trimmed(grown, window, before + place);
      const shown = within(grown, cut);
      expect(shown.length).toBeLessThanOrEqual(MAX_ROWS);
      expect(shown.some(({ key }) => key === rows[place]!.key)).toBe(true);
    }),
    { seed: 7, numRuns: 60 },
  );
});

it('a bound whose row has gone bounds nothing', () => {
  const rows = rowsOf(10);
  expect(within(rows, { first: 'gone', last: 'gone too' })).toBe(rows);
});
