/** Pure: what a turn has cost, from what its agent says that the whole session has cost so far. */

export interface Cost {
  amount: number;
  /** As the agent names it: USD */
  currency: string;
}

/** Whole numbers add up: a sum of thousands of fractions would drift. */
export const MICROS = 1_000_000;
/** An agent that claims more in one step is wrong. */
const MAX_AMOUNT = 1_000_000;

/** Millionths of the currency between two figures of one session; an agent that was started anew counts from nothing. */
export function spentBetween(before: Cost | null, now: Cost): number {
  if (!Number.isFinite(now.amount) || now.amount < 0 || now.amount > MAX_AMOUNT) return 0;
  const goesOn = before !== null && before.currency === now.currency && before.amount <= now.amount;
  return Math.round(now.amount * MICROS) - (goesOn ? Math.round(before.amount * MICROS) : 0);
}
