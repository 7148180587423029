import { describe, expect, it } from 'vitest';
import { gitHubRepository, pullArtifacts, pullsAddress } from './github.ts';

const WEB = 'https://github.com';
const shop = { owner: 'acme', name: 'shop' };

describe('a repository on GitHub', () => {
  it('is named by its git URL, however it is written', () => {
    for (const url of [
      'https://github.com/acme/shop.git',
      'https://github.com/acme/shop/',
      'https://ana@github.com/acme/shop',
      'git@github.com:acme/shop.git',
      'ssh://git@github.com:22/acme/shop.git',
    ])
      expect(gitHubRepository(url, WEB), url).toEqual(shop);
    expect(gitHubRepository('git@git.acme.test:acme/shop', 'https://git.acme.test')).toEqual(shop);
  });

  it('is not one elsewhere, nor anything that could lead the token there', () => {
    for (const url of [
      'https://gitlab.com/acme/shop.git',
      'https://github.com.evil.test/acme/shop',
      'https://github.com@evil.test/acme/shop',
      'https://github.com:444/acme/shop',
      'https://github.com/acme',
      'https://github.com/acme/shop/extra',
      'https://github.com/acme/sh%2e%2eop?x',
      'file:///github.com/acme/shop',
      '/srv/git/shop.git',
      'not a url',
    ])
      expect(gitHubRepository(url, WEB), url).toBeNull();
  });

  it('has its API beside it', () => {
    expect(pullsAddress(WEB, shop, 'feat/a b&c')).toBe(
      'https://api.github.com/repos/acme/shop/pulls?state=all&per_page=5&head=acme%3Afeat%2Fa%20b%26c',
    );
    expect(pullsAddress('https://git.acme.test', shop, 'x')).toMatch(
      /^https:\/\/git\.acme\.test\/api\/v3\/repos\//,
    );
  });
});

describe('its answer', () => {
  const pull = { html_url: `${WEB}/acme/shop/pull/7`, number: 7, title: 'Refunds', state: 'open' };

  it('is pull requests, by the key of those found in an output', () => {
    expect(pullArtifacts([{ ...pull, more: { x: 1 } }], WEB, shop)).toEqual([
      {
        ...{ key: `pull_request ${pull.html_url}`, kind: 'pull_request', title: 'acme/shop #7 Refunds' },
        url: pull.html_url,
      },
    ]);
    const title = (more: object) => pullArtifacts([{ ...pull, ...more }], WEB, shop)[0]?.title;
    expect(title({ state: 'closed', merged_at: '2026-11-21T08:00:00Z' })).toBe(
      'acme/shop #7 Refunds (merged)',
    );
    expect(title({ state: 'closed', merged_at: null })).toBe('acme/shop #7 Refunds (closed)');
    expect(title({ draft: true })).toBe('acme/shop #7 Refunds (draft)');
  });

  it('[SE5] leads nowhere else, and what is no answer is none', () => {
    for (const answer of [null, {}, 'x', [{}], [{ ...pull, html_url: 'javascript:alert(1)' }]])
      expect(pullArtifacts(answer, WEB, shop)).toEqual([]);
    expect(pullArtifacts([{ ...pull, html_url: 'https://github.com.evil.test/x' }], WEB, shop)).toEqual([]);
  });
});
