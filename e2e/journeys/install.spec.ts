/** The installed app: a browser offers to install it, and a new version waits for a person. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { expect, picture, Screen, test } from '../fixtures.ts';
import { becomeOwner } from '../lib/api.ts';
import { startServer } from '../lib/server.ts';
import { makeTerminal, makeWorkspace } from '../lib/world.ts';
import { browserOptions } from '../scripts/chromium.mjs';

test.use({ serviceWorkers: 'allow' });

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the app can be installed: nothing speaks against it', async ({ server }) => {
  const profile = await mkdtemp(join(tmpdir(), 'porthole-profile-'));
  // Only a profile that lasts is told the truth about this.
  const context = await chromium.launchPersistentContext(profile, browserOptions());
  try {
    const page = await context.newPage();
    await page.goto(server.url);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    const session = await context.newCDPSession(page);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    expect(installabilityErrors).toEqual([]);
    const { errors, data, url } = await session.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    expect(new URL(url).origin).toBe(server.url);
    const manifest = JSON.parse(data ?? '{}');
    expect(manifest).toMatchObject({ name: 'Porthole', display: 'standalone', start_url: '/' });
    for (const { src } of [
      ...manifest.icons,
      ...manifest.shortcuts.flatMap((one: { icons: object[] }) => one.icons),
    ]) {
      const answer = await fetch(new URL(src, server.url));
      expect(answer.status, src).toBe(200);
    }
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 3 });
  }
});

test('a new version is offered, and never reloads the page under a running terminal', async ({
  browser,
  env,
}) => {
  const copy = await mkdtemp(join(tmpdir(), 'porthole-build-'));
  for (const part of ['proxy/dist', 'web/dist', 'proxy/package.json'])
    await cp(join(ROOT, part), join(copy, part), { recursive: true });
  await symlink(join(ROOT, 'proxy/node_modules'), join(copy, 'proxy/node_modules'));
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const server = await startServer({ env, main: join(copy, 'proxy/dist/main.js') });
  const context = await browser.newContext({ colorScheme: 'dark', viewport: { width: 1440, height: 900 } });
  try {
    const owner = await becomeOwner(server);
    const workspace = await makeWorkspace(owner, { provider: 'local' });
    const terminal = await makeTerminal(owner, workspace.id);
    const [name = '', value = ''] = owner.api.cookie.split('=');
    await context.addCookies([{ name, value, domain: new URL(server.url).hostname, path: '/' }]);
    const page = await context.newPage();
    const screen = new Screen(page);
    await page.goto(`${server.url}/w/${workspace.id}/t/${terminal.id}`);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await page.reload();
    await screen.prompt();
    await screen.run('echo before the update', /^before the update$/m);
    await page.evaluate(() => Object.assign(window, { stillThisPage: true }));

    const worker = join(copy, 'web/dist/service-worker.js');
    await writeFile(worker, `${await readFile(worker, 'utf8')}\n// the next version\n`);
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration?.update();
    });
    const offer = page.getByRole('status').or(page.getByRole('alert')).filter({ hasText: 'Update ready' });
    await expect(offer.first()).toBeVisible();
    await picture(page, 'update-ready');
    await screen.run('echo after the offer', /^after the offer$/m);
    expect(await page.evaluate(() => 'stillThisPage' in window)).toBe(true);

    await page.getByRole('button', { name: 'Reload' }).click();
    await page.waitForFunction(() => !('stillThisPage' in window));
    await screen.current();
    await screen.shows(/^after the offer$/m);
    expect(
      await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting ?? null),
    ).toBeNull();
  } finally {
    await context.close();
    await server.dispose();
    await rm(copy, { recursive: true, force: true });
  }
});

test('a file that cannot be had means a new version only where this one is gone from the server', async ({
  browser,
  server,
}) => {
  const owner = await becomeOwner(server);
  const [name = '', value = ''] = owner.api.cookie.split('=');
  // Without a service worker nothing of the app is on the device but what was loaded.
  const context = await browser.newContext({ serviceWorkers: 'block' });
  try {
    await context.addCookies([{ name, value, domain: new URL(server.url).hostname, path: '/' }]);
    const openHome = async () => {
      const page = await context.newPage();
      await page.goto(server.url);
      await expect(page.getByRole('heading', { name: 'Open your first workspace' })).toBeVisible();
      return { page, outdated: page.getByText('This version is out of date') };
    };
    const tunnel = await openHome();
    const looked = tunnel.page.waitForEvent('requestfailed', (request) => request.url().endsWith('?there'));
    await context.setOffline(true);
    await tunnel.page.keyboard.press('Control+k');
    await looked;
    await expect(tunnel.page.getByText('Offline').first()).toBeVisible();
    await expect(tunnel.outdated).toBeHidden();
    await context.setOffline(false);

    const old = await openHome();
    await old.page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('/toaster-')),
    );
    await old.page.route('**/assets/**', (route) => route.fulfill({ status: 404 }));
    await old.page.keyboard.press('Control+k');
    await expect(old.outdated).toBeVisible();
  } finally {
    await context.close();
  }
});
