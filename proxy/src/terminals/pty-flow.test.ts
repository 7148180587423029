import { SCREEN_HIGH_BYTES } from '@porthole/shared/flow-limits';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/fake-clock.ts';
import { FakePty } from '../../test/terminal-kit.ts';
import { PtyFlow } from './pty-flow.ts';

describe('a PTY that waits and goes on', () => {
  it('[TR5] keeps one timer however often it was paused, and none when it ends', () => {
    const clock = new FakeClock();
    let parsed = 0;
    const pty = new FakePty();
    const flow = new PtyFlow({
      clock,
      head: () => 2 * SCREEN_HIGH_BYTES,
      screenProgress: () => parsed,
      viewers: () => [],
      showEnd: () => {},
    });
    flow.connect(pty);
    for (let times = 0; times < 1_000; times++) {
      parsed = 0;
      flow.regulate();
      expect(pty.paused).toBe(true);
      expect(clock.pending.length).toBe(1);
      parsed = 2 * SCREEN_HIGH_BYTES;
      flow.regulate();
      expect(pty.paused).toBe(false);
      expect(clock.pending).toEqual([]);
    }
    parsed = 0;
    flow.regulate();
    flow.dispose();
    expect(clock.pending).toEqual([]);
  });
});
