/**
 * When output that has come goes out to the viewers: at once after quiet, gathered while the stream is busy (TR6).
 * Invariant: nothing waits longer than COALESCE_MS.
 */
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import { afterSend, COALESCE_QUIET, gatherFor } from './flow.ts';

export class Gatherer implements Disposable {
  readonly #clock: Clock;
  readonly #send: () => void;
  #window = COALESCE_QUIET;
  #pending = 0;
  #timer: Disposable | null = null;

  /** `send` takes everything that has come; `pending` is 0 by then. */
  constructor(clock: Clock, send: () => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Bytes that have come and are held back yet. */
  get pending(): number {
    return this.#pending;
  }

  add(bytes: number): void {
    this.#pending += bytes;
    const wait = gatherFor(this.#window, this.#clock.now(), this.#pending);
    if (wait === 0) this.flush();
    else this.#timer ??= this.#clock.after(wait, () => this.flush());
  }

  flush(): void {
    this.#timer?.dispose();
    this.#timer = null;
    this.#window = afterSend(this.#window, this.#clock.now(), this.#pending);
    this.#pending = 0;
    this.#send();
  }

  reset(): void {
    this.#timer?.dispose();
    this.#timer = null;
    this.#pending = 0;
    this.#window = COALESCE_QUIET;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = null;
  }
}
