import { describe, expect, it } from 'vitest';
import { findArtifacts } from './artifacts.ts';

const found = (text: string) => findArtifacts(text).map(({ artifact: { key, url } }) => [key, url]);

describe('artifacts in an output', () => {
  it('pull requests of GitHub and merge requests of GitLab, once each', () => {
    const pull = 'https://github.com/a/b.c/pull/12';
    const merge = 'https://gitlab.example.com/group/sub/project/-/merge_requests/3';
    expect(found(`see ${pull}\n\u001b[32m${merge}\u001b[0m ${pull}/files\n`)).toEqual([
      [`pull_request ${pull}`, pull],
      [`pull_request ${merge}`, merge],
    ]);
    expect(findArtifacts(pull)[0]?.artifact.title).toBe('a/b.c #12');
  });

  it('not the place where one could be made', () => {
    expect(
      found('https://github.com/a/b/pull/new/branch javascript:alert(1)//github.com/a/b/pull/1'),
    ).toEqual([]);
  });

  it('branches that were pushed, not those that were fetched', () => {
    const push = `remote: hello
To github.com:a/b.git
 * [new branch]      feature/x -> feature/x
   1a2b3c4..5d6e7f8  main -> main
 ! [rejected]        old -> old (fetch first)
To git@github.com:a/b.git
 + 1a2b3c4...5d6e7f8 forced -> forced (forced update)
From github.com:a/b
 * [new branch]      theirs -> origin/theirs`;
    expect(found(push)).toEqual([
      ['branch feature/x', null],
      ['branch main', null],
      ['branch forced', 'https://github.com/a/b/tree/forced'],
    ]);
  });

  it('servers on this machine, with their ports', () => {
    const text =
      'Local: http://localhost:5173/ and http://0.0.0.0:8080 http://127.0.0.1:99999 http://[::1]:3000';
    expect(findArtifacts(text).map(({ port }) => port)).toEqual([5173, 8080, 3000]);
    expect(found('http://localhost:5173/x')).toEqual([['preview 5173', 'http://localhost:5173']]);
  });

  it('[SE7] is bounded, also in time', () => {
    const many = Array.from({ length: 500 }, (_, n) => `https://github.com/a/b/pull/${n}`).join(' ');
    expect(findArtifacts(many)).toHaveLength(20);
    const began = performance.now();
    findArtifacts('https://'.repeat(100_000) + '/'.repeat(100_000));
    findArtifacts(`https://a/${'b/'.repeat(500_000)}`);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
