/**
 * Hands the emulator what has come, behind the viewers' backs: never all of a flood at once, never in an echo's way.
 *
 * Invariant: the emulator is given every byte of the history once, in order, and each resize in its place.
 */
import { OUTPUT_FRAME_BYTES } from '@porthole/shared/flow-limits';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { History } from './history.ts';
import type { Screen } from './screen.ts';
import { isPlain } from './screen-scan.ts';

/** What the emulator is sent ahead of its progress, and what may gather here meanwhile. */
const FEED_BYTES = 512 * 1024;
/** Plain output of at most so much may wait for so long: whatever depends on it asks for all. */
const ECHO_BYTES = 256;
const ECHO_FEED_MS = 100;

export class ScreenFeed implements Disposable {
  readonly #clock: Clock;
  readonly #screen: Screen;
  #history: History;
  /** Given up to here. */
  #fed: number;
  #timer: Disposable | null = null;

  constructor(clock: Clock, screen: Screen, history: History) {
    this.#clock = clock;
    this.#screen = screen;
    this.#history = history;
    this.#fed = history.head;
  }

  /** Another program: from now on this history, from its beginning. */
  renew(history: History): void {
    this.#history = history;
    this.#fed = 0;
    this.#screen.begin();
  }

  /** A few words ask for nothing: the emulator's thread is not woken on an echo's way to the viewers. */
  soon(chunk: Uint8Array): void {
    if (chunk.length > ECHO_BYTES || !isPlain(chunk)) this.some();
    else
      this.#timer ??= this.#clock.after(ECHO_FEED_MS, () => {
        this.#timer = null;
        this.some();
      });
  }

  /** A little at a time while the emulator is busy, so that it may gather. */
  some(): void {
    const waiting = this.#history.head - this.#fed;
    const ahead = this.#fed - this.#screen.progress;
    const busy = ahead > 0 && (ahead >= FEED_BYTES || waiting < OUTPUT_FRAME_BYTES);
    if (!busy || waiting >= FEED_BYTES) this.all();
  }

  all(): void {
    const { head } = this.#history;
    while (this.#fed < head) {
      const bytes = this.#history.slice(this.#fed, OUTPUT_FRAME_BYTES);
      this.#fed += bytes.length;
      this.#screen.write(bytes, this.#fed);
    }
  }

  /** The emulator was lost with all it knew: it begins with what the history has. */
  again(): void {
    const { start, size: now } = this.#history;
    const { cols, rows } = this.#history.sizeAt(start);
    this.#screen.resize(cols, rows);
    this.#fed = start;
    this.all();
    this.#screen.resize(now.cols, now.rows);
  }

  dispose(): void {
    this.#timer?.dispose();
  }
}
