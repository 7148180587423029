import { describe, expect, it } from 'vitest';
import { matchPaths } from './file-match.ts';

describe('@file', () => {
  const paths = [
    'src/app/main.ts',
    'src/domain.ts',
    'docs/main/readme.md',
    'main.ts',
    'm/a/i/n.txt',
    'other.ts',
  ];

  it('finds what begins so, has it in its name, in its folders, or scattered; in this order', () => {
    expect(matchPaths(paths, 'MAIN', 10)).toEqual([
      ...['main.ts', 'src/app/main.ts', 'src/domain.ts', 'docs/main/readme.md', 'm/a/i/n.txt'],
    ]);
  });

  it('finds everything for nothing, and nothing for what is nowhere; never more than asked', () => {
    expect(matchPaths(paths, '', 2)).toEqual(paths.slice(0, 2));
    expect(matchPaths(paths, 'zzz', 10)).toEqual([]);
    expect(matchPaths(paths, 'ts', 1)).toHaveLength(1);
  });
});
