import { describe, expect, it } from 'vitest';
import { relativeTime } from './time.ts';

const NOW = 1_700_000_000_000;

describe('relativeTime', () => {
  it('speaks of the largest unit that fits', () => {
    const say = (ms: number) => relativeTime(NOW + ms, NOW, 'en');
    expect([say(0), say(-59_000), say(-3 * 36e5), say(2 * 864e5), say(-400 * 864e5)]).toEqual([
      'just now',
      'just now',
      '3 hours ago',
      'in 2 days',
      'last year',
    ]);
  });
});
