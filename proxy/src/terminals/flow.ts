/**
 * Credit, who is behind, when the PTY has to wait, and when output is gathered. Pure: numbers in, decisions out.
 *
 * Invariants: a single slow viewer is never a reason to pause (TR4, TR5); the first byte after quiet never
 * waits (TR6).
 */
import {
  ACK_EVERY_BYTES,
  COALESCE_MS,
  OUTPUT_FRAME_BYTES,
  SCREEN_HIGH_BYTES,
  SCREEN_LOW_BYTES,
  VIEWER_CREDIT_BYTES,
} from '@porthole/shared/flow-limits';

/** The viewer that is furthest along has no credit left: the PTY waits. It goes on when that one has some again. */
export const VIEWER_HIGH_BYTES = VIEWER_CREDIT_BYTES;
export const VIEWER_LOW_BYTES = VIEWER_CREDIT_BYTES - 2 * ACK_EVERY_BYTES;
/** A viewer with bytes in flight that acknowledges nothing for so long does not count: the PTY goes on without it. */
export const STALLED_MS = 5_000;
/** For so long after an interrupt key the output runs free, so that what the machine had sent already drains. */
export const INTERRUPT_DRAIN_MS = 1_000;
/** After an interrupt, a viewer with more than this unparsed is brought to the present by a snapshot. */
export const INTERRUPT_SKIP_BYTES = 256 * 1024;
/** Output that a burst may send frame by frame before it counts as a busy stream. */
export const BURST_BYTES = 4 * 1024;

export interface Reader {
  /** seq of the next byte to send. */
  next: number;
  /** Everything before this is parsed. A snapshot's bytes count into neither. */
  acked: number;
}

export const inFlight = (reader: Reader): number => reader.next - reader.acked;

/** Bytes that may be sent now. */
export const credit = (reader: Reader): number => Math.max(0, VIEWER_CREDIT_BYTES - inFlight(reader));

export interface Lagging {
  visible: boolean;
  /** Bytes between what it has parsed and the head. */
  lag: number;
  /** When it last made progress, or had nothing to acknowledge. */
  progressAt: number;
}

export interface Backpressure {
  now: number;
  paused: boolean;
  /** A snapshot is being made: it is of use only while the history reaches back to it. */
  snapshotting: boolean;
  /** Bytes that the emulator has not taken yet. */
  screenLag: number;
  viewers: Iterable<Lagging>;
  /** Until then viewers do not hold the PTY. */
  drainUntil: number;
}

/** Whether the PTY should be paused. Two thresholds each, so that it does not flutter. */
export function shouldPause(state: Backpressure): boolean {
  const bound = state.paused || state.snapshotting ? SCREEN_LOW_BYTES : SCREEN_HIGH_BYTES;
  if (state.screenLag > bound) return true;
  if (state.now < state.drainUntil) return false;
  let least = Number.POSITIVE_INFINITY;
  for (const viewer of state.viewers) {
    if (!viewer.visible || isStalled(viewer, state.now)) continue;
    least = Math.min(least, viewer.lag);
  }
  if (least === Number.POSITIVE_INFINITY) return false;
  return least > (state.paused ? VIEWER_LOW_BYTES : VIEWER_HIGH_BYTES);
}

export const isStalled = (viewer: Lagging, now: number): boolean =>
  viewer.lag > 0 && now - viewer.progressAt >= STALLED_MS;

/** When the first of those that hold the PTY may be found stalled; null: nobody does. */
export function nextStall(viewers: Iterable<Lagging>, now: number): number | null {
  let next: number | null = null;
  for (const viewer of viewers) {
    if (!viewer.visible || viewer.lag === 0 || isStalled(viewer, now)) continue;
    const due = viewer.progressAt + STALLED_MS;
    if (next === null || due < next) next = due;
  }
  return next;
}

/** What was sent lately. `COALESCE_QUIET` to begin with. */
export interface SendWindow {
  since: number;
  bytes: number;
}

export const COALESCE_QUIET: SendWindow = { since: Number.NEGATIVE_INFINITY, bytes: 0 };

/** Milliseconds to gather `pending` bytes for; 0 means send now. */
export function gatherFor(window: SendWindow, now: number, pending: number): number {
  if (pending >= OUTPUT_FRAME_BYTES) return 0;
  if (isOver(window, now) || window.bytes + pending <= BURST_BYTES) return 0;
  return Math.max(1, window.since + COALESCE_MS - now);
}

export function afterSend(window: SendWindow, now: number, bytes: number): SendWindow {
  if (isOver(window, now)) return { since: now, bytes };
  return { since: window.since, bytes: window.bytes + bytes };
}

/** Also when the machine's clock was set back: output must not wait for it to come round again. */
const isOver = ({ since }: SendWindow, now: number): boolean => now < since || now - since >= COALESCE_MS;
