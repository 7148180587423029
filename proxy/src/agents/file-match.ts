/** Pure: which paths a person means who has typed a few characters of one. */

/**
 * Paths that have all characters of `match` in this order, upper and lower case alike; the likeliest first: the
 * characters in one piece in the name, then in one piece anywhere, then scattered; shorter ones before longer.
 */
export function matchPaths(paths: readonly string[], match: string, limit: number): string[] {
  const wanted = match.toLowerCase();
  if (wanted === '') return paths.slice(0, limit);
  const ranks: string[][] = [[], [], [], []];
  for (const path of paths) {
    const rank = rankOf(path.toLowerCase(), wanted);
    if (rank !== null) ranks[rank]?.push(path);
  }
  const found: string[] = [];
  for (const rank of ranks) {
    if (found.length >= limit) break;
    rank.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    found.push(...rank.slice(0, limit - found.length));
  }
  return found;
}

function rankOf(path: string, wanted: string): 0 | 1 | 2 | 3 | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith(wanted)) return 0;
  if (name.includes(wanted)) return 1;
  if (path.includes(wanted)) return 2;
  let at = 0;
  for (const character of wanted) {
    at = path.indexOf(character, at) + 1;
    if (at === 0) return null;
  }
  return 3;
}
