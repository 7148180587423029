/** What has changed in a checkout: what the bridge tells after a turn and what the proxy answers are one list. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileChange } from '@porthole/shared/agent-events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningWorkspace } from './agents-link-kit.ts';
import { type Person, signUpOwner, startProxy } from './harness.ts';
import { newSession, SessionTab } from './session-tab.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
let owner: Person;
beforeAll(async () => {
  proxy = await startProxy();
  owner = await signUpOwner(proxy);
});
afterAll(() => proxy.dispose());

const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => `${first + n}\n`).join('');

async function checkout() {
  const workspace = await runningWorkspace(owner, { provider: 'local' });
  const { folder } = await owner.client.call('getWorkspace', { params: { workspace } });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.com', ...args], {
      cwd: folder!,
      encoding: 'utf8',
    });
  return { workspace, folder: folder!, git };
}

/** As an agent's turn tells it, which does nothing but that. */
async function told(workspace: string): Promise<FileChange[]> {
  const { id } = await newSession(owner, workspace, 'run true');
  const tab = await SessionTab.open(owner.client, id, 0);
  await tab.event('turn_ended');
  tab.close();
  return tab.head.files;
}

async function asked(workspace: string, path?: string) {
  const query = path === undefined ? '' : `?path=${encodeURIComponent(path)}`;
  const answer = await owner.client.raw('GET', `/api/workspaces/${workspace}/diff${query}`);
  return (await answer.json()) as { files: FileChange[]; diff: string | null; cut: boolean };
}

describe('what has changed', () => {
  it('differs from where the branch left the workspace’s base, with what git does not know yet', async () => {
    const { workspace, folder, git } = await checkout();
    const write = (path: string, text: string | Buffer) => writeFileSync(join(folder, path), text);
    write('kept.txt', lines(1, 5));
    write('moved.txt', lines(1, 40));
    write('gone.txt', 'now\nyou\nsee me\n');
    write('picture.bin', Buffer.from([0, 1, 2]));
    git('add', '.');
    git('commit', '-qm', 'on the default branch');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    write('develop.txt', lines(1, 2));
    git('add', '.');
    git('commit', '-qm', 'on the base branch');
    git('update-ref', 'refs/remotes/origin/develop', 'HEAD');
    await proxy.server.db.q
      .updateTable('workspaces')
      .set({ base_branch: 'develop' })
      .where('id', '=', workspace)
      .execute();
    write('committed.txt', lines(1, 4));
    git('add', '.');
    git('commit', '-qm', 'by the session');
    write('kept.txt', `${lines(1, 4)}five\nsix\n`);
    write('picture.bin', Buffer.from([0, 1, 3]));
    write('staged.txt', lines(1, 2));
    git('add', 'staged.txt');
    git('rm', '-q', '--cached', 'moved.txt', 'gone.txt');
    write('.gitignore', 'gone.txt\nmoved.txt\n');
    mkdirSync(join(folder, 'new folder'));
    write('new folder/moved here.txt', `${lines(1, 39)}forty\n`);
    write('new folder/unknown.txt', 'no newline at its end');
    write('new folder/unknown.bin', Buffer.from([0, 255]));
    const index = readFileSync(join(folder, '.git', 'index'));
    const objects = readdirSync(join(folder, '.git', 'objects'));

    const expected: FileChange[] = [
      { path: '.gitignore', status: 'untracked', additions: 2, deletions: 0 },
      { path: 'committed.txt', status: 'added', additions: 4, deletions: 0 },
      { path: 'gone.txt', status: 'deleted', additions: 0, deletions: 3 },
      { path: 'kept.txt', status: 'modified', additions: 2, deletions: 1 },
      { path: 'new folder/moved here.txt', status: 'renamed', additions: 1, deletions: 1 },
      { path: 'new folder/unknown.bin', status: 'untracked', additions: null, deletions: null },
      { path: 'new folder/unknown.txt', status: 'untracked', additions: 1, deletions: 0 },
      { path: 'picture.bin', status: 'modified', additions: null, deletions: null },
      { path: 'staged.txt', status: 'added', additions: 2, deletions: 0 },
    ];
    expect(await told(workspace)).toEqual(expected);
    expect(await asked(workspace)).toEqual({ files: expected, diff: null, cut: false });
    // The text of each file has as many lines as its figures say.
    for (const { path, additions, deletions } of expected) {
      const { diff, files } = await asked(workspace, path);
      expect(files).toEqual(expected);
      const count = (sign: RegExp) => diff!.split('\n').filter((line) => sign.test(line)).length;
      expect([path, count(/^\+(?!\+\+)/), count(/^-(?!--)/)]).toEqual([path, additions ?? 0, deletions ?? 0]);
      expect([path, /^Binary files /m.test(diff!)]).toEqual([path, additions === null]);
    }
    // Nobody has touched the repository.
    expect(readFileSync(join(folder, '.git', 'index')).equals(index)).toBe(true);
    expect(readdirSync(join(folder, '.git', 'objects'))).toEqual(objects);
  }, 60_000);

  it('is everything where the work began from nothing, whoever did it and whenever', async () => {
    const { workspace, folder, git } = await checkout();
    writeFileSync(join(folder, 'first.txt'), lines(1, 2));
    const first = { path: 'first.txt', status: 'untracked', additions: 2, deletions: 0 };
    expect((await asked(workspace)).files).toEqual([first]);
    expect((await asked(workspace, 'first.txt')).diff).toContain('+++ b/first.txt');
    git('add', '.');
    git('commit', '-qm', 'by a person, before an agent came');
    const expected = [{ ...first, status: 'added' }];
    expect(await told(workspace)).toEqual(expected);
    expect((await asked(workspace)).files).toEqual(expected);
  }, 60_000);

  it('is nothing in a folder without git, and no path leads out of the checkout', async () => {
    const { workspace, folder } = await checkout();
    for (const path of ['/etc/passwd', '../x', 'a/../../x', ''])
      expect((await owner.client.raw('GET', `/api/workspaces/${workspace}/diff?path=${path}`)).status).toBe(
        400,
      );
    execFileSync('rm', ['-rf', join(folder, '.git')]);
    expect(await asked(workspace)).toEqual({ files: [], diff: null, cut: false });
    expect(await told(workspace)).toEqual([]);
  }, 60_000);
});
