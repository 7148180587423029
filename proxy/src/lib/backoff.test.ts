import { describe, expect, it } from 'vitest';
import { backoffDelay } from './backoff.ts';

describe('backoffDelay', () => {
  const policy = { baseMs: 1_000, maxMs: 5_000, retries: 4 };

  it('doubles up to its bound, half of it by chance, and ends', () => {
    const least = [1, 2, 3, 4, 5].map((attempt) => backoffDelay(policy, attempt, 0));
    const most = [1, 2, 3, 4, 5].map((attempt) => backoffDelay(policy, attempt, 0.999999));
    expect(least).toEqual([500, 1_000, 2_000, 2_500, null]);
    expect(most).toEqual([1_000, 2_000, 4_000, 5_000, null]);
  });
});
