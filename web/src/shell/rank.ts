/** Finding by typing. Pure: letters in order, better the closer together and the nearer to where words begin. */
export interface Findable {
  label: string;
  /** Also found by these, at a lower rank. */
  more?: string;
}

/** Points a letter, below which they only happen to be there. */
const STREWN = 2;

/** null: does not match. Higher is better. */
export function score(text: string, query: string): number | null {
  const hay = text.toLowerCase();
  let total = 0;
  let at = -1;
  for (const letter of query) {
    const next = hay.indexOf(letter, at + 1);
    if (next === -1) return null;
    const startsWord = next === 0 || /[\s/_\-.:]/.test(hay[next - 1]!);
    total += next === at + 1 ? 5 : startsWord ? 4 : 1 - Math.min(0.9, (next - at) * 0.05);
    at = next;
  }
  // Letters strewn about are no match.
  if (query.length > 2 && total < query.length * STREWN) return null;
  // The whole word in one piece beats letters strewn about; a short name beats a long one.
  return total + (hay.includes(query) ? 6 : 0) - hay.length * 0.02;
}

export function rank<T extends Findable>(items: readonly T[], search: string): T[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...items];
  const scored: { item: T; points: number; index: number }[] = [];
  items.forEach((item, index) => {
    let points = 0;
    for (const word of words) {
      const own = score(item.label, word);
      const other = item.more === undefined ? null : score(item.more, word);
      const best = Math.max(own ?? -1e9, other === null ? -1e9 : other - 3);
      if (best < -1e8) return;
      points += best;
    }
    scored.push({ item, points, index });
  });
  return scored.sort((a, b) => b.points - a.points || a.index - b.index).map(({ item }) => item);
}
