import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/terminal-kit.ts';
import { isInterrupt, isTyping } from './input-kinds.ts';

describe('an interrupt', () => {
  it.each([
    [[0x03], true],
    [[0x1c], true],
    [[0x1a], true],
    [[0x61], false],
    [[0x61, 0x03], true],
    [Array.from({ length: 17 }, () => 0x03), false],
    [[], false],
  ])('%j: %s', (input, wanted) => {
    expect(isInterrupt(Uint8Array.from(input))).toBe(wanted);
  });
});

describe('typing', () => {
  it.each([
    ['a', true],
    ['\x1b', true],
    ['\x1b[A', true],
    ['\x1bOP', true],
    ['\x1b[I', false],
    ['\x1b[O', false],
    ['\x1b[O\x1b[I', false],
    ['\x1b[Ia', true],
    ['a mouse that moves: \x1b[<35;3;4M', true],
    ['\x1b[<35;3;4M', false],
    ['\x1b[<35;3;4M\x1b[<51;5;4M', false],
    ['\x1b[<32;3;4M', true],
    ['\x1b[<0;3;4M', true],
    ['\x1b[<64;3;4M', true],
    ['\x1b[<35;3;4M\x1b[<0;3;4M', true],
    ['\x1b[<35;3;4Mx', true],
    ['', true],
  ])('[TR8] %j: %s', (input, wanted) => {
    expect(isTyping(bytesOf(input))).toBe(wanted);
  });
});
