import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExecOptions, ExecResult } from '../ssh/exec.ts';
import { chooseBranch, clone, hasCheckout, parseRemote } from './git.ts';
import { classifyGitError, isTransientGitError } from './git-errors.ts';
import { feedProgress, NO_PROGRESS, parseProgressLine } from './git-progress.ts';
import { folderNameOf, parseGitUrl } from './git-url.ts';

describe('parseGitUrl', () => {
  const strict = { allowLocal: false };
  const parse = (url: string, rules = strict) => parseGitUrl(url, rules);

  it.each([
    ['https://github.com/acme/payments.git', 'https', 'github.com', 'acme/payments'],
    ['https://me@git.example.com:8443/a/b/payments/', 'https', 'git.example.com', 'b/payments'],
    ['ssh://git@git.example.com:2222/acme/payments.git', 'ssh', 'git.example.com', 'acme/payments'],
    ['git@github.com:acme/payments.git', 'ssh', 'github.com', 'acme/payments'],
    ['git@host:/srv/git/x', 'ssh', 'host', 'git/x'],
    ['https://[::1]/x', 'https', '[::1]', 'x'],
  ])('takes %s', (url, transport, host, name) => {
    expect(parse(` ${url} `)).toEqual({ ok: true, url, transport, host, name });
  });

  it.each([
    ['', 'Enter the URL'],
    ['--upload-pack=touch /tmp/x', 'spaces'],
    ['--upload-pack=x', 'dash'],
    ['-oProxyCommand=x', 'dash'],
    ['ssh://-oProxyCommand=x/y', ''],
    ['ssh://-o@host/y', 'user name'],
    ['-o@host:y', 'dash'],
    ['ext::sh -c x', 'spaces'],
    ['ext::sh', 'not allowed'],
    ['fd::17', 'not allowed'],
    ['ftp://host/x', 'not allowed'],
    ['git://host/x', 'not allowed'],
    ['file:///etc', 'not allowed'],
    ['/srv/git/x', 'not allowed'],
    ['http://host/x', 'https'],
    ['https://me:secret@host/x', 'credential'],
    ['https://ghp_0123456789abcdefghijABCDEFGHIJ012345@github.com/a/b', 'credential'],
    ['https://glpat-abcdefghij@gitlab.com/a/b', 'credential'],
    ['https://0123456789abcdef0123456789abcdef01234567@host/a/b', 'credential'],
    ['https://host', 'no repository'],
    ['https://host/x?token=1', 'query'],
    ['https://host/x#y', 'query'],
    ['payments', 'not a git URL'],
    ['https://host/a\nb', 'control'],
  ])('refuses %j', (url, reason) => {
    const result = parse(url);
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? '' : result.reason).toContain(reason);
  });

  it('takes folders and plain http where that is allowed', () => {
    const loose = { allowLocal: true };
    expect(parse('/srv/git/x.git', loose)).toMatchObject({ ok: true, transport: 'file', name: 'git/x' });
    expect(parse('file:///srv/git/x.git', loose)).toMatchObject({ ok: true, transport: 'file' });
    expect(parse('http://127.0.0.1:80/x.git', loose)).toMatchObject({ ok: true, transport: 'http' });
  });

  it('lets nothing through that git would take for an option or a helper', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.webUrl(),
          fc.string().map((rest) => `-${rest}`),
        ),
        (text) => {
          const result = parse(text);
          if (!result.ok) return;
          expect(result.url).not.toMatch(/^-|::|[\s\x00-\x1f]/);
          expect(result.transport).toMatch(/^(https|ssh)$/);
        },
      ),
      { numRuns: 2_000, verbose: 1 },
    );
  });

  it('names a folder that is safe everywhere', () => {
    expect(folderNameOf('acme/payments')).toBe('payments');
    expect(folderNameOf('acme/..')).toBe('workspace');
    expect(folderNameOf('acme/-rf $x')).toBe('rf-x');
    fc.assert(
      fc.property(fc.string(), (name) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(folderNameOf(name))),
      { verbose: 1 },
    );
  });
});

describe('git progress', () => {
  const output =
    "Cloning into 'x'...\nremote: Enumerating objects: 5, done.\nremote: Counting objects:  20% (1/5)\rremote: Counting objects: 100% (5/5), done.\n" +
    'Receiving objects:  45% (45/100), 1.20 MiB | 2.00 MiB/s\rReceiving objects: 100% (100/100), 2 MiB | 2 MiB/s, done.\n' +
    'Resolving deltas:  50% (1/2)\rResolving deltas: 100% (2/2), done.\nUpdating files:  10% (1/10)\r';

  it('[WS2] reads each phase with its percentage', () => {
    expect(parseProgressLine('Receiving objects:  45% (45/100), 1.20 MiB | 2 MiB/s')).toEqual({
      phase: 'Receiving objects',
      percent: 45,
    });
    expect(parseProgressLine('remote: Compressing objects: 100% (3/3), done.')?.phase).toBe(
      'Compressing objects',
    );
    expect(parseProgressLine('remote: 100% (1/1) of nothing')).toBeNull();
    expect(parseProgressLine('Receiving objects: 999% (1/1)')).toBeNull();
  });

  it('[WS2] gives the same wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(output.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), output.length];
        let state = NO_PROGRESS;
        for (let index = 1; index < at.length; index += 1)
          state = feedProgress(state, output.slice(at[index - 1], at[index]));
        expect(state.latest).toEqual({ phase: 'Updating files', percent: 10 });
      }),
      { verbose: 1 },
    );
  });

  it('keeps a bounded piece of a line that does not end', () => {
    let state = NO_PROGRESS;
    for (let count = 0; count < 100; count += 1) state = feedProgress(state, 'x'.repeat(1_000));
    expect(state.rest.length).toBeLessThanOrEqual(4_096);
  });
});

describe('what the remote has', () => {
  const hash = 'a'.repeat(40);
  const output = `ref: refs/heads/trunk\tHEAD\n${hash}\tHEAD\n${hash}\trefs/heads/feat/x\n${hash}\trefs/heads/trunk\n`;

  it('is read from ls-remote', () => {
    expect(parseRemote(output)).toEqual({ head: 'trunk', branches: new Set(['feat/x', 'trunk']) });
    expect(parseRemote('')).toEqual({ head: null, branches: new Set() });
    for (const name of ['--upload-pack=id', 'a\u001b]0;x', 'a\u202eb', 'x'.repeat(201), 'a:b'])
      expect(parseRemote(`ref: refs/heads/${name}\tHEAD`).head).toBeNull();
  });

  it('decides where the branch begins', () => {
    const remote = parseRemote(output);
    const choose = (branch: string, baseBranch: string | null, baseIsGuess = false) =>
      chooseBranch(remote, { branch, baseBranch, baseIsGuess });
    expect(choose('new', 'feat/x')).toEqual({ kind: 'clone', clone: 'feat/x', create: true, base: 'feat/x' });
    expect(choose('new', null)).toEqual({ kind: 'clone', clone: 'trunk', create: true, base: 'trunk' });
    expect(choose('feat/x', 'trunk')).toEqual({
      kind: 'clone',
      clone: 'feat/x',
      create: false,
      base: 'trunk',
    });
    expect(choose('new', 'main', true)).toEqual({
      kind: 'clone',
      clone: 'trunk',
      create: true,
      base: 'trunk',
    });
    expect(choose('new', 'main')).toEqual({ kind: 'missing', branch: 'main' });
    const empty = chooseBranch(parseRemote(''), { branch: 'new', baseBranch: 'main', baseIsGuess: false });
    expect(empty).toEqual({ kind: 'clone', clone: null, create: true, base: null });
  });
});

describe('why git failed', () => {
  it.each([
    ["fatal: Authentication failed for 'https://x/y/'", 'git_authentication'],
    ["fatal: could not read Username for 'https://x': terminal prompts disabled", 'git_authentication'],
    ['git@x: Permission denied (publickey).', 'git_authentication'],
    ["fatal: repository 'https://x/y/' not found", 'git_not_found'],
    ["fatal: '/srv/x' does not appear to be a git repository", 'git_not_found'],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'git_unreachable'],
    ["fatal: unable to access 'http://x/': Failed to connect to x port 80", 'git_unreachable'],
    ['ssh: connect to host x port 22: Connection refused', 'git_unreachable'],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 503", 'git_unreachable'],
    ['Host key verification failed.', 'git_host_key'],
    ['fatal: write error: No space left on device', 'disk_full'],
    ['fatal: Remote branch y not found in upstream origin', 'branch_missing'],
    ['sh: 1: git: not found', 'git_missing'],
    ['fatal: something new', 'git_failed'],
  ] as const)('%s', (stderr, code) => {
    expect(classifyGitError(stderr)).toBe(code);
    expect(isTransientGitError(code)).toBe(code === 'git_unreachable');
  });
});

describe('git that was broken off', () => {
  const ended = (change: Partial<ExecResult>) => async (): Promise<ExecResult> => ({
    ...{ stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false, timedOut: false },
    ...{ exitCode: null, signal: null, ...change },
  });
  const request = {
    ...{ url: 'https://host/x', credential: null, baseBranch: null, baseIsGuess: true },
    ...{ branch: 'b', folder: '/w', checkout: '/w/x' },
  };
  const never = new AbortController().signal;

  it.each([{ signal: 'KILL' }, { exitCode: 143 }, { timedOut: true }])(
    '[WS2] may be asked again: %j',
    async (how) => {
      await expect(clone(ended(how), request, () => {}, never)).rejects.toMatchObject({ kind: 'transient' });
    },
  );

  it('[WS2] has not said that there is no checkout', async () => {
    expect(await hasCheckout(ended({ exitCode: 0 }), '/w', '/w/x')).toBe(true);
    expect(await hasCheckout(ended({ exitCode: 1 }), '/w', '/w/x')).toBe(false);
    for (const how of [{ timedOut: true }, { signal: 'KILL' }, { exitCode: 255 }])
      await expect(hasCheckout(ended(how), '/w', '/w/x')).rejects.toMatchObject({ kind: 'transient' });
  });
});

describe('[SE4] the key of a clone that was killed', () => {
  const shell = async ({ command, stdin }: ExecOptions): Promise<ExecResult> => {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', command], { input: stdin ?? '' });
    return { stdout, stderr, exitCode: status, signal: null, truncated: false, timedOut: false };
  };
  const inFolder = async (work: (folder: string) => Promise<void>) => {
    const folder = mkdtempSync(join(tmpdir(), "porthole it's a folder-"));
    mkdirSync(join(folder, '.secret-a1b2c3'));
    writeFileSync(join(folder, '.secret-a1b2c3', 'key'), 'private');
    writeFileSync(join(folder, 'mine'), '');
    await work(folder).finally(() => rmSync(folder, { recursive: true }));
  };

  it('goes when the checkout is looked for', () =>
    inFolder(async (folder) => {
      expect(await hasCheckout(shell, folder, join(folder, 'checkout'))).toBe(false);
      expect(readdirSync(folder)).toEqual(['mine']);
    }));

  it('goes before the next one is written', () =>
    inFolder(async (folder) => {
      const request = {
        url: 'file:///nowhere.git',
        credential: { kind: 'ssh_key', privateKey: 'another' },
        ...{ baseBranch: null, baseIsGuess: false, branch: 'x', folder, checkout: join(folder, 'x') },
      } as const;
      const never = new AbortController().signal;
      await expect(clone(shell, request, () => {}, never)).rejects.toThrow();
      expect(readdirSync(folder)).toEqual(['mine']);
    }));
});
