/** Time as a dependency, so that a test decides when a minute has passed. */
import type { Disposable } from './disposable.ts';
import { toDisposable } from './disposable.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after `ms`; never keeps the process alive by itself. */
  after(ms: number, call: () => void): Disposable;
  /** Calls every `ms`; never keeps the process alive by itself. */
  every(ms: number, call: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms).unref();
    return toDisposable(() => clearTimeout(timer));
  },
  every(ms, call) {
    const timer = setInterval(call, ms).unref();
    return toDisposable(() => clearInterval(timer));
  },
};

/** Resolves after `ms`, or at once when aborted. */
export function passed(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.dispose();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
