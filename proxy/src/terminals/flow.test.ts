import { SCREEN_HIGH_BYTES, SCREEN_LOW_BYTES, VIEWER_CREDIT_BYTES } from '@porthole/shared/flow-limits';
import { describe, expect, it } from 'vitest';
import {
  afterSend,
  BURST_BYTES,
  COALESCE_QUIET,
  credit,
  gatherFor,
  type Lagging,
  STALLED_MS,
  shouldPause,
  VIEWER_HIGH_BYTES,
  VIEWER_LOW_BYTES,
} from './flow.ts';

const NOW = 1_000_000;
const at = (lag: number, more: Partial<Lagging> = {}): Lagging => ({
  visible: true,
  lag,
  progressAt: NOW,
  ...more,
});
const ask = (viewers: Lagging[], more: object = {}) =>
  shouldPause({
    ...{ now: NOW, paused: false, snapshotting: false, screenLag: 0, viewers, drainUntil: 0 },
    ...more,
  });

describe('credit', () => {
  it.each([
    [0, 0, VIEWER_CREDIT_BYTES],
    [100, 0, VIEWER_CREDIT_BYTES - 100],
    [VIEWER_CREDIT_BYTES, 0, 0],
    [VIEWER_CREDIT_BYTES + 5, 5, 0],
    [VIEWER_CREDIT_BYTES + 5, 10, 5],
  ])('[TR4] sent to %i, acknowledged to %i: %i more', (next, acked, more) => {
    expect(credit({ next, acked })).toBe(more);
  });
});

describe('pausing the PTY', () => {
  const far = VIEWER_HIGH_BYTES + 1;
  it.each<[string, boolean, boolean]>([
    ['nobody is there', ask([]), false],
    ['the only viewer is level', ask([at(0)]), false],
    ['the only viewer has no credit', ask([at(far)]), true],
    ['one of two has no credit', ask([at(far), at(0)]), false],
    ['both have none', ask([at(far), at(far)]), true],
    ['the one without credit is hidden', ask([at(far, { visible: false })]), false],
    ['a hidden one is level, the visible one is not', ask([at(0, { visible: false }), at(far)]), true],
    ['the one without credit reads nothing for 5 s', ask([at(far, { progressAt: NOW - STALLED_MS })]), false],
    ['a stalled one beside one without credit', ask([at(far, { progressAt: 0 }), at(far)]), true],
    ['just after an interrupt', ask([at(far)], { drainUntil: NOW + 1 }), false],
    ['the emulator is behind', ask([], { screenLag: SCREEN_HIGH_BYTES + 1 }), true],
    ['the emulator is a little behind', ask([], { screenLag: SCREEN_LOW_BYTES + 1 }), false],
    [
      'the emulator is a little behind with a snapshot to make',
      ask([], { screenLag: SCREEN_LOW_BYTES + 1, snapshotting: true }),
      true,
    ],
    [
      'the emulator is behind after an interrupt',
      ask([], { screenLag: SCREEN_HIGH_BYTES + 1, drainUntil: NOW + 1 }),
      true,
    ],
    [
      'paused: the emulator has not caught up',
      ask([], { paused: true, screenLag: SCREEN_LOW_BYTES + 1 }),
      true,
    ],
    ['paused: the emulator has caught up', ask([], { paused: true, screenLag: SCREEN_LOW_BYTES }), false],
    ['paused: the viewer has a little credit', ask([at(VIEWER_HIGH_BYTES - 1)], { paused: true }), true],
    ['paused: the viewer has credit', ask([at(VIEWER_LOW_BYTES)], { paused: true }), false],
  ])('[TR5] %s', (_, paused, wanted) => {
    expect(paused).toBe(wanted);
  });
});

describe('gathering', () => {
  it('[TR6] the first byte after quiet goes at once, and so does a small burst', () => {
    expect(gatherFor(COALESCE_QUIET, NOW, 1)).toBe(0);
    const window = afterSend(COALESCE_QUIET, NOW, 10);
    expect(gatherFor(window, NOW + 1, 20)).toBe(0);
  });

  it('[TR6] a busy stream waits for at most 5 ms or 64 KiB', () => {
    const window = afterSend(COALESCE_QUIET, NOW, BURST_BYTES);
    expect(gatherFor(window, NOW + 1, 1)).toBe(4);
    expect(gatherFor(window, NOW + 4.5, 1)).toBe(1);
    expect(gatherFor(window, NOW + 5, 1)).toBe(0);
    expect(gatherFor(window, NOW + 1, 64 * 1024)).toBe(0);
  });

  it('[TR6] after quiet the window is a new one', () => {
    const window = afterSend(afterSend(COALESCE_QUIET, NOW, BURST_BYTES), NOW + 5, 10);
    expect(gatherFor(window, NOW + 6, 10)).toBe(0);
  });

  it('[TR6] waits for nothing when the clock was set back', () => {
    const window = afterSend(COALESCE_QUIET, NOW, BURST_BYTES);
    expect(gatherFor(window, NOW - 3_600_000, 10)).toBe(0);
    expect(afterSend(window, NOW - 3_600_000, 10)).toEqual({ since: NOW - 3_600_000, bytes: 10 });
  });
});
