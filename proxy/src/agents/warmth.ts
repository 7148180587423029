/**
 * Starts the machine and the agent while a prompt is being written (AG8): once, half a second after the first key,
 * however many people type; and again only after what was warmed has been left alone for a while.
 */
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';

export const WARM_DEBOUNCE_MS = 500;
/** What was warmed is kept for so long without a prompt. */
const WARM_MS = 10 * 60_000;

export class Warmth implements Disposable {
  readonly #clock: Clock;
  readonly #start: () => void;
  #until = 0;
  #soon: Disposable | null = null;

  constructor(clock: Clock, start: () => void) {
    this.#clock = clock;
    this.#start = start;
  }

  /** Somebody who writes may need the bridge any moment. */
  get isWarm(): boolean {
    return this.#until > this.#clock.now();
  }

  get isDue(): boolean {
    return this.#soon !== null;
  }

  typing(): void {
    if (this.#soon || this.#until - this.#clock.now() > WARM_MS / 2) return;
    this.#soon = this.#clock.after(WARM_DEBOUNCE_MS, () => {
      this.#soon = null;
      this.now();
    });
  }

  now(): void {
    this.#until = this.#clock.now() + WARM_MS;
    this.#start();
  }

  /** There is no machine to be warmed. */
  dispose(): void {
    this.#until = 0;
    this.#soon?.dispose();
    this.#soon = null;
  }
}
