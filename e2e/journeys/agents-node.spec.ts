/** A machine without Node: agents say what they miss, terminals miss nothing. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, OWNER, picture } from '../fixtures.ts';
import { Conversation } from '../lib/conversation.ts';
import { type Sshd, startSshd } from '../lib/sshd.ts';
import { addHost, makeWorkspace } from '../lib/world.ts';

/** What a bare machine has. */
const TOOLS =
  'bash sh cat mkdir mv rm sed tail cut env grep find head sleep sha256sum timeout rmdir ls git uname'.split(
    ' ',
  );

const test = base.extend<{ machine: Sshd & { bin: string } }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters from the pattern
  machine: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'porthole-bare-'));
    const bin = join(folder, 'bin');
    const home = join(folder, 'home');
    await Promise.all([mkdir(bin), mkdir(home)]);
    for (const tool of TOOLS)
      await symlink(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(bin, tool));
    // This machine's own profile, which is read before, would bring its PATH.
    await writeFile(join(home, '.bash_profile'), `export PATH=${bin} PS1='$ '\n`);
    const machine = await startSshd([`SetEnv HOME=${home} PATH=${bin} SHELL=/bin/bash`]);
    await use({ ...machine, bin });
    await machine.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  },
});

for (const kind of ['laptop', 'iphone'] as const)
  test(`[AG6] without Node the session says what is missing and what to do; terminals work; with it the prompt goes on: ${kind}`, async ({
    machine,
    open,
    owner,
  }) => {
    const hostId = await addHost(owner, machine);
    const workspace = await makeWorkspace(owner, { provider: 'ssh', hostId });
    const { page, screen } = await open({ person: OWNER, kind, path: `/w/${workspace.id}/s/new` });
    await page.getByRole('textbox', { name: 'Ask an agent' }).fill('say I have Node');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    const session = new Conversation(page);
    const notice = page.getByRole('region', { name: 'Node is missing on this machine' });
    await expect(notice).toContainText('Agents need Node 20 or later there. Terminals work without it.', {
      timeout: 20_000,
    });
    await expect(notice.getByRole('button', { name: 'Try again' })).toBeInViewport({ ratio: 1 });
    await picture(page, `agents-node-${kind}`);

    // What it offers is run where everybody sees it. Tests fetch nothing: another program is put in its place.
    await expect(notice).toContainText('fnm install');
    await expect(notice.getByRole('button', { name: 'Run it in a terminal' })).toBeEnabled();
    await page.keyboard.press('Alt+Shift+T');
    await screen.current();
    await screen.run('echo still $((6 * 7))', /^still 42$/m);

    await symlink(process.execPath, join(machine.bin, 'node'));
    await page.goBack();
    await notice.getByRole('button', { name: 'Try again' }).click();
    await expect(session.timeline.getByText('I have Node', { exact: true })).toBeVisible({ timeout: 20_000 });
    await expect(notice).toBeHidden();
  });
