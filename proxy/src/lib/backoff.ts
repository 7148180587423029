/** Pure: how long to wait before the next attempt. The random number is the caller's. */

export interface BackoffPolicy {
  /** Milliseconds before the 2nd attempt; doubles from there. */
  baseMs: number;
  /** No wait is longer. */
  maxMs: number;
  /** Retries after the first attempt. */
  retries: number;
}

/**
 * Milliseconds to wait after `attempt` (1 for the first) has failed, or null when the attempts are used up.
 * "Equal jitter": half of the wait is fixed, so that it never hammers, and half is random, so that many
 * clients of one server spread out. `random` is in [0, 1).
 */
export function backoffDelay(policy: BackoffPolicy, attempt: number, random: number): number | null {
  if (attempt > policy.retries) return null;
  const full = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
