/** Times in words. Pure: what is now comes in. */
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 864e5],
  ['month', 30 * 864e5],
  ['day', 864e5],
  ['hour', 36e5],
  ['minute', 6e4],
];

/** "3 hours ago", "in 2 days", "just now". */
export function relativeTime(at: number, now: number, locale?: string): string {
  const difference = at - now;
  for (const [unit, ms] of UNITS) {
    if (Math.abs(difference) >= ms) {
      return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(
        Math.round(difference / ms),
        unit,
      );
    }
  }
  return 'just now';
}
