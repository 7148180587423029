import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { collectGarbage } from './collect-garbage.ts';

const heapUsed = () => getHeapStatistics().used_heap_size;

it('collects what has lived for long, as an emulator’s lines have', () => {
  let old: unknown[] | null = Array.from({ length: 300_000 }, (_, i) => ({ i, text: `line ${i}` }));
  // What survives this is old.
  collectGarbage();
  const full = heapUsed();
  expect(old).toHaveLength(300_000);
  old = null;
  collectGarbage();
  expect(full - heapUsed()).toBeGreaterThan(10_000_000);
});
