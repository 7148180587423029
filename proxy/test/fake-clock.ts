/** A clock that moves when the test says so. */
import type { Clock } from '../src/lib/clock.ts';
import { type Disposable, toDisposable } from '../src/lib/disposable.ts';

interface Timer {
  at: number;
  every: number | null;
  call: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #timers = new Set<Timer>();
  #waiting = new Set<() => void>();

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): Disposable {
    return this.#add({ at: this.#now + ms, every: null, call });
  }

  every(ms: number, call: () => void): Disposable {
    return this.#add({ at: this.#now + ms, every: ms, call });
  }

  /** Runs what is due, in order of time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = next.at;
      if (next.every === null) this.#timers.delete(next);
      else next.at += next.every;
      next.call();
    }
    this.#now = end;
  }

  /** Milliseconds until the timers that are set, soonest first. */
  get pending(): number[] {
    return [...this.#timers].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Resolves when a timer within these bounds is set: the code under test has got as far as to wait. */
  async waiting(minMs: number, maxMs: number): Promise<void> {
    while (!this.pending.some((ms) => ms >= minMs && ms <= maxMs)) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #add(timer: Timer): Disposable {
    this.#timers.add(timer);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    return toDisposable(() => this.#timers.delete(timer));
  }
}
