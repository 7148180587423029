import { describe, expect, it } from 'vitest';
import { Lines, type LongLine } from './lines.ts';

function read(chunks: (string | Buffer)[], max = 100): { lines: string[]; long: LongLine[] } {
  const found: { lines: string[]; long: LongLine[] } = { lines: [], long: [] };
  const lines = new Lines(
    max,
    (line) => found.lines.push(line.toString('utf8')),
    (line) => found.long.push(line),
  );
  for (const chunk of chunks) lines.push(Buffer.from(chunk));
  lines.end();
  return found;
}

describe('lines', () => {
  it('come whole, however they are cut', () => {
    const text = 'one\ntwo, with ünïcödé\n\nlast';
    for (let size = 1; size < text.length; size += 1) {
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      expect(read(chunks).lines).toEqual(
        ['one', 'two, with ünïcödé', '', 'last'].filter((_, n) => n !== 2 || size > 0),
      );
    }
  });

  it('[SE7] a long one leaves its ends, and the next one is read', () => {
    const { lines, long } = read(
      ['ab\n', `begin${'x'.repeat(200_000)}`, `${'y'.repeat(99_995)}end\n`, 'cd\n'],
      1000,
    );
    expect(lines).toEqual(['ab', 'cd']);
    expect(long[0]?.bytes).toBe(5 + 200_000 + 99_995 + 3);
    expect(long[0]?.head.toString()).toMatch(/^beginx+$/);
    expect(long[0]?.tail.toString()).toMatch(/^y+end$/);
    expect(long[0]?.tail).toHaveLength(64 * 1024);
  });
});
