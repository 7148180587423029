import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../shared/test/random.ts';
import { bytesOf, dump } from '../../test/terminal-kit.ts';
import { type Random, step } from '../../test/terminal-streams.ts';
import { Emulator } from './emulator.ts';

const DEAF = { answer() {}, title() {}, bell() {} };
const SCROLLBACK = 12;

const restore = (snapshot: Uint8Array, cols: number, rows: number) =>
  Emulator.restore(snapshot, cols, rows, DEAF, SCROLLBACK);

function expectSame(emulator: Emulator, label: string): Emulator {
  const snapshot = emulator.snapshot();
  const copy = restore(snapshot, emulator.cols, emulator.rows);
  expect(dump(copy), label).toBe(dump(emulator));
  expect(Buffer.compare(copy.snapshot(), snapshot), `${label}: a fixed point`).toBe(0);
  return copy;
}

/** A seeded stream, with a snapshot compared after each step and in the middle of some. */
function wander(seed: number, steps: number): void {
  const random = randomOf(seed);
  const cols = 4 + Math.floor(random() * 14);
  const rows = 2 + Math.floor(random() * 6);
  const emulator = new Emulator(cols, rows, DEAF, SCROLLBACK);
  for (let index = 0; index < steps; index++) {
    const bytes = bytesOf(step(random, { cols, rows, narrow: seed % 3 === 0 }));
    const cut = Math.floor(random() * (bytes.length + 1));
    emulator.write(bytes.subarray(0, cut));
    if (random() < 0.3) expectSame(emulator, `seed ${seed}, in step ${index}`).dispose();
    emulator.write(bytes.subarray(cut));
    expectSame(emulator, `seed ${seed}, after step ${index}`).dispose();
  }
  emulator.dispose();
}

describe('a snapshot', () => {
  it('[TR3a] is the same screen after anything a program may write, and a fixed point', () => {
    for (let seed = 10_000; seed < 10_080; seed++) wander(seed, 40);
  }, 60_000);

  it('[TR3a] goes on as the original does, from every offset of a stream', () => {
    for (let seed = 1; seed <= 12; seed++) everyOffset(seed);
  }, 60_000);

  it('[TR3a] [TR8a] goes on alike through changes of size', () => {
    for (let seed = 1; seed <= 60; seed++) resized(seed);
  }, 60_000);
});

function everyOffset(seed: number): void {
  const random = randomOf(seed);
  const [cols, rows] = [16, 5];
  const bytes = bytesOf(
    Array.from({ length: 30 }, () => step(random, { cols, rows, closedLinks: true })).join(''),
  );
  const whole = new Emulator(cols, rows, DEAF, SCROLLBACK);
  whole.write(bytes);
  const wanted = dump(whole);
  const live = new Emulator(cols, rows, DEAF, SCROLLBACK);
  for (let at = 0; at <= bytes.length; at++) {
    const copy = restore(live.snapshot(), cols, rows);
    copy.write(bytes.subarray(at));
    expect(dump(copy), `seed ${seed}, cut at ${at}`).toBe(wanted);
    copy.dispose();
    live.write(bytes.subarray(at, at + 1));
  }
}

function resized(seed: number): void {
  const random = randomOf(seed);
  let [cols, rows] = [16, 6];
  const emulator = new Emulator(cols, rows, DEAF, SCROLLBACK);
  let copy: Emulator | null = null;
  for (let index = 0; index < 30; index++) {
    const text = textStep(random, cols);
    emulator.write(bytesOf(text));
    copy?.write(bytesOf(text));
    if (random() < 0.3) {
      [cols, rows] = [6 + Math.floor(random() * 16), 2 + Math.floor(random() * 6)];
      emulator.resize(cols, rows);
      copy?.resize(cols, rows);
    }
    if (copy) expect(dump(copy), `seed ${seed}, step ${index}`).toBe(dump(emulator));
    if (random() < 0.3) copy = restore(emulator.snapshot(), cols, rows);
  }
}

/**
 * What a shell writes. Not: full-screen programs, which draw themselves anew, and wide characters, which the
 * emulator's reflow may leave cut in two at the edge; no output can write such a half.
 */
function textStep(random: Random, cols: number): string {
  const roll = random();
  if (roll < 0.5) return 'some words '.repeat(Math.floor(random() * 5));
  if (roll < 0.7) return '\r\n';
  if (roll < 0.8) return `\x1b[3${Math.floor(random() * 8)}m`;
  if (roll < 0.85) return 'é─'.repeat(Math.floor(random() * cols));
  if (roll < 0.9) return `\x1b[${1 + Math.floor(random() * 4)};${1 + Math.floor(random() * cols)}Hx`;
  return '\x1b[2J\x1b[H';
}
