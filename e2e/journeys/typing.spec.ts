/** Keys that come faster than the app: none goes where nobody meant it to, and none is lost without a word. */
import type { Page, Route } from '@playwright/test';
import { expect, OWNER, test } from '../fixtures.ts';

test('[TR9] what is typed right after a restart reaches the new shell', async ({ desk, open }) => {
  const { page, screen } = await open({ person: OWNER, path: desk.path });
  await screen.prompt();
  await screen.run('exit');
  const restart = screen.panel.getByRole('button', { name: 'Restart' });
  await expect(restart).toBeVisible();
  // The answer comes only after the keys.
  const request = await holdBack(page, '**/restart', (route) => route.continue());
  await page.keyboard.press('Enter');
  await request.asked;
  await page.keyboard.type('echo to the new one');
  await page.keyboard.press('Enter');
  request.release();
  await screen.shows(/^to the new one$/m);
  await expect(screen.panel.getByText('Not sent')).toBeHidden();
});

test('[TR9] what is typed right after a restart that fails is shown as not sent', async ({ desk, open }) => {
  const { page, screen } = await open({ person: OWNER, path: desk.path });
  await screen.prompt();
  await screen.run('exit');
  const restart = screen.panel.getByRole('button', { name: 'Restart' });
  await expect(restart).toBeVisible();
  const request = await holdBack(page, '**/restart', (route) => route.abort());
  await restart.focus();
  await page.keyboard.press('Enter');
  await request.asked;
  await page.keyboard.type('echo hello');
  request.release();
  await expect(screen.panel.getByRole('alert')).toContainText('echo hello');
  // A shell that comes later gets it only when a person says so.
  await page.unroute('**/restart');
  await restart.click();
  await screen.prompt();
  await screen.panel.getByRole('button', { name: 'Send now' }).click();
  await screen.shows('$ echo hello');
});

test('keys after Ctrl+Shift+K go to the palette, also before it is there', async ({ desk, open }) => {
  const { page, screen } = await open({ person: OWNER, path: desk.path });
  await screen.prompt();
  const request = await holdBack(page, /command-palette.*\.js/, (route) => route.continue());
  await page.keyboard.press('Control+Shift+K');
  await page.keyboard.type('new termx');
  await page.keyboard.press('Backspace');
  await request.asked;
  request.release();
  const field = page.getByRole('dialog', { name: 'Find anything' }).getByRole('combobox');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('new term');
  await page.keyboard.type('i');
  await expect(field).toHaveValue('new termi');
  await page.keyboard.press('Escape');
  await expect(screen.panel.getByRole('textbox', { name: 'Terminal input' })).toBeFocused();
  await screen.run('echo still here', /^still here$/m);
  expect((await screen.rows()).join('\n')).not.toContain('new term');

  // With the Enter, at once.
  await page.keyboard.press('Control+Shift+K');
  await page.keyboard.type('new term');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: 'Terminal 2' })).toHaveAttribute('aria-selected', 'true');
});

/** Requests for `url` wait until they are released, so that keys come before the answer. */
async function holdBack(page: Page, url: string | RegExp, then: (route: Route) => Promise<void>) {
  let asked = () => {};
  let release = () => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(url, async (route) => {
    asked();
    await released;
    await then(route);
  });
  return { asked: isAsked, release };
}
