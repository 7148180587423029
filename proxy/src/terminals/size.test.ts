import { describe, expect, it } from 'vitest';
import { decideSize, NOBODY, nextLook, type SizeEvent, type SizeState, type SizeViewer } from './size.ts';

const viewer = (id: string, more: Partial<SizeViewer> = {}): SizeViewer => ({
  id,
  visible: true,
  canWrite: true,
  activeAt: 0,
  attachedAt: 0,
  ...more,
});
const owned = (owner: string, awaySince: number | null = null): SizeState => ({ owner, awaySince });
const look: SizeEvent = { type: 'look' };

describe('[TR8] whose size', () => {
  it.each<[string, SizeState, SizeViewer[], SizeEvent, number, SizeState]>([
    ['the first viewer', NOBODY, [viewer('a')], { type: 'attached', id: 'a' }, 0, owned('a')],
    [
      'the second only looks',
      owned('a'),
      [viewer('a'), viewer('b')],
      { type: 'attached', id: 'b' },
      0,
      owned('a'),
    ],
    [
      'one who may not type does not get it',
      NOBODY,
      [viewer('a', { canWrite: false })],
      { type: 'attached', id: 'a' },
      0,
      NOBODY,
    ],
    ['typing takes it', owned('a'), [viewer('a'), viewer('b')], { type: 'typed', id: 'b' }, 0, owned('b')],
    ['asking takes it', owned('a'), [viewer('a'), viewer('b')], { type: 'take', id: 'b' }, 0, owned('b')],
    [
      'not without the right to type',
      owned('a'),
      [viewer('a'), viewer('b', { canWrite: false })],
      { type: 'take', id: 'b' },
      0,
      owned('a'),
    ],
    [
      'an owner that hides keeps it',
      owned('a'),
      [viewer('a', { visible: false }), viewer('b')],
      look,
      500,
      owned('a', 500),
    ],
    ['an owner that left keeps it', owned('a'), [viewer('b')], look, 500, owned('a', 500)],
    ['for not quite 10 s', owned('a', 500), [viewer('b')], look, 10_499, owned('a', 500)],
    ['and then the other gets it', owned('a', 500), [viewer('b')], look, 10_500, owned('b')],
    [
      'the one that was active last',
      owned('a', 0),
      [viewer('b', { activeAt: 1 }), viewer('c', { activeAt: 2 })],
      look,
      10_000,
      owned('c'),
    ],
    ['never a hidden one', owned('a', 0), [viewer('b', { visible: false })], look, 60_000, owned('a', 0)],
    [
      'never one who may not type',
      owned('a', 0),
      [viewer('b', { canWrite: false })],
      look,
      60_000,
      owned('a', 0),
    ],
    [
      'coming to an abandoned terminal does not resize it',
      owned('a', 0),
      [viewer('b', { attachedAt: 60_000 })],
      { type: 'attached', id: 'b' },
      60_000,
      owned('a', 0),
    ],
    [
      'but having looked at it for 10 s does',
      owned('a', 0),
      [viewer('b', { attachedAt: 60_000 })],
      look,
      70_000,
      owned('b'),
    ],
    [
      'an owner that comes back in time is owner',
      owned('a', 500),
      [viewer('a'), viewer('b')],
      look,
      9_000,
      owned('a'),
    ],
    [
      'an owner that lost the right to type is away',
      owned('a'),
      [viewer('a', { canWrite: false }), viewer('b')],
      look,
      100,
      owned('a', 100),
    ],
  ])('%s', (_, state, viewers, event, now, wanted) => {
    expect(decideSize(state, viewers, event, now)).toEqual(wanted);
  });

  it.each<[string, SizeState, SizeViewer[], number | null]>([
    ['nothing while the owner is here', owned('a'), [viewer('a'), viewer('b')], null],
    ['nothing while nobody could follow', owned('a', 0), [viewer('b', { visible: false })], null],
    ['when the lease ends', owned('a', 500), [viewer('b')], 10_500],
    ['when the newcomer has waited', owned('a', 500), [viewer('b', { attachedAt: 3_000 })], 13_000],
  ])('looks again: %s', (_, state, viewers, wanted) => {
    expect(nextLook(state, viewers)).toBe(wanted);
  });
});
