/** Pulling the network cable, and coming back to exactly where one was. */
import type { BrowserContext } from '@playwright/test';
import { endpoints } from '@porthole/shared/http';
import { expect, OWNER, picture, type Screen, test } from '../fixtures.ts';
import type { Cable } from '../lib/cable.ts';
import { TerminalClient } from '../lib/terminal-client.ts';

test.use({ serviceWorkers: 'allow' });

interface Pulled {
  cable: Cable;
  context: BrowserContext;
}

const COUNT = 300;
/** Numbered lines, slowly enough to be in the middle of them when something happens. */
const COUNTING = `for i in $(seq 1 ${COUNT}); do echo "n $i"; sleep 0.01; done`;

test('[TR3] the cable is pulled while output runs on: not a line missing, none twice', async ({
  cable,
  desk,
  open,
  owner,
  server,
}) => {
  const { context, page, screen } = await open({ person: OWNER, cable, path: desk.path });
  const watcher = await open({ person: OWNER, path: desk.path });
  const observer = await TerminalClient.attach(owner.api, desk.terminal);
  await screen.prompt();
  await watcher.screen.prompt();
  await screen.type(COUNTING);
  await page.keyboard.press('Enter');
  await screen.shows('n 20');

  const further = observer.waitFor('n 150\r\n');
  await pull({ cable, context, screen });
  await expect(screen.panel.getByText('The terminal goes on running.')).toBeVisible();
  await picture(page, 'offline-terminal');
  await further;
  await plugIn({ cable, context });

  await screen.shows(`n ${COUNT}\n`);
  await screen.current();
  await expectCounted(screen);
  // Paging has scrolled this one up; a key brings it back to the end.
  await screen.run('echo the end', /^the end$/m);
  await watcher.screen.shows(/^the end$/m);
  expect(await screen.rows()).toEqual(await watcher.screen.rows());
  await observer.close();
  expect(server.process.exitCode).toBeNull();
});

test('[TR3] so much goes by meanwhile that only a snapshot helps: the same screen as one that stayed', async ({
  cable,
  desk,
  open,
  owner,
}) => {
  const { context, screen } = await open({ person: OWNER, cable, path: desk.path });
  const observer = await TerminalClient.attach(owner.api, desk.terminal);
  await screen.prompt();
  await pull({ cable, context, screen });
  // 3.3 MB: more than the history holds.
  const done = observer.waitFor('flood is over');
  observer.type('seq 1 450000; echo "flood is" over\n');
  await done;
  await plugIn({ cable, context });
  await screen.current();
  await screen.shows('flood is over');
  const stayed = await open({ person: OWNER, path: desk.path });
  await stayed.screen.prompt();
  expect(await screen.rows()).toEqual(await stayed.screen.rows());
  const rows = await screen.rows();
  expect(rows.slice(-3, -1)).toEqual(['450000', 'flood is over']);
  const numbers = rows.slice(0, -2).map(Number);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] as number) + index));
  await observer.close();
});

test('[TR3] a reload shows the same screen, of a full-screen program too', async ({ desk, open }) => {
  const { page, screen } = await open({ person: OWNER, path: desk.path });
  await screen.prompt();
  await screen.run('seq 1 500 > numbers; less numbers', /^40$/m);
  await page.keyboard.type('100g');
  await screen.shows(/^100$/m);
  const before = await screen.rows();
  await page.reload();
  await screen.current();
  await expect.poll(() => screen.rows()).toEqual(before);
  await screen.type('q');
  await screen.shows(/\$$/);
});

test('[TR9] what is typed without a connection is shown as not sent, and nothing is typed later by itself', async ({
  cable,
  desk,
  open,
  owner,
}) => {
  const { context, page, screen } = await open({ person: OWNER, cable, path: desk.path });
  await screen.prompt();
  await pull({ cable, context, screen });
  await screen.type('touch typed-offline');
  await page.keyboard.press('Enter');
  const notSent = screen.panel.getByRole('alert');
  await expect(notSent).toContainText('Not sent');
  await expect(notSent).toContainText('touch typed-offline');
  await picture(page, 'not-sent');
  await plugIn({ cable, context });
  await screen.current();
  await expect(notSent).toContainText('touch typed-offline');
  await screen.run('ls; echo listed', /^listed$/m);
  expect((await screen.rows()).join('\n')).not.toContain('typed-offline');

  await notSent.getByRole('button', { name: 'Send now' }).click();
  await screen.shows('touch typed-offline');
  await expect(notSent).toBeHidden();
  const exec = await owner.api.call(endpoints.execInWorkspace, {
    params: { workspace: desk.workspace },
    body: { command: 'ls' },
  });
  expect(JSON.stringify(exec)).toContain('typed-offline');
});

test('[TR10] attempts end, and a person brings the connection back', async ({ cable, desk, open }) => {
  test.slow();
  const { page, screen } = await open({ person: OWNER, cable, path: desk.path });
  await page.clock.install();
  await page.reload();
  await screen.prompt();
  cable.cut();
  await expect(screen.pane).toHaveAttribute('data-stale');
  const lost = screen.panel.getByRole('button', { name: /Connection lost/ });
  await expect(async () => {
    await page.clock.runFor(11_000);
    await expect(lost).toBeVisible({ timeout: 250 });
  }).toPass();
  await picture(page, 'connection-lost');
  // The left pane says so too, above the person's name and not instead of it.
  const pane = page.getByRole('complementary', { name: 'Workspaces and organisation' });
  await expect(pane.getByRole('button', { name: 'Connection lost' })).toBeVisible();
  const name = pane.getByRole('button', { name: /Your account/ }).getByText(OWNER.name);
  expect(await name.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  cable.mend();
  await lost.click();
  await screen.current();
  await screen.run('echo back $((1 + 1))', 'back 2');
});

/** The sockets go first: what Chromium only emulates as offline may keep one open and silent. */
async function pull({ cable, context, screen }: Pulled & { screen: Screen }): Promise<void> {
  cable.cut();
  await expect(screen.pane).toHaveAttribute('data-stale');
  await context.setOffline(true);
}

async function plugIn({ cable, context }: Pulled): Promise<void> {
  cable.mend();
  await context.setOffline(false);
}

/** Each page counts by one, and all of them together are everything. */
async function expectCounted(screen: Screen): Promise<void> {
  const pages = await screen.pagesFrom('n 1');
  const seen = new Set<number>();
  for (const rows of pages) {
    const numbers = rows.flatMap((row) => /^n (\d+)$/.exec(row)?.[1] ?? []).map(Number);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] as number) + index));
    for (const number of numbers) seen.add(number);
  }
  expect(seen.size).toBe(COUNT);
}
