/** A terminal on a phone: the keys that its keyboard lacks, a line to write in, and everything within a thumb's reach. */
import type { Page } from '@playwright/test';
import { expect, OWNER, picture, Screen, test } from '../fixtures.ts';
import { Conversation } from '../lib/conversation.ts';
import { makeTerminal } from '../lib/world.ts';

test.use({ contextOptions: { reducedMotion: 'no-preference' } });

const PHONES = ['pixel', 'iphone'] as const;
/** What a finger needs (CSS pixels). */
const FINGER = 44;

for (const kind of PHONES) {
  test(`[TR9] the bar has the keys that the keyboard lacks: ${kind}`, async ({ desk, open }) => {
    const { page, screen } = await open({ person: OWNER, kind, path: desk.path });
    await screen.prompt();
    const bar = page.getByRole('toolbar', { name: 'Keys' });
    await picture(page, `phone-terminal-${kind}`);

    // Control holds for one key.
    await screen.run('sleep 300');
    const control = bar.getByRole('button', { name: 'Control', exact: true });
    await control.tap();
    await expect(control).toHaveAttribute('aria-pressed', 'true');
    await screen.type('c');
    await screen.shows('^C');
    await expect(control).toHaveAttribute('aria-pressed', 'false');
    await screen.type('c');
    await screen.shows(/\$ c$/);
    await page.keyboard.press('Backspace');

    // Tab completes, arrows go back in history, escape reaches a program.
    await screen.run('touch completed-name; clear', /\$$/);
    await screen.type('echo compl');
    await bar.getByRole('button', { name: 'Tab' }).tap();
    await screen.shows('echo completed-name');
    await page.keyboard.press('Enter');
    await screen.shows(/^completed-name$/m);
    await bar.getByRole('button', { name: 'Up', exact: true }).tap();
    await screen.shows(/\$ echo completed-name$/);
    await bar.getByRole('button', { name: 'Control C' }).tap();
    await screen.run('clear; read -rsn1 key; [ "$key" = $\'\\e\' ] && echo escape pressed');
    await bar.getByRole('button', { name: 'Escape' }).tap();
    await screen.shows(/^escape pressed$/m);
  });
}

test('[TR9] a line beside direct typing: written whole, inserted or run', async ({ desk, open }) => {
  const { page, screen } = await open({ person: OWNER, kind: 'pixel', path: desk.path });
  await screen.prompt();
  await page.getByRole('button', { name: 'Write a line' }).tap();
  const line = page.getByRole('textbox', { name: 'Text for the terminal' });
  await expect(line).toBeFocused();
  await line.fill('echo dictated words');
  await picture(page, 'phone-composer');
  await page.getByRole('button', { name: 'Send with Enter' }).tap();
  await screen.shows(/^dictated words$/m);
  await expect(line).toHaveValue('');
  await line.fill('echo only inserted');
  await page.getByRole('button', { name: 'Insert without running' }).tap();
  await screen.shows(/\$ echo only inserted$/);
});

test('[TR8] a phone that is turned while another terminal is in sight fits this one as well', async ({
  desk,
  open,
  owner,
}) => {
  const other = await makeTerminal(owner, desk.workspace);
  const { page, screen, url } = await open({ person: OWNER, kind: 'pixel', path: desk.path });
  const columns = async () => {
    await screen.run('clear; tput cols', /^\d+$/m);
    return Number((await screen.rows()).find((row) => /^\d+$/.test(row)));
  };
  await screen.prompt();
  const upright = await columns();
  const goTo = (terminal: string) =>
    page.evaluate((path) => {
      history.pushState(null, '', path);
      dispatchEvent(new PopStateEvent('popstate'));
    }, `/w/${desk.workspace}/t/${terminal}`);
  await goTo(other.id);
  await expect(page).toHaveURL(`${url}/w/${desk.workspace}/t/${other.id}`);
  await screen.prompt();
  const { width, height } = page.viewportSize() as { width: number; height: number };
  await page.setViewportSize({ width: height, height: width });
  await expect.poll(columns).toBeGreaterThan(upright);
  await goTo(desk.terminal);
  await screen.prompt();
  await expect.poll(columns).toBeGreaterThan(upright);
});

test('[TR8] a keyboard that comes up covers no prompt', async ({ desk, open }) => {
  const { page, screen } = await open({ person: OWNER, kind: 'pixel', path: desk.path });
  await screen.prompt();
  await screen.run('seq 1 100', /^100$/m);
  const full = page.viewportSize() as { width: number; height: number };
  // As `interactive-widget=resizes-content` has it: the page is as high as what the keyboard leaves.
  await page.setViewportSize({ width: full.width, height: full.height - 320 });
  const bar = page.getByRole('toolbar', { name: 'Keys' });
  await expect(async () => {
    const box = await bar.boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(full.height - 320);
  }).toPass();
  await screen.run('echo above the keyboard', /^above the keyboard$/m);
  // To be seen, between the line about the terminal and the keys.
  const last = screen.panel.locator('.xterm-rows > div').filter({ hasText: /^above the keyboard/ });
  await expect(last).toBeInViewport({ ratio: 1 });
  const row = await last.boundingBox();
  const top = await screen.statusBar.boundingBox();
  expect(row?.y).toBeGreaterThanOrEqual((top?.y ?? 0) + (top?.height ?? 0));
  expect((row?.y ?? 0) + (row?.height ?? 0)).toBeLessThanOrEqual((await bar.boundingBox())?.y ?? 0);
  await picture(page, 'phone-keyboard');
});

for (const kind of PHONES) {
  test(`everything is large enough for a finger and nothing is wider than the screen: ${kind}`, async ({
    desk,
    open,
  }) => {
    const { page, url } = await open({ person: OWNER, kind });
    const screen = new Screen(page);
    const problems: Record<string, string[]> = {};
    const look = async (name: string) => {
      const found = await tooSmallOrTooWide(page);
      if (found.length > 0) problems[name] = found;
      if (kind === 'iphone') await picture(page, `phone-${name}`);
    };
    await expect(page.getByRole('link', { name: /Running/ })).toBeVisible();
    await look('list');
    await page.getByRole('button', { name: 'New workspace' }).first().tap();
    await expect(page.getByRole('dialog', { name: 'New workspace' })).toBeVisible();
    await look('new-workspace');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).tap();
    await page.getByRole('link', { name: /Running/ }).tap();
    await screen.prompt();
    await look('terminal');
    await page.getByRole('button', { name: 'Details and actions' }).tap();
    await expect(page.getByRole('complementary', { name: 'Details' })).toBeVisible();
    await look('details');
    await page.goto(`${url}/w/${desk.workspace}/s/new`);
    await page.getByRole('textbox', { name: 'Ask an agent' }).fill('/tour');
    await look('new-session');
    await page.getByRole('button', { name: 'Send', exact: true }).tap();
    const session = new Conversation(page);
    await expect(session.question).toBeVisible();
    for (const text of ['say after it', 'say at last']) await session.ask(text);
    await expect(session.queue.getByRole('listitem')).toHaveCount(2);
    await look('session');
    await page.getByRole('button', { name: 'Details and actions' }).tap();
    await expect(page.getByRole('heading', { name: 'Files changed' })).toBeVisible();
    await look('session-details');
    for (const section of [
      '',
      '/profile',
      '/devices',
      '/tokens',
      '/appearance',
      '/terminals',
      '/organisation',
      '/members',
      '/repositories',
      '/hosts',
      '/agents',
      '/usage',
    ]) {
      await page.goto(`${url}/settings${section}`);
      await expect(page.getByRole('button', { name: 'Back' })).toBeVisible();
      if (section) await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible();
      await look(`settings${section.replace('/', '-')}`);
    }
    expect(problems).toEqual({});
    expect(desk.path).toBeTruthy();
  });
}

test('the cross of a tab is large enough for a finger, and beside the name', async ({
  browser,
  desk,
  server,
}) => {
  const context = await browser.newContext({
    viewport: { width: 1180, height: 820 },
    hasTouch: true,
    isMobile: true,
  });
  const page = await context.newPage();
  await page.goto(server.url + desk.path);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const tab = page.getByRole('tab', { name: 'Terminal 1' });
  await expect(tab).toBeVisible();
  const cross = await page.getByTitle('Close Terminal 1').boundingBox();
  expect(Math.min(cross?.width ?? 0, cross?.height ?? 0)).toBeGreaterThanOrEqual(FINGER);
  const name = await tab.getByText('Terminal 1').boundingBox();
  expect((name?.x ?? 0) + (name?.width ?? 0)).toBeLessThanOrEqual(cross?.x ?? 0);
  await context.close();
});

/**
 * Whatever can be tapped and is smaller than a finger; and the page itself when it scrolls sideways. A link within
 * a sentence may be as high as its line (WCAG 2.5.8 exempts it).
 */
function tooSmallOrTooWide(page: Page): Promise<string[]> {
  return page.evaluate((finger) => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide`);
    const selector =
      'button, a[href], input:not([type=hidden]), select, textarea, summary, [role=menuitem], [role=tab], [role=option]';
    for (const element of document.querySelectorAll<HTMLElement>(selector)) {
      if (element.closest('[inert], [aria-hidden=true], .xterm, [role=separator]')) continue;
      // A radio's label is what one taps.
      const target = element.matches('input[type=radio], input[type=checkbox]')
        ? (element.closest('label') ?? element)
        : element;
      const style = getComputedStyle(target);
      const { width, height } = target.getBoundingClientRect();
      if (width <= 1 || height <= 1 || style.visibility !== 'visible' || style.pointerEvents === 'none')
        continue;
      if (style.display === 'inline' && target.closest('p')) continue;
      if (width >= finger - 0.5 && height >= finger - 0.5) continue;
      const name = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
      const label = name || ((element as HTMLInputElement).labels?.[0]?.textContent ?? element.id);
      found.push(
        `${element.tagName.toLowerCase()} “${label.slice(0, 40)}” ${Math.round(width)}×${Math.round(height)}`,
      );
    }
    return found;
  }, FINGER);
}
