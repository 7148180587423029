/** The server is stopped and started again: the last screen is there, and one key goes on from it. */

import { expect, OWNER, picture, test } from '../fixtures.ts';
import { startServer } from '../lib/server.ts';

test.use({ serviceWorkers: 'allow' });

test('[TR2] after a restart the last screen is there, says why it ended, and Enter starts a shell in the same folder', async ({
  desk,
  env,
  open,
  server,
}) => {
  const { page, screen } = await open({ person: OWNER, path: desk.path });
  await screen.prompt();
  await screen.run('mkdir -p deep && cd deep && pwd', /\/deep$/m);
  await screen.run('echo kept across $((40 + 2))', 'kept across 42');
  const before = await screen.rows();

  expect(await server.stop()).toBe(0);
  const again = await startServer({ env, dataDir: server.dataDir, port: Number(new URL(server.url).port) });
  try {
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await screen.current();
    await expect(screen.panel.getByText('Ended: the server was stopped.')).toBeVisible();
    const rows = await screen.rows();
    expect(rows.slice(0, before.length)).toEqual(before);
    await picture(page, 'ended-by-restart');

    await screen.focus();
    await page.keyboard.press('Enter');
    await expect(screen.panel.getByText('Ended: the server was stopped.')).toBeHidden();
    await screen.run('pwd; echo again $((1 + 2))', 'again 3');
    const pwd = (await screen.rows()).filter((row) => row.startsWith('/')).at(-1);
    expect(pwd).toContain(desk.folder);
  } finally {
    await again.stop();
  }
});

test('[TR2] a killed server says so, and a new shell is one press away', async ({
  desk,
  env,
  open,
  server,
}) => {
  const { page, screen } = await open({ person: OWNER, path: desk.path });
  await screen.prompt();
  await screen.run('echo before the crash', /^before the crash$/m);
  await server.kill();
  const again = await startServer({ env, dataDir: server.dataDir, port: Number(new URL(server.url).port) });
  try {
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await screen.current();
    await expect(screen.panel.getByText('Ended: the server stopped unexpectedly.')).toBeVisible();
    await screen.panel.getByRole('button', { name: 'Restart' }).click();
    await expect(screen.panel.getByText('Ended: the server stopped unexpectedly.')).toBeHidden();
    await screen.prompt();
    await screen.run('echo alive $((2 + 2))', 'alive 4');
  } finally {
    await again.stop();
  }
});
