import { describe, expect, it } from 'vitest';
import { HUES, huesOf, initialsOf } from './avatar.tsx';

describe('avatar', () => {
  it('takes the first and the last name’s first letter, whatever the script', () => {
    expect(['Ana Souza', 'bo', 'Cy van der Okafor', '李 小龙', '  ', '👩‍🚀 Zoë'].map(initialsOf)).toEqual([
      'AS',
      'B',
      'CO',
      '李小',
      '?',
      '👩Z',
    ]);
  });

  const people = Array.from({ length: 3 * HUES.length }, (_, index) => `usr_${index}`);

  it('has a colour for each as long as there are any, and none twice as often as another then', () => {
    for (let count = 1; count <= people.length; count += 1) {
      const given = [...huesOf(people.slice(0, count)).values()];
      expect(new Set(given).size).toBe(Math.min(count, HUES.length));
      const uses = HUES.map((hue) => given.filter((one) => one === hue).length);
      expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
    }
  });

  it('keeps a person’s colour when others come', () => {
    const all = huesOf(people);
    for (const [id, hue] of huesOf(people.slice(0, 5))) expect(all.get(id)).toBe(hue);
  });
});
