import { describe, expect, it } from 'vitest';
import { readTokenHost, tokenHost, useOf } from './credential-host.ts';

describe('[SE4] the host that a token goes to', () => {
  it.each([
    ['https://github.com/acme/payments.git', 'github.com'],
    ['https://GitHub.com:443/acme/payments.git', 'github.com'],
    ['https://robot@git.example.com:8443/a/b', 'git.example.com:8443'],
    ['http://127.0.0.1:3000/a/b', '127.0.0.1:3000'],
    ['http://[::1]:3000/a/b', '[::1]:3000'],
    ['http://localhost/a/b', 'localhost'],
    // Whoever listens to plain http has the token.
    ['http://github.com/acme/payments.git', null],
    ['http://evil.localhost/a/b', null],
    ['git@github.com:acme/payments.git', null],
    ['ssh://git@github.com/acme/payments.git', null],
    ['file:///srv/payments.git', null],
    // One reader's host is another's user, path or query.
    ['https://github.com\\@evil.example/a/b', null],
    ['https://github.com#@evil.example/a/b', null],
    ['https://github.com?@evil.example/a/b', null],
    ['https://github.com%2f@evil.example/a/b', null],
    ['https://a@b@evil.example/a/b', null],
    ['https://github%2ecom/a/b', null],
    ['https://github\u3002com/a/b', null],
    ['https://github.com./a/b', null],
    ['https:github.com/a/b', null],
    ['https:///github.com/a/b', null],
    ['https://0x7f.1/a/b', null],
    ['https://github.com:99999/a/b', null],
    ['https://github.com', null],
  ])('of %s is %s', (url, host) => {
    expect(tokenHost(url)).toBe(host);
  });

  it.each([
    ['github.com', 'github.com'],
    [' GitHub.com ', 'github.com'],
    ['git.example.com:8443', 'git.example.com:8443'],
    ['https://github.com', 'github.com'],
    ['HTTPS://github.com/acme/payments', 'github.com'],
    ['http://github.com', null],
    ['robot@github.com', null],
    ['github.com/acme', null],
    ['two words', null],
    ['', null],
  ])('typed as %j is %s', (typed, host) => {
    expect(readTokenHost(typed)).toBe(host);
  });
});

it('[SE4] a token is used at its own host, a key anywhere', () => {
  const url = 'https://github.com/a/b';
  expect(useOf('https_token', 'github.com', url)).toEqual({ ok: true });
  expect(useOf('https_token', 'git.example.com', url)).toMatchObject({ ok: false, code: 'elsewhere' });
  expect(useOf('https_token', null, url)).toMatchObject({ ok: false, code: 'unbound' });
  expect(useOf('https_token', null, 'http://github.com/a/b')).toMatchObject({ ok: false, code: 'elsewhere' });
  expect(useOf('ssh_key', null, 'git@github.com:a/b')).toEqual({ ok: true });
});
