/** Agent sessions, as people use them: with the scripted agent, which needs no key and does what it is asked for real. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endpoints } from '@porthole/shared/http';
import { expect, joinAs, OWNER, picture, test } from '../fixtures.ts';
import { Conversation, cachedEvents, entriesOf, logOf } from '../lib/conversation.ts';

test('[AG1] [AG7] two people on laptop and phone drive one session; one goes offline in mid-turn and comes back; both show what the log says', async ({
  cable,
  desk,
  open,
  owner,
}) => {
  test.setTimeout(120_000);
  const bo = await joinAs(owner, 'Bo Example');
  const laptop = await open({ person: OWNER, path: `/w/${desk.workspace}/s/new` });
  const first = laptop.page.getByRole('textbox', { name: 'Ask an agent' });
  await first.fill('say I begin\nedit notes.md # Notes\nask push it\nsay Pushed');
  await laptop.page.getByRole('button', { name: 'Send', exact: true }).click();
  const ana = new Conversation(laptop.page);
  await expect(ana.question).toContainText('push it');
  await picture(laptop.page, 'agents-question-laptop');

  // Bo joins on a phone, with a link, and answers.
  const phone = await open({
    person: bo,
    kind: 'iphone',
    cable,
    path: `/w/${desk.workspace}/s/${ana.id}`,
  });
  const his = new Conversation(phone.page);
  await expect(his.question).toContainText('push it');
  await expect(his.timeline).toContainText('I begin');
  await picture(phone.page, 'agents-question-phone');
  for (const button of await his.question.getByRole('button').all())
    await expect
      .poll(async () => (await button.boundingBox())?.height, 'for a thumb')
      .toBeGreaterThanOrEqual(44);
  await his.answer('Allow once');
  await expect(ana.question).toBeHidden();
  await expect(ana.timeline).toContainText('Bo Example: Allow once');
  await expect(ana.timeline).toContainText('Pushed');
  expect(await readFile(join(desk.folder, 'notes.md'), 'utf8')).toContain('# Notes');

  // Bo's train enters a tunnel while the agent works, and what he writes there waits.
  await ana.ask('say One\nask go on\nrun echo in the tunnel\nsay Three');
  await expect(his.question).toContainText('go on');
  cable.cut();
  await phone.context.setOffline(true);
  await expect(phone.page.getByText('Offline. What you send waits on this device.')).toBeVisible();
  await expect(his.question.getByRole('button').first()).toBeDisabled();
  await his.ask('say Written in the tunnel');
  await expect(his.queue).toContainText('Written in the tunnel');
  await expect(his.queue).toContainText('Waits on this device');
  await picture(phone.page, 'agents-offline-phone');
  await ana.page.keyboard.press('Alt+1');
  await expect(ana.timeline.getByText('Three', { exact: true })).toHaveCount(1);
  await expect(his.timeline.getByText('Three', { exact: true })).toHaveCount(0);

  cable.mend();
  await phone.context.setOffline(false);
  await expect(his.timeline.getByText('Three', { exact: true })).toHaveCount(1, { timeout: 30_000 });
  await expect(his.queue).toBeHidden({ timeout: 30_000 });
  await expect(ana.timeline.getByText('Written in the tunnel')).toHaveCount(2);
  await expect(his.timeline.getByText('Written in the tunnel')).toHaveCount(2);

  const ended = async () =>
    (await logOf(owner.api, ana.id)).filter(({ type }) => type === 'turn_ended').length;
  await expect.poll(ended).toBe(3);
  await expect(laptop.page.locator('form').getByRole('button', { name: 'Stop' })).toBeHidden();
  const log = await logOf(owner.api, ana.id);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  const sent = log.filter((event) => event.type === 'prompt_queued' && event.text.includes('tunnel'));
  expect(
    sent.filter((event) => event.type === 'prompt_queued' && event.text === 'say Written in the tunnel'),
    'sent once',
  ).toHaveLength(1);
  for (const { page } of [laptop, phone]) {
    await expect
      .poll(async () => (await cachedEvents(page, ana.id)).length, 'all of it is on the device')
      .toBe(log.length);
    expect(await cachedEvents(page, ana.id)).toEqual(log);
  }
  expect(entriesOf(await cachedEvents(phone.page, ana.id))).toEqual(entriesOf(log));
  await expect.poll(() => his.rows()).toEqual(await ana.rows());
});

test('[AG5] prompts queue in order, are moved, changed and taken back while something runs, and a turn is stopped', async ({
  desk,
  open,
  owner,
}) => {
  const { page } = await open({ person: OWNER, path: `/w/${desk.workspace}/s/new` });
  await page.getByRole('textbox', { name: 'Ask an agent' }).fill('wait 60000');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const session = new Conversation(page);
  const stop = page.getByRole('button', { name: 'Stop', exact: true }).and(page.locator('form button'));
  await expect(stop).toBeVisible();
  for (const text of ['say first', 'say second', 'say third']) await session.ask(text);
  const items = session.queue.getByRole('listitem');
  await expect(items).toHaveCount(3);
  await session.queue.getByRole('button', { name: 'Move: say third' }).press('ArrowUp');
  await expect(items.nth(1)).toContainText('say third');
  await items.nth(0).getByRole('button', { name: 'Take back' }).click();
  await expect(items).toHaveCount(2);
  await items.nth(1).getByRole('button', { name: 'Change' }).click();
  await expect(page.getByRole('textbox', { name: 'Change the prompt' })).toBeFocused();
  await page.getByRole('textbox', { name: 'Change the prompt' }).fill('say second, better');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(items.nth(1)).toContainText('second, better');
  await picture(page, 'agents-queue-laptop');
  await session.composer.press('Escape');
  await expect(session.queue).toBeHidden();
  await expect(session.timeline.getByText('second, better')).toHaveCount(2);
  await expect
    .poll(async () => {
      const log = await logOf(owner.api, session.id);
      return log.flatMap((event) => (event.type === 'turn_ended' ? [event.outcome] : []));
    })
    .toEqual(['stopped', 'done', 'done']);
});

test('a session begins from ⌘K, is a tab beside the terminals, and is renamed and archived', async ({
  desk,
  open,
}) => {
  const { page } = await open({ person: OWNER, path: desk.path });
  await page.getByRole('tab', { name: 'Terminal 1' }).waitFor();
  await page.keyboard.press('Control+Shift+k');
  await page.getByRole('combobox', { name: 'Find anything' }).fill('say hello from anywhere');
  await page.getByRole('option', { name: /^Ask an agent: say hello/ }).click();
  await expect(page.getByRole('textbox', { name: 'Ask an agent' })).toHaveValue('say hello from anywhere');
  await picture(page, 'agents-ask-laptop');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const session = new Conversation(page);
  await expect(session.timeline.getByText('hello from anywhere')).toHaveCount(2);
  const tab = page.getByRole('tab', { name: /say hello from anywhere/ });
  await expect(tab).toHaveAttribute('aria-selected', 'true');
  await page.getByRole('tab', { name: 'Terminal 1' }).click();
  await expect(page).toHaveURL(/\/t\/trm_/);
  await tab.click();
  await page.getByRole('button', { name: 'Session actions' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Greetings');
  await page.getByRole('button', { name: 'Rename', exact: true }).last().click();
  await expect(page.getByRole('tab', { name: /Greetings/ })).toBeVisible();
  await page.getByRole('button', { name: 'Session actions' }).click();
  await page.getByRole('menuitem', { name: 'Archive' }).click();
  await expect(page.getByRole('tab', { name: /Greetings/ })).toBeHidden();
  await page.getByRole('button', { name: 'Ask an agent' }).last().click();
  await expect(page.getByRole('link', { name: /Greetings/ })).toContainText('Archived');
});

test('what an agent let one choose in a session is offered for the first prompt of the next', async ({
  desk,
  open,
}) => {
  const { page } = await open({ person: OWNER, kind: 'iphone', path: `/w/${desk.workspace}/s/new` });
  const first = page.getByRole('textbox', { name: 'Ask an agent' });
  await expect(page.getByText('Models and modes: once it runs')).toBeVisible();
  // Under the field, where there is no room above it; a tap leaves the keyboard up.
  await first.fill('/');
  const tour = page.getByRole('option', { name: /\/tour/ });
  await expect(tour).toBeInViewport({ ratio: 1 });
  await tour.tap();
  await expect(first).toHaveValue('/tour ');
  await expect(first).toBeFocused();
  await first.fill('say met');
  await page.getByRole('button', { name: 'Send', exact: true }).tap();
  const session = new Conversation(page);
  await expect(session.timeline.getByText('met', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: /^say met/ }).tap();
  await page.getByRole('menuitem', { name: 'Ask an agent' }).tap();
  // Where there is little room the bar scrolls; no name is cut to its first letters.
  const names = page
    .locator('form')
    .getByRole('button', { name: /^(Agent|Mode|Pace):/ })
    .locator('.truncate');
  await expect(names).toHaveText(['Scripted agent', 'Mode', 'Pace']);
  expect(await names.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth))).toEqual(
    [],
  );
  await page.getByRole('button', { name: /^Mode:/ }).tap();
  await page.getByRole('menuitem', { name: 'Ask first' }).tap();
  await first.fill('edit notes.md # Notes');
  await page.getByRole('button', { name: 'Send', exact: true }).tap();
  await expect(session.question).toContainText('notes.md');
});

test('what changed is a list with its lines; a link to no session says so and offers nothing to write in', async ({
  desk,
  open,
}) => {
  const { page, url } = await open({ person: OWNER, path: `/w/${desk.workspace}/s/new` });
  await page
    .getByRole('textbox', { name: 'Ask an agent' })
    .fill('edit src/refunds.ts export const paid = 1;');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const details = page.getByRole('complementary', { name: 'Details' });
  const file = details.getByRole('button', { name: /refunds\.ts/ });
  await file.click();
  const changes = page.getByRole('region', { name: 'Changes' });
  await expect(changes.getByText('export const paid = 1;')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(changes).toBeHidden();
  await expect(file).toBeFocused();

  await page.goto(`${url}/w/${desk.workspace}/s/ses_00000000000000000000`);
  await expect(page.getByText('This session is not here')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Ask the agent' })).toHaveCount(0);
  await expect(details).toContainText('Running');
  await expect(details).not.toContainText('Agent');
});

test('files go with a prompt: picked, shown, bounded; a path and a command are completed', async ({
  desk,
  open,
}) => {
  const { page } = await open({ person: OWNER, path: `/w/${desk.workspace}/s/new` });
  const first = page.getByRole('textbox', { name: 'Ask an agent' });
  await first.fill('/to');
  await page.getByRole('option', { name: /\/tour/ }).waitFor();
  await first.press('Escape');
  await first.fill('edit src/deep/refunds.ts export {}');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const session = new Conversation(page);
  await expect(session.timeline).toContainText('refunds.ts');
  await session.composer.pressSequentially('read @refu');
  await expect(page.getByRole('option', { name: /refunds\.ts/ })).toBeVisible({ timeout: 15_000 });
  await session.composer.press('Tab');
  await expect(session.composer).toHaveValue('read @src/deep/refunds.ts ');
  await session.composer.fill('say I have them');
  const picker = page.locator('form input[type=file]');
  await picker.setInputFiles([
    { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(DOT, 'base64') },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('some notes') },
  ]);
  const files = page.getByRole('list', { name: 'Files for this prompt' });
  await expect(files.getByRole('img', { name: 'dot.png' })).toBeVisible();
  await expect(files.getByText('notes.txt')).toBeVisible();
  await picker.setInputFiles({
    name: 'film.mp4',
    mimeType: 'video/mp4',
    buffer: Buffer.alloc(11 * 1024 * 1024),
  });
  await expect(page.getByText('film.mp4 is too large (11 MB): a file may have 10 MB.')).toBeVisible();
  await picture(page, 'agents-files-laptop');
  await session.composer.press('Enter');
  await expect(session.timeline.getByText('I have them')).toHaveCount(2);
  await expect(session.timeline).toContainText('notes.txt');
  await expect(session.timeline.getByRole('img', { name: 'dot.png' })).toBeVisible();
});

test('a missing key is asked for in the session; of a member, whom to ask; then the agent can be installed', async ({
  desk,
  open,
  owner,
}) => {
  const bo = await joinAs(owner, 'Bo Example');
  const { page } = await open({ person: bo, path: `/w/${desk.workspace}/s/new` });
  await page.getByRole('button', { name: /^Agent:/ }).click();
  await page.getByRole('menuitem', { name: /Claude Code/ }).click();
  await page.getByRole('textbox', { name: 'Ask an agent' }).fill('Make refunds idempotent');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const notice = page.getByRole('region', { name: 'ANTHROPIC_API_KEY is not set' });
  await expect(notice).toContainText('An admin sets it: Ana Example');
  // Said where it is mended, and at the turn that it ended; not a third time.
  await expect(page.getByText('This turn failed')).toHaveCount(1);
  await expect(page.getByText('The agent could not be started')).toHaveCount(0);
  await expect(notice.getByRole('textbox')).toHaveCount(0);

  const laptop = await open({ person: OWNER, path: new URL(page.url()).pathname });
  const form = laptop.page.getByRole('region', { name: 'ANTHROPIC_API_KEY is not set' });
  await picture(laptop.page, 'agents-key-laptop');
  await form.getByLabel('ANTHROPIC_API_KEY').last().fill('sk-not-a-real-key');
  await form.getByRole('button', { name: 'Save and go on' }).click();
  const install = laptop.page.getByRole('region', { name: /is not installed on this machine/ });
  await expect(install).toContainText('npm install -g', { timeout: 20_000 });
  await expect(install.getByRole('button', { name: 'Run it in a terminal' })).toBeEnabled();
  expect(await laptop.page.content()).not.toContain('sk-not-a-real-key');

  // What it would install is another program here: tests do not fetch any.
  await laptop.page.route('**/api/orgs/*/agents', async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as { agents: { install: string | null }[] };
    for (const agent of json.agents) agent.install &&= 'echo installed $((6 * 7))';
    await route.fulfill({ response, json });
  });
  await laptop.page.reload();
  await expect(install).toContainText('echo installed');
  await install.getByRole('button', { name: 'Run it in a terminal' }).click();
  await expect(laptop.page).toHaveURL(/\/t\/trm_/);
  await laptop.screen.shows(/^installed 42$/m);
});

const DOT =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

test('[AG8] a prompt for a stopped workspace waits in sight while that starts; another sees who types', async ({
  desk,
  open,
  owner,
}) => {
  await owner.api.call(endpoints.stopWorkspace, { params: { workspace: desk.workspace } });
  const { page } = await open({ person: OWNER, path: `/w/${desk.workspace}/s/new` });
  await expect(page.getByRole('main').getByText('Stopped').first()).toBeVisible();
  const first = page.getByRole('textbox', { name: 'Ask an agent' });
  await first.fill('say awake');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const session = new Conversation(page);
  await expect(session.queue.or(session.timeline.getByText('say awake'))).toBeVisible();
  await expect(session.timeline.getByText('awake', { exact: true })).toBeVisible({ timeout: 30_000 });

  const bo = await joinAs(owner, 'Bo Example');
  const phone = await open({ person: bo, kind: 'iphone', path: new URL(page.url()).pathname });
  const his = new Conversation(phone.page);
  await expect(his.timeline.getByText('awake', { exact: true })).toBeVisible();
  await session.composer.pressSequentially('I am thinking of');
  await expect(phone.page.getByText('Ana Example is typing').first()).toBeAttached();
});
