import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../shared/test/random.ts';
import { History } from './history.ts';

const SIZE = { cols: 80, rows: 24 };
const numbered = (from: number, count: number) =>
  Uint8Array.from({ length: count }, (_, i) => (from + i) % 251);

function readAll(history: History, from: number): Buffer {
  const out: Uint8Array[] = [];
  for (let seq = from; seq < history.head; seq += (out.at(-1) as Uint8Array).length)
    out.push(history.slice(seq, 1000));
  return Buffer.concat(out);
}

describe('history', () => {
  it('[TR2] [TR3] gives back every byte by its number, whatever the chunks were', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = randomOf(seed);
      const history = new History(SIZE, { limit: 50_000 });
      for (let head = 0; head < 200_000; ) {
        const count = Math.floor(random() * 9_000);
        history.append(numbered(head, count));
        head += count;
        expect(history.head, `seed ${seed}`).toBe(head);
        expect(history.head - history.start).toBeGreaterThanOrEqual(Math.min(head, 50_000));
        const from = history.start + Math.floor(random() * (history.head - history.start));
        const same = Buffer.compare(readAll(history, from), numbered(from, head - from)) === 0;
        expect(same, `seed ${seed} from ${from}`).toBe(true);
      }
    }
  });

  it('keeps little more than its limit, and little when there is little', () => {
    const history = new History(SIZE, { limit: 256 * 1024 });
    history.append(new Uint8Array(100));
    expect(history.allocated).toBeLessThanOrEqual(2 * 1024);
    for (let i = 0; i < 100; i++) history.append(new Uint8Array(32 * 1024));
    expect(history.allocated).toBeLessThanOrEqual(256 * 1024 + 2 * 64 * 1024);
    history.compact(10_000);
    expect(history.allocated).toBe(10_000);
    expect(history.head - history.start).toBe(10_000);
  });

  it('keeps what somebody needs, up to twice its limit', () => {
    const history = new History(SIZE, { limit: 256 * 1024 });
    const needed = 100 * 1024;
    for (let i = 0; i < 13; i++) history.append(new Uint8Array(32 * 1024), needed);
    expect(history.has(needed)).toBe(true);
    for (let i = 0; i < 13; i++) history.append(new Uint8Array(32 * 1024), needed);
    expect(history.has(needed)).toBe(false);
    expect(history.allocated).toBeLessThanOrEqual(512 * 1024 + 2 * 64 * 1024);
  });

  it('a slice stays what it was, whatever comes after', () => {
    const history = new History(SIZE, { limit: 10_000 });
    history.append(numbered(0, 5_000));
    const slice = history.slice(100, 500);
    for (let i = 0; i < 50; i++) history.append(new Uint8Array(5_000).fill(7));
    history.compact(100);
    expect([...slice]).toEqual([...numbered(100, slice.length)]);
  });

  it('[TR8] knows the size at every place, and numbers the changes for readers', () => {
    const history = new History(SIZE, { limit: 1_000 });
    history.append(new Uint8Array(10));
    history.mark(100, 30);
    history.append(new Uint8Array(5));
    history.mark(60, 20);
    history.mark(61, 21);
    expect([9, 10, 14, 15].map((seq) => history.sizeAt(seq).cols)).toEqual([80, 100, 100, 61]);
    expect([9, 10, 15].map((seq) => history.markAfter(seq))).toEqual([0, 1, 3]);
    for (let i = 0; i < 300; i++) history.append(new Uint8Array(1_000));
    expect(history.sizeAt(history.start)).toEqual({ cols: 61, rows: 21 });
    expect(history.firstMark).toBe(3);
    expect(history.markAt(1)).toBeUndefined();
    history.mark(70, 22);
    expect(history.markAt(3)).toEqual({ seq: history.head, cols: 70, rows: 22 });
  });

  it('a resize without output does not grow it without end', () => {
    const history = new History(SIZE);
    for (let i = 0; i < 5_000; i++) history.mark(10 + (i % 100), 10);
    expect(history.nextMark - history.firstMark).toBeLessThanOrEqual(1024);
  });
});
