/** Without a mouse, and read out: from sign-in to a prompt by keys alone, and nothing that axe finds. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import { expect, OWNER, picture, Screen, test } from '../fixtures.ts';
import { Conversation } from '../lib/conversation.ts';

const EVERYTHING = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const COLOURS = ['color-contrast', 'link-in-text-block'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

test('from sign-in to a terminal by keys alone', async ({ desk, open }) => {
  const { page, screen } = await open();
  expect(desk.terminal).toBeTruthy();
  const press = (key: string) => page.keyboard.press(key);
  await expect(page.getByLabel('E-mail')).toBeFocused();
  await page.keyboard.type(OWNER.email);
  await press('Tab');
  await page.keyboard.type(OWNER.password);
  await press('Enter');
  const row = page.getByRole('navigation', { name: 'Workspaces' }).getByRole('link', { name: /Running/ });
  await expect(row).toBeVisible();
  for (let presses = 0; presses < 30; presses++) {
    await press('Tab');
    if (await row.evaluate((element) => element === document.activeElement)) break;
  }
  await expect(row).toBeFocused();
  await press('Enter');
  await screen.current();
  // The terminal has the focus by itself.
  await expect(screen.panel.getByRole('textbox', { name: 'Terminal input' })).toBeFocused();
  await screen.shows(/\$$/);
  await page.keyboard.type('echo by keys');
  await press('Enter');
  await screen.shows(/^by keys$/m);
});

test('everything is found from the palette, also inside a terminal, and esc goes back to it', async ({
  desk,
  open,
}) => {
  const { page, screen } = await open({ person: OWNER, path: desk.path });
  await screen.prompt();
  // Said as it is pressed from where one is.
  const hint = page.getByRole('complementary', { name: 'Workspaces and organisation' }).locator('kbd');
  await expect(hint).toHaveText('Ctrl+Shift+K');
  await page.getByRole('searchbox', { name: 'Search workspaces' }).focus();
  await expect(hint).toHaveText('Ctrl+K');
  await screen.panel.getByRole('textbox', { name: 'Terminal input' }).focus();
  await page.keyboard.press('Control+Shift+K');
  const palette = page.getByRole('dialog', { name: 'Find anything' });
  const field = palette.getByRole('combobox');
  await expect(field).toBeFocused();
  await expect(palette.getByRole('option').first()).toBeVisible();
  await picture(page, 'palette');
  await page.keyboard.press('Escape');
  await expect(palette).toBeHidden();
  await expect(screen.panel.getByRole('textbox', { name: 'Terminal input' })).toBeFocused();
  await screen.run('echo still here', /^still here$/m);

  await page.keyboard.press('Control+Shift+K');
  await expect(field).toBeFocused();
  await page.keyboard.type('new term');
  await expect(palette.getByRole('option', { selected: true })).toContainText('New terminal');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: 'Terminal 2' })).toHaveAttribute('aria-selected', 'true');
  await screen.prompt();
  await page.keyboard.press('Control+Shift+Digit1');
  await expect(page.getByRole('tab', { name: 'Terminal 1' })).toHaveAttribute('aria-selected', 'true');
  await screen.shows(/^still here$/m);

  await page.keyboard.press('Control+Shift+K');
  await expect(field).toBeFocused();
  await page.keyboard.type('light theme');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
});

test('axe finds nothing on the main screens, dark and light', async ({ desk, open }) => {
  test.slow();
  const { page, url } = await open();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const problems: Record<string, string[]> = {};
  const look = async (name: string) => {
    const found = await violations(page, EVERYTHING);
    await picture(page, `screen-${name}`);
    // The other colours are all that differs.
    await wear(page, 'light');
    found.push(...(await violations(page, COLOURS)).map((each) => `light: ${each}`));
    await wear(page, 'dark');
    if (found.length > 0) problems[name] = found;
  };
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await look('sign-in');
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Where you left off' })).toBeVisible();
  await look('home');
  await page.keyboard.press('Control+K');
  await expect(page.getByRole('option').first()).toBeVisible();
  await look('palette');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await look('keys');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'New workspace' }).first().click();
  await expect(page.getByRole('dialog', { name: 'New workspace' })).toBeVisible();
  await look('new-workspace');
  await page.keyboard.press('Escape');
  await page.goto(url + desk.path);
  await new Screen(page).prompt();
  await look('workspace');
  await page.goto(`${url}/w/${desk.workspace}/s/new`);
  const ask = page.getByRole('textbox', { name: 'Ask an agent' });
  await ask.fill('/tour');
  await look('new-session');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const session = new Conversation(page);
  await expect(session.question).toBeVisible();
  await session.ask('say after it');
  await expect(session.queue).toBeVisible();
  await look('session');
  for (const section of [
    'profile',
    'devices',
    'tokens',
    'appearance',
    'terminals',
    'organisation',
    'members',
    'repositories',
    'hosts',
    'agents',
    'usage',
  ]) {
    await page.goto(`${url}/settings/${section}`);
    await expect(page.getByRole('main').getByRole('heading', { level: 2 }).nth(2)).toBeVisible();
    await look(`settings-${section}`);
  }
  expect(problems).toEqual({});
});

async function wear(page: Page, colorScheme: 'dark' | 'light'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {}))),
  );
}

/** In one line each: the rule, how many elements, and the first of them. The program's own screen is not the app's. */
async function violations(page: Page, runOnly: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async (runOnly) => {
    interface Result {
      violations: { id: string; impact: string; nodes: { target: string[]; failureSummary?: string }[] }[];
    }
    const { axe } = window as unknown as { axe: { run(context: object, options: object): Promise<Result> } };
    const { violations: found } = await axe.run({ exclude: [['.xterm']] }, { runOnly });
    return found.map(
      ({ id, impact, nodes }) =>
        `${id} (${impact}), ${nodes.length}×: ${nodes[0]?.target.join(' ')} ${nodes[0]?.failureSummary?.split('\n')[1]?.trim()}`,
    );
  }, runOnly);
}
