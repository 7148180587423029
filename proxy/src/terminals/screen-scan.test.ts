import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/terminal-kit.ts';
import { countLines, firstLineEnd, isPlain, MAX_TAIL_BYTES, TailKeeper } from './screen-scan.ts';

describe('plain text', () => {
  it.each([
    ['words and\r\nlines\t', true],
    ['wörld 日本 👍', true],
    ['\u00a0¡', true],
    ['\x1b[31m', false],
    ['bell\x07', false],
    ['back\b', false],
    ['\x0e', false],
    ['delete\x7f', false],
    ['c1 \u009b', false],
    ['c1 \u0085', false],
  ])('%j: %s', (text, plain) => {
    expect(isPlain(bytesOf(text))).toBe(plain);
  });

  it('a chunk that ends where a C1 control may begin is not plain', () => {
    expect(isPlain(Uint8Array.from([0x61, 0xc2]))).toBe(false);
    expect(isPlain(Uint8Array.from([0x61, 0xe6, 0x97]))).toBe(true);
  });

  it('counts and finds line ends', () => {
    const bytes = bytesOf('a\nb\r\nc\r\n\r\n');
    expect(countLines(bytes)).toBe(3);
    expect(firstLineEnd(bytes)).toBe(3);
    expect(firstLineEnd(bytesOf('a\nb'))).toBe(-1);
  });
});

describe('the tail', () => {
  const tailOf = (chunks: [string | number[], boolean, number][], executed = false) => {
    const tail = new TailKeeper();
    for (const [chunk, mid, partial] of chunks)
      tail.after(typeof chunk === 'string' ? bytesOf(chunk) : Uint8Array.from(chunk), mid, partial);
    return [...tail.bytes(executed)];
  };

  it('is the bytes since the sequence began, over several chunks', () => {
    expect(
      tailOf([
        ['ab\x1b[3', true, 0],
        ['1;4', true, 0],
      ]),
    ).toEqual([...bytesOf('\x1b[31;4')]);
    expect(
      tailOf([
        ['\x1b[3', true, 0],
        ['1mtext', false, 0],
      ]),
    ).toEqual([]);
    expect(tailOf([['x\u009b3', true, 0]])).toEqual([...bytesOf('\u009b3')]);
  });

  it('is the part of a character', () => {
    expect(tailOf([[[0x61, 0xe6, 0x97], false, 2]])).toEqual([0xe6, 0x97]);
    expect(
      tailOf([
        [[0xe6], false, 1],
        [[0x97], false, 2],
      ]),
    ).toEqual([0xe6, 0x97]);
  });

  it('leaves out control characters that were acted on', () => {
    expect(tailOf([['\x1b[3\n\r1', true, 0]], true)).toEqual([...bytesOf('\x1b[31')]);
  });

  it('of a string without end is bounded', () => {
    const tail = new TailKeeper();
    tail.after(bytesOf(`\x1b]52;c;${'A'.repeat(MAX_TAIL_BYTES)}`), true, 0);
    for (let i = 0; i < 100; i++) tail.after(new Uint8Array(50_000).fill(0x41), true, 0);
    expect(tail.length).toBeLessThanOrEqual(MAX_TAIL_BYTES);
    expect([...tail.bytes(false).subarray(0, 7)]).toEqual([...bytesOf('\x1b]52;c;')]);
  });
});
