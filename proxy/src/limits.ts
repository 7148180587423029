/**
 * Pure: how often somebody may ask. Named in one place, so that a test can be stricter or more generous. An address is
 * one of IPv4, or a /64 of IPv6 (`http/address.ts`).
 */
interface Limit {
  points: number;
  seconds: number;
}

export const LIMITS = {
  /** Requests of one person, of all their devices and tokens. */
  known: { points: 3_000, seconds: 60 },
  /** Requests of one address without a sign-in: an office may share one. */
  anonymous: { points: 600, seconds: 60 },
  /** Sockets opened by one person, or tried by one address. */
  upgrades: { points: 600, seconds: 60 },
  /** Sign-ins to one account from one address. */
  signInPair: { points: 10, seconds: 15 * 60 },
  /** Sign-ins to one account from everywhere: many addresses together guess slowly, and lock nobody out for long. */
  signInAccount: { points: 100, seconds: 60 * 60 },
  /** Sign-ins and set-up codes from one address. */
  signInAddress: { points: 100, seconds: 15 * 60 },
  inviteTries: { points: 100, seconds: 15 * 60 },
  resetTries: { points: 100, seconds: 15 * 60 },
} satisfies Record<string, Limit>;

export type Limits = Record<keyof typeof LIMITS, Limit>;
