/** What owners and admins see of their agents: how long people wait for them, and what they use. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { endpoints } from '@porthole/shared/http';
import { idFromBytes } from '@porthole/shared/ids';
import { test as base, expect, joinAs, OWNER, picture } from '../fixtures.ts';
import { logOf } from '../lib/conversation.ts';
import { FAKE_USE, type FakeUpstream, startFakeUpstream } from '../lib/fake-upstream.ts';

const BRIDGE = fileURLToPath(new URL('../../proxy/dist/bridge.mjs', import.meta.url));

const test = base.extend<{ upstream: FakeUpstream }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters from the pattern
  upstream: async ({}, use) => {
    const upstream = await startFakeUpstream();
    await use(upstream);
    await upstream.stop();
  },
  env: async ({ env, upstream }, use) => {
    await use({ ...env, PORTHOLE_ANTHROPIC_URL: upstream.url });
  },
});

const newId = (kind: 'session' | 'prompt') => idFromBytes(kind, randomBytes(20));

/** Asks the model service as an agent does: with its session's token, through the gateway. */
const ASK_MODEL =
  "run node -e \"fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', body: '{}', " +
  "headers: { authorization: 'Bearer ' + process.env.ANTHROPIC_AUTH_TOKEN } }).then(async (r) => " +
  'console.log(r.status, await r.text()))"';

test('[AG8] an owner sees how long people wait for agents, and who has used what; a member sees the use alone', async ({
  desk,
  open,
  owner,
}) => {
  const { api, org } = owner;
  const laptop = await open({ person: OWNER, path: '/settings/usage' });
  const speed = laptop.page.getByRole('heading', { name: 'Time to the first word' });
  await expect(speed).toBeVisible();
  await expect(laptop.page.getByText('No prompt since the server started')).toBeVisible();
  await expect(laptop.page.getByText('Nothing was used in this time.')).toBeVisible();
  await picture(laptop.page, 'usage-empty-laptop');

  // An agent that uses a model through the gateway: the scripted one, given what a real one is given.
  await api.call(endpoints.setSecret, {
    params: { org, name: 'ANTHROPIC_API_KEY' },
    body: { value: 'sk-fake' },
  });
  const agent = await api.call(endpoints.addAgent, {
    params: { org },
    body: {
      ...{ name: 'Scripted with a model', command: process.execPath, args: [BRIDGE, 'scripted-agent'] },
      secrets: ['ANTHROPIC_API_KEY'],
    },
  });
  const session = newId('session');
  const ended = async () => (await logOf(api, session)).filter(({ type }) => type === 'turn_ended').length;
  await api.call(endpoints.createSession, {
    params: { workspace: desk.workspace },
    body: {
      ...{ id: session, agent: agent.id, title: 'Make refunds idempotent' },
      prompt: { id: newId('prompt'), text: `say I begin\n${ASK_MODEL}\ncost 0.42` },
    },
  });
  await expect.poll(ended, { timeout: 30_000 }).toBe(1);
  await api.call(endpoints.sendPrompt, {
    params: { session },
    body: { id: newId('prompt'), text: 'say And again' },
  });
  await expect.poll(ended).toBe(2);

  await laptop.page.reload();
  const figures = laptop.page.getByRole('definition');
  await expect(figures.nth(0)).toHaveText(/^\d[\d.]* (ms|s|min)/);
  await expect(figures.nth(2)).toHaveText('50%1 of 2');
  const parts = laptop.page.getByRole('table', { name: 'What the time goes to' });
  for (const part of ['Machine', 'Agent', 'Model'])
    await expect(parts.getByRole('row', { name: part })).toContainText(/\d (ms|s|min)/);
  const people = laptop.page.getByRole('table', { name: 'By person' });
  const hers = people.getByRole('row', { name: OWNER.name });
  await expect(hers.getByRole('cell')).toHaveText(['1', '12,400', '830', '$0.42']);
  await expect(hers).toContainText(FAKE_USE.model);
  const sessions = laptop.page.getByRole('table', { name: 'By session' });
  await expect(sessions.getByRole('row', { name: 'Make refunds idempotent' })).toContainText('$0.42');
  await picture(laptop.page, 'usage-laptop');

  // Without the server it says so, and what is asked for again comes when it is back.
  await laptop.context.setOffline(true);
  await laptop.page.getByText('7 days').click();
  await expect(laptop.page.getByText('it cannot be reached')).toBeVisible();
  await picture(laptop.page, 'usage-offline-laptop');
  await laptop.context.setOffline(false);
  await laptop.page.getByRole('button', { name: 'Try again' }).click();
  await expect(people).toBeVisible();
  await sessions.getByRole('link', { name: 'Make refunds idempotent' }).click();
  await expect(laptop.page).toHaveURL(new RegExp(`/s/${session}$`));

  const phone = await open({ person: OWNER, kind: 'iphone', path: '/settings/usage' });
  await expect(phone.page.getByRole('table', { name: 'By person' })).toContainText('$0.42');
  const overflow = await phone.page.evaluate(() => {
    const within = document.documentElement.clientWidth;
    return [...document.querySelectorAll('main *, table *')]
      .filter((each) => each.getBoundingClientRect().right > within + 1)
      .map((each) => each.outerHTML.slice(0, 120));
  });
  expect(overflow, 'nothing is beside the screen').toEqual([]);
  await picture(phone.page, 'usage-phone');
  await phone.page.getByRole('table', { name: 'By session' }).scrollIntoViewIfNeeded();
  await picture(phone.page, 'usage-phone-2');

  const bo = await open({ person: await joinAs(owner, 'Bo Example'), path: '/settings/usage' });
  await expect(bo.page.getByRole('table', { name: 'By person' })).toContainText(OWNER.name);
  await expect(bo.page.getByRole('heading', { name: 'Time to the first word' })).toBeHidden();
});
