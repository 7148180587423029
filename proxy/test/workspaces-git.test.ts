import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { WorkspaceRow } from '@porthole/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPrivateKey } from '../src/ssh/keys.ts';
import {
  git,
  type HttpRemote,
  makeFolder,
  makeRemote,
  removeFolder,
  type SshRemote,
  startHttpRemote,
  startSshRemote,
} from './git-remotes.ts';
import { createWorld, type World } from './workspaces-world.ts';

const TOKEN = 'ghp_vErYsEcReT0123456789';

describe('a workspace with a repository', () => {
  let world: World;
  let folder: string;
  let http: HttpRemote;
  let ssh: SshRemote;
  beforeAll(async () => {
    folder = makeFolder();
    makeRemote(folder, 'payments');
    makeRemote(folder, 'empty', false);
    makeRemote(folder, 'locked', false);
    [world, http, ssh] = await Promise.all([
      createWorld(),
      startHttpRemote(folder, 'robot', TOKEN),
      startSshRemote(folder),
    ]);
  });
  afterAll(async () => {
    await world.dispose();
    await http.close();
    await ssh.stop();
    removeFolder(folder);
  });

  const settled = ({ id }: WorkspaceRow) =>
    world.workspaceWhen(id, ({ status }) => status !== 'provisioning');
  const create = async (body: object) => {
    const made = await world.call('createWorkspace', world.member, { body: { provider: 'local', ...body } });
    return settled(made);
  };
  const hostOf = (url: string) => new URL(url).host;
  const credential = (body: object) =>
    world.call('createCredential', world.owner, { body: { host: hostOf(http.url('x')), ...body } as never });

  /** Nothing in the workspace's folder, and no process, knows the secret any more. */
  function expectNoTrace(row: WorkspaceRow, secret: string): void {
    const inside = dirname(row.folder ?? '');
    const files = readdirSync(inside, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      expect(readFileSync(join(file.parentPath, file.name)).includes(secret), file.name).toBe(false);
    }
    expect(readdirSync(inside).filter((name) => name !== '.known_hosts')).toEqual([
      row.folder?.split('/').at(-1),
    ]);
    const environments = execFileSync('sh', [
      '-c',
      `grep -lsF '${secret}' /proc/[0-9]*/environ; true`,
    ]).toString();
    expect(environments).toBe('');
  }

  it('[WS2] begins a branch of its own on the default branch', async () => {
    const row = await create({ url: join(folder, 'payments.git') });
    expect(row).toMatchObject({ status: 'running', error: null, baseBranch: 'trunk' });
    const checkout = row.folder ?? '';
    expect(checkout.split('/').at(-1)).toBe('payments');
    expect(git(['-C', checkout, 'symbolic-ref', '--short', 'HEAD'])).toBe(row.branch);
    expect(row.branch).toMatch(/^porthole\/[0-9a-f]{8}$/);
    expect(git(['-C', checkout, 'rev-parse', 'HEAD'])).toBe(
      git(['-C', join(folder, 'payments.git'), 'rev-parse', 'trunk']),
    );
    expect(git(['-C', checkout, 'status', '--porcelain'])).toBe('');
  });

  it('[FD1] learns the default branch from the first clone, unless somebody has said what it is', async () => {
    const repositories = (id: string | null) =>
      world.feed.filter((entry) => entry.id === id).map(({ row }) => row as { defaultBranch: string });
    // It has a `main`, and its HEAD is `trunk`.
    makeRemote(folder, 'renamed');
    git(['-C', join(folder, 'renamed.git'), 'branch', 'main', 'trunk']);
    const url = join(folder, 'renamed.git');
    const guessed = await create({ url });
    expect(guessed).toMatchObject({ status: 'running', baseBranch: 'trunk' });
    expect(repositories(guessed.repositoryId).map(({ defaultBranch }) => defaultBranch)).toEqual([
      'main',
      'trunk',
    ]);
    expect(await create({ repositoryId: guessed.repositoryId })).toMatchObject({ baseBranch: 'trunk' });
    expect(repositories(guessed.repositoryId)).toHaveLength(2);
    await world.call('updateRepository', world.owner, {
      params: { repository: guessed.repositoryId! },
      body: { defaultBranch: 'other' },
    });
    expect(await create({ repositoryId: guessed.repositoryId })).toMatchObject({ baseBranch: 'other' });
    const said = await world.call('createRepository', world.member, {
      body: { url: `file://${url}`, defaultBranch: 'main' },
    });
    expect(await create({ repositoryId: said.id })).toMatchObject({ baseBranch: 'main' });
    expect(repositories(said.id)).toEqual([said]);
  });

  it('begins on the base that was asked for, and takes up a branch that is there', async () => {
    const based = await create({
      url: join(folder, 'payments.git'),
      baseBranch: 'other',
      branch: 'feat/refunds',
    });
    expect(based).toMatchObject({ status: 'running', baseBranch: 'other', branch: 'feat/refunds' });
    const taken = await create({ url: join(folder, 'payments.git'), branch: 'other' });
    expect(git(['-C', taken.folder ?? '', 'rev-parse', '--abbrev-ref', 'other@{upstream}'])).toBe(
      'origin/other',
    );
  });

  it('takes an empty repository, and none at all', async () => {
    const empty = await create({ url: `file://${folder}/empty.git`, branch: 'start' });
    expect(empty).toMatchObject({ status: 'running', error: null, baseBranch: null });
    expect(git(['-C', empty.folder ?? '', 'symbolic-ref', 'HEAD'])).toBe('refs/heads/start');
    expect(git(['-C', empty.folder ?? '', 'remote', 'get-url', 'origin'])).toContain('empty.git');
    const none = await create({});
    expect(git(['-C', none.folder ?? '', 'symbolic-ref', '--short', 'HEAD'])).toBe(none.branch);
  });

  it('[SE4] gives a token to its own host alone, not to one that git is sent on to', async () => {
    const heard: (string | undefined)[] = [];
    const other = createServer(({ headers }, answer) => {
      heard.push(headers.authorization);
      answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const own = createServer(({ url }, answer) => {
      answer.writeHead(302, { location: `http://127.0.0.1:${port}${url}` }).end();
    }).listen(0, '127.0.0.1');
    await once(own, 'listening');
    const url = `http://127.0.0.1:${(own.address() as AddressInfo).port}/acme/moved.git`;
    const mine = { kind: 'https_token', name: 'mine', host: hostOf(url), token: TOKEN };
    const { id: credentialId } = await credential(mine);
    const row = await create({ url, credentialId });
    expect(row).toMatchObject({ status: 'error', error: { code: 'git_authentication' } });
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.filter((header) => header !== undefined)).toEqual([]);
    own.close();
    other.close();
  });

  it('[WS2] shows git’s own percentage while it goes on', async () => {
    const { id: credentialId } = await credential({
      kind: 'https_token',
      name: 'robot',
      username: 'robot',
      token: TOKEN,
    });
    let goOn = () => {};
    http.hold(
      new Promise<void>((resolve) => {
        goOn = resolve;
      }),
    );
    const made = await world.call('createWorkspace', world.member, {
      body: { provider: 'local', url: http.url('payments'), credentialId },
    });
    const during = await world.workspaceWhen(
      made.id,
      ({ steps }) => clone(steps)?.note === 'Receiving objects',
    );
    expect(clone(during.steps)?.state).toBe('running');
    expect(clone(during.steps)?.percent).toSatisfy((percent: number) => percent >= 0 && percent < 100);
    goOn();
    expect(await settled(made)).toMatchObject({ status: 'running' });
  });

  it('[SE4] a token opens a private repository and is left nowhere', async () => {
    const url = http.url('payments').replace('127.0.0.1', 'localhost');
    const { id: credentialId } = await credential({
      kind: 'https_token',
      name: 'robot',
      host: hostOf(url),
      username: 'robot',
      token: TOKEN,
    });
    const row = await create({ url, credentialId });
    expect(row).toMatchObject({ status: 'running', error: null });
    expectNoTrace(row, TOKEN);
    expect(http.seen()).toContain('git');
    expect(http.seen()).not.toContain(TOKEN);
    expect(readFileSync(join(row.folder ?? '', '.git/config'), 'utf8')).not.toMatch(/helper|robot/);
    expect(JSON.stringify(world.feed)).not.toContain(TOKEN);
    const stored = await world.db.q.selectFrom('credentials').selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(TOKEN);
    expect(JSON.stringify(await world.call('listCredentials', world.member))).not.toContain(TOKEN);
  });

  it('[SE4] a key opens a private repository and is left nowhere', async () => {
    const made = await credential({ kind: 'ssh_key', name: 'deploy', privateKey: ssh.privateKey });
    const read = readPrivateKey(ssh.privateKey);
    expect(made.publicKey).toBe(read.ok && read.publicKey);
    const row = await create({ url: ssh.url('payments'), credentialId: made.id });
    expect(row).toMatchObject({ status: 'running', error: null });
    const secret = ssh.privateKey.split('\n')[2] ?? '';
    expectNoTrace(row, secret);
    expect(ssh.seen()).toContain('git');
    expect(ssh.seen()).not.toContain(secret);
    expect(readFileSync(join(row.folder ?? '', '.git/config'), 'utf8')).not.toMatch(/secret|sshCommand/i);
    expect(existsSync('/root/.ssh/known_hosts') && readFileSync('/root/.ssh/known_hosts', 'utf8')).toSatisfy(
      (text: string | false) => text === false || !text.includes(new URL(ssh.url('x')).port),
    );
  });

  it('[SE4] a new key pair is made where none is given, and its private half never leaves', async () => {
    const made = await credential({ kind: 'ssh_key', name: 'new' });
    expect(made.publicKey).toMatch(/^ssh-ed25519 \S+ porthole new$/);
    expect(Object.keys(made).sort()).toEqual([
      'createdAt',
      'host',
      'id',
      'kind',
      'name',
      'publicKey',
      'username',
    ]);
  });

  it.each([
    [
      'a wrong token',
      { kind: 'https_token', name: 'x', token: 'wrong' },
      () => http.url('locked'),
      'git_authentication',
    ],
    ['a wrong key', { kind: 'ssh_key', name: 'x' }, () => ssh.url('locked'), 'git_authentication'],
    [
      'no such repository',
      { kind: 'https_token', name: 'x', username: 'robot', token: TOKEN },
      () => http.url('nothing'),
      'git_not_found',
    ],
    ['no such folder', null, () => join(folder, 'nowhere.git'), 'git_not_found'],
  ])('[WS2] fails for good with %s', async (_what, secret, url, code) => {
    const credentialId = secret === null ? null : (await credential(secret)).id;
    const repository = await world.call('createRepository', world.member, {
      body: { url: url(), credentialId },
    });
    const row = await create({ repositoryId: repository.id });
    expect(row).toMatchObject({
      status: 'error',
      folder: null,
      error: { code, message: expect.any(String), at: expect.any(Number) },
    });
    expect(clone(row.steps)?.state).toBe('failed');
    expect(row.error?.details).toBeTruthy();
    expect(row.error?.details).not.toContain('wrong');
  });

  it('[WS2] fails for good with a base branch that is not there, and Retry works once it is', async () => {
    const row = await create({ url: join(folder, 'payments.git'), baseBranch: 'soon' });
    expect(row).toMatchObject({ status: 'error', error: { code: 'branch_missing' } });
    expect(row.error?.message).toContain('soon');
    git(['-C', join(folder, 'payments.git'), 'branch', 'soon', 'trunk']);
    const again = await world.call('retryWorkspace', world.member, { params: { workspace: row.id } });
    expect(again).toMatchObject({ status: 'provisioning', error: null });
    expect(await settled(again)).toMatchObject({ status: 'running', error: null, baseBranch: 'soon' });
  });
});

const clone = (steps: WorkspaceRow['steps']) => steps.find(({ name }) => name === 'clone');
