import { describe, expect, it } from 'vitest';
import { parseChanges } from './git-changes.ts';

describe('git’s list of changes', () => {
  const raw = (letter: string, ...names: string[]) => [`:100644 100644 a b ${letter}`, ...names];

  it('is read with counts, renames, strange names, what is binary and what is untracked', () => {
    const output = [
      ...raw('M', 'a.ts'),
      ...raw('A', 'b\n\tc.ts'),
      ...raw('R090', 'old.ts', 'new.ts'),
      ...raw('R100', 'was.ts', 'unknown-to-git.ts'),
      ...raw('D', 'gone.png'),
      ...raw('A', 'draft.md'),
      ...raw('A', 'inner'),
      ...['1\t2\ta.ts', '10\t0\tb\n\tc.ts', '3\t4\t', 'old.ts', 'new.ts', '0\t0\t', 'was.ts'],
      ...['unknown-to-git.ts', '-\t-\tgone.png', '7\t0\tdraft.md', '1\t0\tinner'],
      ...['', 'draft.md', 'inner/', 'not-counted.md', 'unknown-to-git.ts', ''],
    ].join('\0');
    const plain = { from: null, deletions: 0 };
    expect(parseChanges(output)).toEqual([
      { ...plain, path: 'a.ts', status: 'modified', additions: 1, deletions: 2 },
      { ...plain, path: 'b\n\tc.ts', status: 'added', additions: 10 },
      { ...plain, path: 'draft.md', status: 'untracked', additions: 7 },
      { ...plain, path: 'gone.png', status: 'deleted', additions: null, deletions: null },
      { ...plain, path: 'inner', status: 'untracked', additions: 1 },
      { path: 'new.ts', status: 'renamed', from: 'old.ts', additions: 3, deletions: 4 },
      { ...plain, path: 'not-counted.md', status: 'untracked', additions: null, deletions: null },
      { ...plain, path: 'unknown-to-git.ts', status: 'renamed', from: 'was.ts', additions: 0 },
    ]);
  });

  it('that is empty, or cut anywhere, is read as far as it goes', () => {
    expect(parseChanges('')).toEqual([]);
    expect(parseChanges('\0')).toEqual([]);
    const whole = [...raw('M', 'a.ts'), '1\t2\ta.ts', '', 'draft.md', ''].join('\0');
    for (let end = 0; end <= whole.length; end += 1) {
      const paths = parseChanges(whole.slice(0, end)).map(({ path }) => path);
      expect(['a.ts', 'draft.md'].slice(0, paths.length)).toEqual(paths);
    }
  });
});
