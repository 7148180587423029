import { describe, expect, it } from 'vitest';
import { costText, countText, usageByPerson, usageBySession, usageOfAll, waitText } from './usage-sums.ts';

const row = (userId: string, model: string, inputTokens: number) => ({
  ...{ day: '2026-11-21', userId, upstream: 'anthropic' as const, model, requests: 1 },
  ...{ inputTokens, outputTokens: 1 },
});
const cost = (session: string, userId: string, amount: number, currency = 'USD') => ({
  ...{ session, userId, currency, amount },
});

describe('usage', () => {
  it('by person: all their days and models together, who used the most first', () => {
    const lines = usageByPerson({
      rows: [row('ana', 'small', 5), row('bo', 'small', 20), row('ana', 'large', 30), row('ana', 'small', 5)],
      costs: [cost('s', 'ana', 0.5), cost('t', 'ana', 0.25), cost('t', 'cy', 3)],
    });
    expect(lines.map(({ userId, requests, inputTokens }) => [userId, requests, inputTokens])).toEqual([
      ['ana', 3, 40],
      ['bo', 1, 20],
      // No token of theirs went through the gateway: what the agent says it cost is known all the same.
      ['cy', 0, 0],
    ]);
    expect(lines[0]!.models).toEqual(['large', 'small']);
    expect(lines.map(({ costs }) => costText(costs, 'en'))).toEqual(['$0.75', null, '$3.00']);
  });

  it('by session: everybody who worked in it, with what it cost', () => {
    const used = (session: string, userId: string, inputTokens: number) => ({
      ...{ session, userId, requests: 2, inputTokens, outputTokens: 0 },
    });
    const lines = usageBySession({
      sessions: [used('s', 'ana', 10), used('t', 'bo', 100), used('s', 'bo', 5)],
      costs: [cost('s', 'cy', 1), cost('u', 'ana', 2, 'EUR')],
    });
    expect(lines.map(({ session, people, inputTokens }) => [session, people, inputTokens])).toEqual([
      ['t', ['bo'], 100],
      ['s', ['ana', 'bo', 'cy'], 15],
      ['u', ['ana'], 0],
    ]);
    const all = usageOfAll(lines);
    expect([all.requests, all.inputTokens, costText(all.costs, 'en')]).toEqual([6, 115, '$1.00 + €2.00']);
  });

  it('writes money as far as it is known', () => {
    const text = (currency: string, amount: number) => costText(new Map([[currency, amount]]), 'en');
    expect(text('USD', 1234.5)).toBe('$1,234.50');
    expect(text('USD', 0.004)).toBe('< $0.01');
    expect(text('JPY', 0.4)).toBe('< ¥1');
    expect(text('USD', 0)).toBeNull();
    expect(text('credits <b>', 2)).toBe('2.00 credits <b>');
  });

  it('writes counts and waits in a width that columns can have', () => {
    expect([999, 18_400, 1_254_000].map((each) => countText(each, 'en'))).toEqual(['999', '18,400', '1.25M']);
    expect([0, 84.6, 999, 1_000, 59_940, 59_960, 125_000].map(waitText)).toEqual([
      ...['0 ms', '85 ms', '999 ms', '1.0 s', '59.9 s', '1 min', '2 min 5 s'],
    ]);
  });
});
