/** What one does with a timeline beside reading it, on both sizes: copy, link, retry, find what is new, see who types. */
import { expect, joinAs, OWNER, picture, test } from '../fixtures.ts';
import { Conversation, logOf } from '../lib/conversation.ts';

for (const kind of ['laptop', 'iphone'] as const) {
  test(`a text is copied, a link leads to its event, and a failed prompt is sent again: ${kind}`, async ({
    desk,
    open,
    owner,
  }) => {
    const { page, context } = await open({ person: OWNER, kind, path: `/w/${desk.workspace}/s/new` });
    await page.getByRole('textbox', { name: 'Ask an agent' }).fill('say the very first');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    const session = new Conversation(page);
    const row = (text: string) => session.timeline.locator('article[data-kind=text]', { hasText: text });
    await expect(row('the very first')).toBeVisible();
    for (let more = 2; more <= 8; more += 1) await session.ask(`say number ${more}`);
    await session.ask('fail not today');
    await expect(session.timeline.getByText('This turn failed')).toBeVisible();
    await expect(session.timeline.getByText('not today', { exact: true })).toBeVisible();
    await picture(page, `agents-failed-${kind}`);

    // Again, and what is asked again says so in the log.
    await session.timeline.getByRole('button', { name: 'Retry' }).click();
    const prompts = async () =>
      (await logOf(owner.api, session.id)).flatMap((event) =>
        event.type === 'prompt_queued'
          ? [{ prompt: event.prompt, text: event.text, retryOf: event.retryOf }]
          : [],
      );
    await expect.poll(async () => (await prompts()).length).toBe(10);
    const [failed, again] = (await prompts()).slice(-2);
    expect(again).toMatchObject({ text: 'fail not today', retryOf: failed?.prompt });
    await expect(session.timeline.getByText('This turn failed')).toHaveCount(2);

    // The tools of a row come with the pointer, or with a touch.
    await session.timeline.focus();
    await page.keyboard.press('Home');
    const first = row('the very first');
    await first.click();
    await first.getByRole('button', { name: 'Copy text' }).click();
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(clipboard).toBe('the very first');
    await first.getByRole('button', { name: 'Copy a link to this' }).click();
    await expect.poll(clipboard).toMatch(/\/s\/ses_[0-9a-z]{20}#\d+$/);
    const link = await clipboard();

    const other = await context.newPage();
    await other.goto(link);
    const there = other.locator('article.tl-marked');
    await expect(there).toContainText('the very first');
    await expect(there).toBeInViewport();
    await other.getByRole('button', { name: 'Jump to latest' }).click();
    await expect(other.getByText('This turn failed').last()).toBeInViewport();
    await expect(other.getByRole('button', { name: 'Jump to latest' })).toHaveCount(0);
  });

  test(`[PR1] who comes back finds what is new; each sees the other there, and typing; a turn says how long it takes: ${kind}`, async ({
    desk,
    open,
    owner,
  }) => {
    const bo = await joinAs(owner, 'Bo Example');
    const laptop = await open({ person: OWNER, path: `/w/${desk.workspace}/s/new` });
    await laptop.page.getByRole('textbox', { name: 'Ask an agent' }).fill('say read by both');
    await laptop.page.getByRole('button', { name: 'Send', exact: true }).click();
    const ana = new Conversation(laptop.page);
    await expect(ana.timeline.getByText('read by both', { exact: true })).toBeVisible();
    const path = new URL(laptop.page.url()).pathname;
    const { page, url } = await open({ person: bo, kind, path });
    const his = new Conversation(page);
    await expect(his.timeline.getByText('read by both', { exact: true })).toBeVisible();

    // Each where the other is.
    const details = laptop.page.getByRole('complementary', { name: 'Details' });
    await expect(details).toContainText(
      `Bo Example${kind === 'laptop' ? 'laptop' : 'phone'} · say read by both`,
    );
    await ana.composer.pressSequentially('I think');
    await expect(page.getByText('Ana Example is typing').first()).toBeAttached();
    await his.composer.pressSequentially('me too');
    await expect(laptop.page.getByText('Bo Example is typing').first()).toBeAttached();

    // Bo leaves; what comes meanwhile is marked when he is back, and he is there where it begins.
    await page.goto(`${url}/settings`);
    await ana.ask(`say ${'while Bo was away '.repeat(150)}`);
    await expect(ana.timeline.getByText(/^while Bo was away/)).toBeVisible();
    await page.goto(url + path);
    await expect(his.timeline.getByText(/^while Bo was away/)).toBeVisible();
    const marker = his.timeline.locator('article[data-kind=unread]');
    await expect(
      marker.or(page.getByRole('button', { name: 'New since you were here' })).first(),
    ).toBeVisible();
    const way = page.getByRole('button', { name: 'New since you were here' });
    if (await way.isVisible()) await way.click();
    await expect(marker).toBeInViewport();
    await expect(way).toHaveCount(0);
    await picture(page, `agents-unread-${kind}`);

    await ana.ask('wait 60000');
    const prompt = ana.timeline.locator('article[data-kind=prompt]').last();
    const seconds = async () => Number(/(\d+) s/.exec((await prompt.textContent()) ?? '')?.[1] ?? -1);
    await expect.poll(seconds).toBeGreaterThanOrEqual(0);
    const before = await seconds();
    await expect.poll(seconds).toBeGreaterThan(before);
    await laptop.page.locator('form').getByRole('button', { name: 'Stop' }).click();
    await expect(ana.timeline.getByText('Stopped').first()).toBeVisible();
  });
}
