/** Counts attempts in memory, per key and window. The only importer of rate-limiter-flexible. */
import { PortholeError } from '@porthole/shared';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export interface Limit {
  /** Attempts per window. */
  points: number;
  seconds: number;
}

export interface RateLimiter {
  /** Counts one attempt. Throws `rate_limited` with `retryAfter` in seconds when there were too many. */
  take(key: string): Promise<void>;
  /** Forgets the attempts of this key. */
  forgive(key: string): Promise<void>;
}

export function createRateLimiter({ points, seconds }: Limit): RateLimiter {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        const retryAfter = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
        throw new PortholeError('rate_limited', `Too many attempts. Try again in ${inWords(retryAfter)}.`, {
          retryAfter,
        });
      }
    },
    async forgive(key) {
      await limiter.delete(key);
    },
  };
}

const inWords = (seconds: number): string =>
  seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
