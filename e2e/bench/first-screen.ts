/** What a phone waits for: the script that comes before the first list, and the first screen without a network. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium, devices } from 'playwright';
import { OWNER } from '../lib/api.ts';
import { headlessOptions } from '../scripts/chromium.mjs';
import { type Row, row } from './report.ts';
import { median } from './stats.ts';
import type { Bench } from './terminals.ts';

const DIST = fileURLToPath(new URL('../../web/dist/', import.meta.url));

export async function firstScreen(bench: Bench): Promise<Row[]> {
  const browser = await chromium.launch(headlessOptions());
  try {
    const context = await browser.newContext(devices['Pixel 7']);
    const page = await context.newPage();
    await page.goto(`${bench.server.url}/sign-in`);
    await page.getByLabel('E-mail').fill(OWNER.email);
    await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await listShown(page);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    // A second visit is the usual one: everything that is asked for before the list is painted counts.
    await page.addInitScript(noteFirstList);
    await page.goto(bench.server.url);
    await listShown(page);
    await page.waitForFunction(() => performance.getEntriesByName('first list').length > 0);
    const scripts = new Set(await page.evaluate(scriptsBeforeList));
    const bytes = [...scripts].reduce(
      (sum, path) => sum + gzipSync(readFileSync(DIST + path.slice(1))).length,
      0,
    );
    await context.setOffline(true);
    const cdp = await context.newCDPSession(page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    const ms: number[] = [];
    for (let i = 0; i < (bench.quick ? 3 : 9); i++) {
      const began = performance.now();
      await page.goto(bench.server.url);
      await listShown(page);
      ms.push(performance.now() - began);
    }
    return [
      row('JavaScript before the first list, gzip', 'KB', null, bytes / 1e3, { atMost: 80 }),
      row('first screen from cache, offline, phone, 4× slower CPU', 'ms', null, median(ms), {
        atMost: 1_000,
      }),
    ];
  } finally {
    await browser.close();
  }
}

/** The list of workspaces, with the one that the bench has made. */
async function listShown(page: import('playwright').Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Workspaces' }).getByRole('link').first().waitFor();
}

/** In the page, before anything else. */
function noteFirstList(): void {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('nav[aria-label="Workspaces"] a')) return;
    observer.disconnect();
    // The frame that paints it: what is asked for from here on does not hold it up.
    requestAnimationFrame(() => performance.mark('first list'));
  });
  observer.observe(document, { childList: true, subtree: true });
}

/** In the page, once the mark is there: paths. */
function scriptsBeforeList(): string[] {
  const painted = performance.getEntriesByName('first list')[0]?.startTime ?? Number.POSITIVE_INFINITY;
  return performance
    .getEntriesByType('resource')
    .filter(({ startTime }) => startTime <= painted)
    .map(({ name }) => new URL(name).pathname)
    .filter((path) => path.endsWith('.js'));
}
