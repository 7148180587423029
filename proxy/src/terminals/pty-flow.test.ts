import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/fake-clock.ts';
import { FakePty, TestViewer, userId, viewerId } from '../../test/terminal-kit.ts';
import { STALLED_MS, VIEWER_HIGH_BYTES } from './flow.ts';
import { PtyFlow } from './pty-flow.ts';
import { Viewer } from './viewer.ts';

const HEAD = 2 * VIEWER_HIGH_BYTES;

function flowWithViewer() {
  const clock = new FakeClock();
  const pty = new FakePty();
  const viewer = new Viewer({
    id: viewerId('a'),
    person: { userId: userId('a'), name: 'a', canWrite: true },
    device: 'laptop',
    visible: true,
    fit: { cols: 80, rows: 24 },
    outlet: new TestViewer(),
    now: clock.now(),
  });
  const flow = new PtyFlow({
    clock,
    head: () => HEAD,
    screenProgress: () => HEAD,
    viewers: () => [viewer],
    snapshotting: () => false,
    showEnd: () => {},
  });
  flow.connect(pty);
  /** It has parsed everything up to there. */
  const parsed = (seq: number) => {
    viewer.goLive(seq, 0, clock.now());
    flow.regulate();
  };
  return { clock, pty, flow, parsed };
}

describe('a PTY that waits and goes on', () => {
  it('[TR5] keeps one timer however often it was paused, and none when it ends', () => {
    const { clock, pty, flow, parsed } = flowWithViewer();
    for (let times = 0; times < 1_000; times++) {
      parsed(0);
      expect(pty.paused).toBe(true);
      expect(clock.pending.length).toBe(1);
      parsed(HEAD);
      expect(pty.paused).toBe(false);
      expect(clock.pending).toEqual([]);
    }
    parsed(0);
    flow.dispose();
    expect(clock.pending).toEqual([]);
  });

  it('[TR5] looks again when the viewer that holds it may be found stalled, however late it made progress', () => {
    const { clock, pty, parsed } = flowWithViewer();
    parsed(0);
    clock.advance(STALLED_MS - 1);
    parsed(1);
    clock.advance(STALLED_MS - 1);
    expect(pty.paused).toBe(true);
    clock.advance(1);
    expect(pty.paused).toBe(false);
    expect(clock.pending).toEqual([]);
  });
});
