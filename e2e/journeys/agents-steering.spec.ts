/** What people can do when an agent asks again, cannot start, or cannot be reached: nothing of it ends in a dead end. */
import { fileURLToPath } from 'node:url';
import { endpoints } from '@porthole/shared/http';
import { expect, type Kind, OWNER, picture, test } from '../fixtures.ts';
import type { Api } from '../lib/api.ts';
import { Conversation, logOf, promptId, sessionId } from '../lib/conversation.ts';
import { startSshd } from '../lib/sshd.ts';
import { addHost, makeWorkspace } from '../lib/world.ts';

const KINDS: readonly Kind[] = ['laptop', 'iphone'];
const BRIDGE = fileURLToPath(new URL('../../proxy/dist/bridge.mjs', import.meta.url));

const send = (api: Api, session: string, text: string) =>
  api.call(endpoints.sendPrompt, { params: { session }, body: { id: promptId(), text } });
const outcomes = async (api: Api, session: string) =>
  (await logOf(api, session)).flatMap((event) => (event.type === 'turn_ended' ? [event.outcome] : []));

const answeredBy = async (api: Api, session: string) =>
  (await logOf(api, session)).flatMap((event) => (event.type === 'permission_answered' ? [event.by] : []));

for (const kind of KINDS) {
  test(`[AG7] an answer for good holds for the very same, is seen with who gave it, and is taken back: ${kind}`, async ({
    desk,
    open,
    owner,
  }) => {
    const { page } = await open({ person: OWNER, kind, path: `/w/${desk.workspace}/s/new` });
    await page
      .getByRole('textbox', { name: 'Ask an agent' })
      .fill('ask deploy\nask deploy\nask drop the tables');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    const session = new Conversation(page);
    await expect(session.question).toContainText('May I deploy?');
    await session.answer('Always allow');
    await expect(session.question).toContainText('May I drop the tables?');
    await session.answer('Reject');
    await expect.poll(() => outcomes(owner.api, session.id)).toHaveLength(1);
    await session.ask('ask deploy');
    await expect
      .poll(() => answeredBy(owner.api, session.id))
      .toEqual([owner.me.user.id, null, owner.me.user.id, null]);

    const details = page.getByRole('complementary', { name: 'Details' });
    if (kind === 'iphone') await page.getByRole('button', { name: 'Details and actions' }).tap();
    await expect(details).toContainText('Remembered answers');
    await expect(details).toContainText('Ana Example: Always allow');
    await picture(page, `agents-rules-${kind}`);
    await details.getByRole('button', { name: 'Remove: May I deploy?' }).click();
    await expect(details).not.toContainText('Remembered answers');
    if (kind === 'iphone') await page.goBack();
    await expect(session.timeline).toContainText('removed by Ana Example');
    await session.ask('ask deploy');
    await expect(session.question).toContainText('May I deploy?');
    await picture(page, `agents-rules-after-${kind}`);
  });

  test(`[AG5] a key is asked for, and then what failed for it goes first, and what waited follows: ${kind}`, async ({
    desk,
    open,
    owner,
  }) => {
    const { api, org } = owner;
    const { id: agent } = await api.call(endpoints.addAgent, {
      params: { org },
      body: {
        name: 'Ours',
        command: process.execPath,
        args: [BRIDGE, 'scripted-agent'],
        secrets: ['OUR_TOKEN'],
      },
    });
    const session = sessionId();
    const params = { workspace: desk.workspace };
    const first = { id: promptId(), text: 'say first' };
    await api.call(endpoints.createSession, { params, body: { id: session, agent, prompt: first } });
    await send(api, session, 'say second');
    await expect.poll(() => outcomes(api, session)).toEqual(['failed']);

    const { page } = await open({ person: OWNER, kind, path: `/w/${desk.workspace}/s/${session}` });
    const talk = new Conversation(page);
    const notice = page.getByRole('region', { name: 'OUR_TOKEN is not set' });
    await expect(notice).toContainText('The agent is given it on the machine');
    await expect(talk.queue).toContainText('1 prompt waits');
    await expect(talk.queue).toContainText('since the last turn failed');
    await expect(talk.queue.getByRole('button', { name: 'Go on' })).toBeInViewport({ ratio: 1 });
    await picture(page, `agents-key-${kind}`);

    await notice.getByLabel('OUR_TOKEN').fill('a token');
    await notice.getByRole('button', { name: 'Save and go on' }).click();
    await expect(notice).toBeHidden();
    await expect.poll(() => outcomes(api, session)).toEqual(['failed', 'done', 'done']);
    await expect(talk.queue).toBeHidden();
    const said = (await logOf(api, session)).flatMap((event) => (event.type === 'text' ? [event.text] : []));
    expect(said).toEqual(['first', 'second']);
  });
}

test('[AG5] a prompt whose machine is not reached can be stopped, and what waits after a failure goes on, from laptop and phone', async ({
  open,
  owner,
}) => {
  test.setTimeout(120_000);
  const sshd = await startSshd();
  const hostId = await addHost(owner, sshd);
  const workspace = await makeWorkspace(owner, { provider: 'ssh', hostId });
  await sshd.stop();
  const { page } = await open({ person: OWNER, path: `/w/${workspace.id}/s/new` });
  await page.getByRole('textbox', { name: 'Ask an agent' }).fill('say first');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const session = new Conversation(page);
  await session.ask('say second');
  await session.ask('say third');
  const phone = await open({ person: OWNER, kind: 'iphone', path: new URL(page.url()).pathname });
  const carried = new Conversation(phone.page);
  for (const [kind, { queue }] of [['laptop', session] as const, ['iphone', carried] as const]) {
    await expect(queue).toContainText('3 prompts wait');
    await picture(kind === 'laptop' ? page : phone.page, `agents-starting-${kind}`);
  }
  await phone.page.locator('form').getByRole('button', { name: 'Stop', exact: true }).click();
  for (const { queue, timeline } of [session, carried]) {
    await expect(queue).toContainText('2 prompts wait');
    await expect(timeline).toContainText('Stopped here.');
  }
  expect(await outcomes(owner.api, session.id)).toEqual(['stopped']);

  // Nobody answers for so long that the next one fails; then the queue waits for a person.
  const failed = 'since the last turn failed';
  for (const [kind, { queue }] of [['laptop', session] as const, ['iphone', carried] as const]) {
    await expect(queue).toContainText(failed, { timeout: 60_000 });
    await picture(kind === 'laptop' ? page : phone.page, `agents-paused-${kind}`);
  }
  await session.queue.getByRole('button', { name: 'Go on' }).click();
  for (const each of [page, phone.page]) {
    await expect(each.getByText(failed)).toHaveCount(0);
    await expect(each.locator('form').getByRole('button', { name: 'Stop', exact: true })).toBeVisible();
  }
});
