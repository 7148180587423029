import { EVENT_TEXT_CHARS } from '@porthole/shared/agent-limits';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PARTIALS, Partials } from './partials.ts';

const delta = (item: string, at: number, text: string) => ({
  ...{ turn: 't', item, kind: 'message' as const, at, text },
});

describe('growing texts', () => {
  it('[AG3] deltas in order, repeated and overlapping give the text', () => {
    const whole = 'The quick brown fox jumps over the lazy dog';
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length), fc.nat(12))), (cuts) => {
        const partials = new Partials();
        let known = 0;
        for (const [at, length] of cuts) {
          // Never ahead of what was said: that is another case.
          const from = Math.min(at, known);
          const to = Math.min(whole.length, Math.max(from, known + length - 6));
          partials.apply(delta('i', from, whole.slice(from, to)));
          known = Math.max(known, to);
        }
        const text = partials.all()[0]?.text ?? '';
        expect(text).toBe(whole.slice(0, text.length));
        expect(text.length).toBe(cuts.length === 0 ? 0 : known);
      }),
    );
  });

  it('[AG3] after a gap only what follows is known, at its place', () => {
    const partials = new Partials();
    partials.apply(delta('i', 0, 'one '));
    partials.apply(delta('i', 10, 'three'));
    expect(partials.all()).toEqual([delta('i', 10, 'three')]);
  });

  it('[SE7] keeps the end of a long text, and a bounded number of them', () => {
    const partials = new Partials();
    for (let i = 0; i < 4; i += 1) partials.apply(delta('long', i * 30_000, 'x'.repeat(30_000)));
    expect(partials.all()[0]).toMatchObject({ at: 120_000 - EVENT_TEXT_CHARS });
    for (let i = 0; i < 100; i += 1) partials.apply(delta(`i${i}`, 0, 'x'));
    expect(partials.all()).toHaveLength(MAX_PARTIALS);
  });

  it('forgets what is whole', () => {
    const partials = new Partials();
    partials.apply(delta('a', 0, 'x'));
    partials.apply(delta('b', 0, 'y'));
    partials.finish('a');
    expect(partials.all()).toEqual([delta('b', 0, 'y')]);
    partials.clear();
    expect(partials.all()).toEqual([]);
  });
});
