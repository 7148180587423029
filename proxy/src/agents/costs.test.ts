import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MICROS, spentBetween } from './costs.ts';

const usd = (amount: number) => ({ amount, currency: 'USD' });

describe('what a turn has cost', () => {
  it('is what came on top, and all of it after the agent began to count anew or in another currency', () => {
    expect(spentBetween(null, usd(0.5))).toBe(500_000);
    expect(spentBetween(usd(0.5), usd(0.75))).toBe(250_000);
    expect(spentBetween(usd(0.5), usd(0.5))).toBe(0);
    expect(spentBetween(usd(0.5), usd(0.1))).toBe(100_000);
    expect(spentBetween(usd(0.5), { amount: 0.7, currency: 'EUR' })).toBe(700_000);
  });

  it('is nothing for a figure that cannot be one', () => {
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e12])
      expect(spentBetween(null, usd(amount))).toBe(0);
  });

  it('adds up to the last figure, whatever the steps were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (steps) => {
          let sum = 0;
          const totals = steps.map((step) => {
            sum += step;
            return sum;
          });
          const spent = totals.map((now, i) => spentBetween(i === 0 ? null : usd(totals[i - 1]!), usd(now)));
          expect(spent.reduce((all, each) => all + each, 0)).toBe(Math.round(totals.at(-1)! * MICROS));
        },
      ),
    );
  });
});
