/**
 * When a terminal's program has to wait, and what ^C does about output that is already under way.
 *
 * Invariant: the PTY is paused only for the world, never for one viewer of several (TR5).
 */
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { PtyChannel } from '../lib/pty.ts';
import {
  INTERRUPT_DRAIN_MS,
  INTERRUPT_SKIP_BYTES,
  isStalled,
  type Lagging,
  nextStall,
  shouldPause,
} from './flow.ts';
import type { Viewer } from './viewer.ts';

/** Output that has stood still for so long after ^C has drained. */
const INTERRUPT_LOOK_MS = 50;

export interface PtyFlowOptions {
  clock: Clock;
  /** seq of the next byte of output. */
  head: () => number;
  /** How far the emulator has parsed. */
  screenProgress: () => number;
  viewers: () => Iterable<Viewer>;
  /** A snapshot is being made. */
  snapshotting: () => boolean;
  /** Brings a viewer to the present. */
  showEnd: (viewer: Viewer) => void;
}

export class PtyFlow implements Disposable {
  readonly #options: PtyFlowOptions;
  readonly #clock: Clock;
  #pty: PtyChannel | null = null;
  /** Looks anew at viewers that hold the PTY. */
  #stallTimer: Disposable | null = null;
  /** Waits for the end of the output after ^C. */
  #lookTimer: Disposable | null = null;
  #paused = false;
  #drainUntil = 0;

  constructor(options: PtyFlowOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** From now on this PTY is paused and resumed; null: there is none. */
  connect(pty: PtyChannel | null): void {
    this.dispose();
    this.#pty = pty;
    this.#paused = false;
  }

  /** Pauses or resumes the PTY as things are now. */
  regulate(): void {
    const pty = this.#pty;
    if (!pty) return;
    const now = this.#clock.now();
    const head = this.#options.head();
    const viewers = this.#lagging(head);
    const paused = shouldPause({
      now,
      paused: this.#paused,
      snapshotting: this.#options.snapshotting(),
      screenLag: head - this.#options.screenProgress(),
      viewers,
      drainUntil: this.#drainUntil,
    });
    if (paused !== this.#paused) {
      this.#paused = paused;
      if (paused) pty.pause();
      else pty.resume();
    }
    this.#watchStall(paused ? nextStall(viewers, now) : null, now);
  }

  /** The viewers that hold the PTY may all stop reading for good, and then nothing else happens here. */
  #watchStall(due: number | null, now: number): void {
    this.#stallTimer?.dispose();
    this.#stallTimer = due === null ? null : this.#clock.after(Math.max(1, due - now), () => this.regulate());
  }

  #lagging(head: number): Lagging[] {
    const out: Lagging[] = [];
    for (const viewer of this.#options.viewers()) {
      const visible = viewer.visible && viewer.state !== 'waiting';
      out.push({ visible, lag: viewer.lag(head), progressAt: viewer.progressAt });
    }
    return out;
  }

  /** ^C: what the machine has sent already drains past the viewers, who are shown the end of it. */
  interrupted(): void {
    const now = this.#clock.now();
    const already = now < this.#drainUntil;
    this.#drainUntil = now + INTERRUPT_DRAIN_MS;
    this.regulate();
    if (!already) this.#lookSoon();
  }

  #lookSoon(): void {
    const head = this.#options.head();
    this.#lookTimer = this.#clock.after(INTERRUPT_LOOK_MS, () => {
      const now = this.#clock.now();
      if (this.#options.head() !== head && now < this.#drainUntil) this.#lookSoon();
      else this.#skipToEnd(now);
    });
  }

  #skipToEnd(now: number): void {
    const head = this.#options.head();
    for (const viewer of this.#options.viewers()) {
      const lag = viewer.lag(head);
      const stalled = isStalled({ visible: true, lag, progressAt: viewer.progressAt }, now);
      if (lag > INTERRUPT_SKIP_BYTES && !stalled) this.#options.showEnd(viewer);
    }
    this.regulate();
  }

  dispose(): void {
    this.#stallTimer?.dispose();
    this.#lookTimer?.dispose();
    this.#pty = null;
  }
}
