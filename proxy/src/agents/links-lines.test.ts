import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter, LineTooLong } from './links-lines.ts';

describe('lines', () => {
  it('come out the same however the bytes are cut', () => {
    const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replace(/\s/g, '.'));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.array(fc.nat(200)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const splitter = new LineSplitter(1_000);
        const places = [...new Set([0, ...cuts, bytes.length])].filter((at) => at <= bytes.length);
        places.sort((a, b) => a - b);
        const out = places.flatMap((at, i) => splitter.push(bytes.subarray(at, places[i + 1] ?? at)));
        expect(out).toEqual(
          bytes
            .toString('utf8')
            .split('\n')
            .map((each) => each.trim())
            .filter((each) => each !== ''),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('[SE7] end at one that is too long, also when it has no end', () => {
    const splitter = new LineSplitter(10);
    expect(splitter.push(Buffer.from('0123456789\n'))).toEqual(['0123456789']);
    splitter.push(Buffer.from('01234'));
    splitter.push(Buffer.from('56789'));
    expect(() => splitter.push(Buffer.from('x'))).toThrow(LineTooLong);
  });

  it('[SE5] take invalid UTF-8 for U+FFFD', () => {
    expect(new LineSplitter(10).push(Uint8Array.of(0x61, 0xff, 0x62, 10))).toEqual(['a\ufffdb']);
  });
});
