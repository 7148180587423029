/** Without a network: the app starts from the device, shows what it knows, and catches up when it is back. */

import type { Page } from '@playwright/test';
import { endpoints } from '@porthole/shared/http';
import { expect, OWNER, picture, Screen, test } from '../fixtures.ts';
import { TerminalClient } from '../lib/terminal-client.ts';

test.use({ serviceWorkers: 'allow' });

for (const kind of ['laptop', 'pixel'] as const) {
  test(`[FD3] a cold start without a network shows the list and the last screen, and goes live when it is back: ${kind}`, async ({
    cable,
    desk,
    open,
    owner,
  }) => {
    const { context, page, screen, url } = await open({ person: OWNER, kind, cable, path: desk.path });
    await screen.prompt();
    await controlled(page);
    await screen.prompt();
    await screen.run('echo remembered on the device', /^remembered on the device$/m);
    await screenKept(page, 'remembered on the device');
    await page.close();

    cable.cut();
    await context.setOffline(true);
    const cold = await context.newPage();
    const began = Date.now();
    await cold.goto(url);
    const row = cold.getByRole('navigation', { name: 'Workspaces' }).getByRole('link', { name: /Running/ });
    await expect(row).toBeVisible();
    expect(Date.now() - began, 'from the device, not after some timeout').toBeLessThan(5_000);
    await expect(cold.getByText('Offline').first()).toBeVisible();
    await picture(cold, `offline-list-${kind}`);
    await row.click();
    const last = new Screen(cold);
    await last.shows(/^remembered on the device$/m);
    await expect(last.pane).toHaveAttribute('data-stale');
    await expect(last.panel.getByText(/This screen is from/)).toBeVisible();
    await picture(cold, `offline-last-screen-${kind}`);

    const meanwhile = await TerminalClient.attach(owner.api, desk.terminal);
    const done = meanwhile.waitFor('meanwhile 9');
    meanwhile.type('echo meanwhile $((4 + 5))\n');
    await done;
    cable.mend();
    await context.setOffline(false);
    await last.current();
    await last.shows(/^meanwhile 9$/m);
    await last.shows(/^remembered on the device$/m);
    await last.run('echo and on $((5 + 5))', 'and on 10');
    await meanwhile.close();
  });
}

test('[FD3] what others do meanwhile is in the list when the network is back', async ({
  cable,
  desk,
  open,
  owner,
}) => {
  const { context, page } = await open({ person: OWNER, cable });
  const list = page.getByRole('navigation', { name: 'Workspaces' });
  await expect(list.getByRole('link')).toHaveCount(1);
  cable.cut();
  await context.setOffline(true);
  await expect(page.getByRole('complementary').getByText('Offline')).toBeVisible();
  await owner.api.call(endpoints.updateWorkspace, {
    params: { workspace: desk.workspace },
    body: { name: 'renamed meanwhile' },
  });
  await expect(list).not.toContainText('renamed meanwhile');
  cable.mend();
  await context.setOffline(false);
  await expect(list).toContainText('renamed meanwhile');
});

test('[FD4] signing out leaves nothing of the person on the device', async ({ desk, open }) => {
  const { page, screen } = await open({ person: OWNER, path: desk.path });
  await screen.prompt();
  await controlled(page);
  await screen.prompt();
  await screen.run('echo private words', /^private words$/m);
  await screenKept(page, 'private words');
  await page.getByRole('button', { name: 'Your account: Ana Example' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  await expect
    .poll(async () => {
      const left = await stored(page);
      return Object.entries(left.rows).filter(([table, rows]) => rows.length > 0 && table !== 'facts');
    })
    .toEqual([]);
  const { rows, caches, local } = await stored(page);
  expect(JSON.stringify(rows.facts)).not.toContain('ana@example.com');
  for (const name of caches) expect(name).toContain('precache');
  expect(local).not.toContain('ana@example.com');
  expect(await page.evaluate(() => document.cookie)).toBe('');
  await page.goto(new URL(desk.path, page.url()).href);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

/** The service worker serves this page from now on. */
async function controlled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.reload();
  expect(await page.evaluate(() => navigator.serviceWorker.controller?.state)).toBeTruthy();
}

async function screenKept(page: Page, text: string): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await stored(page);
      return (rows.screens ?? []).join('\n');
    })
    .toContain(text);
}

/** Everything that the app keeps on this device. */
function stored(page: Page) {
  return page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('porthole');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const rows: Record<string, string[]> = {};
    const readable = (value: unknown) => {
      const { data } = Object(value) as { data?: unknown };
      return data instanceof Uint8Array ? new TextDecoder().decode(data) : JSON.stringify(value);
    };
    for (const table of database.objectStoreNames) {
      rows[table] = await new Promise((resolve, reject) => {
        const request = database.transaction(table).objectStore(table).getAll();
        request.onsuccess = () => resolve(request.result.map(readable));
        request.onerror = () => reject(request.error);
      });
    }
    database.close();
    return { rows, caches: await caches.keys(), local: JSON.stringify({ ...localStorage }) };
  });
}
