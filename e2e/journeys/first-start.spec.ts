/** A newcomer: from the printed address to a prompt, in an empty workspace and in a clone. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, OWNER, picture, signIn, test } from '../fixtures.ts';
import { becomeOwner } from '../lib/api.ts';

test.use({ serviceWorkers: 'allow', contextOptions: { reducedMotion: 'no-preference' } });

test('[SE1] the printed address makes the first person the owner, and an empty workspace gives a prompt', async ({
  open,
  server,
}) => {
  const printed = /http\S+\/setup#code=\S+/.exec(server.output())?.[0];
  expect(printed, server.output()).toBeTruthy();
  const { page, screen } = await open({ path: (printed as string).slice(server.url.length) });

  await expect(page.getByRole('heading', { name: 'Set up Porthole' })).toBeVisible();
  await expect(page.getByLabel(/^Code/)).toHaveValue(server.setupCode as string);
  await picture(page, 'set-up');
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByLabel('Organisation').fill(OWNER.organisation);
  await page.getByRole('button', { name: 'Become the owner' }).click();

  await expect(page.getByRole('heading', { name: 'Open your first workspace' })).toBeVisible();
  expect(page.url(), 'the code does not stay in the address').not.toContain('code');
  await picture(page, 'empty-home');
  await page.getByRole('main').getByRole('button', { name: 'New workspace' }).click();
  const dialog = page.getByRole('dialog', { name: 'New workspace' });
  await dialog.getByText('Empty', { exact: true }).click();
  await picture(page, 'new-workspace');
  await dialog.getByLabel('Name').fill('scratch');
  await dialog.getByRole('button', { name: 'Create' }).click();

  await screen.prompt();
  await screen.run('echo $((6 * 7)) fish', '42 fish');
  await expect(page.getByRole('heading', { name: 'scratch' })).toBeVisible();
  await picture(page, 'workspace');
});

test('[WS2] a git URL is cloned step by step, onto a branch of its own', async ({ home, open, server }) => {
  const origin = join(home, 'payments.git');
  await makeRepository(home, origin);
  await becomeOwner(server);
  const { page, screen } = await open({ person: OWNER });

  await page.getByRole('main').getByRole('button', { name: 'New workspace' }).click();
  const dialog = page.getByRole('dialog', { name: 'New workspace' });
  await dialog.getByLabel('Git URL').last().fill(`file://${origin}`);
  // The steps go by quickly: what they said is kept as it happens.
  await page.evaluate(() => {
    const said = new Set<string>();
    Object.assign(window, { said });
    new MutationObserver(() => {
      for (const item of document.querySelectorAll('ol li')) said.add(item.textContent ?? '');
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await dialog.getByRole('button', { name: 'Create' }).click();

  await screen.prompt();
  const said = await page.evaluate(() => [...(window as unknown as { said: Set<string> }).said]);
  expect(said).toContainEqual(expect.stringContaining('Clone the repository'));
  await screen.run('git branch --show-current', /^porthole\/[0-9a-f]{8}$/m);
  await screen.run('ls', 'refunds.txt');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('payments');
  await picture(page, 'workspace-from-git');
});

test('[SE1] nobody else becomes an owner with a wrong or a used code', async ({ open, server }) => {
  const { page } = await open({ path: '/setup#code=WRONG-CODE' });
  const fill = async () => {
    await page.getByLabel('Your name').fill('Mallory');
    await page.getByLabel('E-mail').fill('mallory@example.com');
    await page.getByLabel('Password').fill('a password of some length');
    await page.getByLabel('Organisation').fill('Mallory Ltd');
    await page.getByRole('button', { name: 'Become the owner' }).click();
  };
  await fill();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await picture(page, 'set-up-refused');
  await becomeOwner(server);
  await fill();
  await expect(page.getByRole('alert').first()).toContainText('has an owner');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  const nobody = { name: '', email: 'mallory@example.com', password: 'a password of some length' };
  await expect(signIn(server, nobody)).rejects.toThrow(/401/);
});

async function makeRepository(home: string, bare: string): Promise<void> {
  const work = join(home, 'seed');
  await mkdir(work);
  await writeFile(join(work, 'refunds.txt'), 'idempotent\n');
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: work, env: { ...process.env, HOME: home }, stdio: 'pipe' });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'Make refunds idempotent');
  git('clone', '-q', '--bare', work, bare);
}

test('a first prompt needs no workspace: one is made for it, and the prompt waits there in sight', async ({
  open,
  server,
}) => {
  await becomeOwner(server);
  const { page } = await open({ person: OWNER });
  await page.getByRole('main').getByRole('button', { name: 'Ask an agent' }).click();
  const dialog = page.getByRole('dialog', { name: 'Ask an agent' });
  await expect(dialog.getByRole('button', { name: /^Workspace: New workspace/ })).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Ask an agent' }).fill('say Made for this.\nrun pwd');
  await picture(page, 'first-prompt');
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();

  await expect(page).toHaveURL(/\/w\/wsp_\w+\/s\/ses_\w+$/);
  await expect(
    page
      .getByRole('main')
      .getByText(/^say Made for this/)
      .first(),
  ).toBeVisible();
  await expect(page.getByText('Made for this.', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: /pwd/ })).toBeVisible();
  await picture(page, 'first-prompt-done');
});
