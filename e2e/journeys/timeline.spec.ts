/** The timeline by itself, in a real browser and under the app's policy: it keeps its place, and nothing in it runs. */
import { expect, type Page, test } from '@playwright/test';
import type { SessionEventBody } from '@porthole/shared/agent-events';
import { startTimelinePage, type TimelinePage } from '../lib/timeline-page.ts';

test.use({ contextOptions: { reducedMotion: 'no-preference' } });

interface Api {
  open: (options: {
    turns: number;
    newest?: number;
    lastRead?: number;
    focusSeq?: number;
    answers?: boolean;
  }) => Promise<{ entries: number }>;
  prepare: (options: { turns: number }) => number;
  first: () => number;
  isWhole: () => boolean;
  add: (...bodies: SessionEventBody[]) => void;
  older: () => void;
  grow: (text: string | null) => void;
  focus: (seq: number) => void;
  send: () => void;
  clean: (html: string) => string;
  calls: string[];
}

let site: TimelinePage;
test.beforeAll(async () => {
  site = await startTimelinePage();
});
test.afterAll(() => site.dispose());

function call<K extends keyof Api>(
  page: Page,
  name: K,
  ...given: Api[K] extends (...args: infer A) => unknown ? A : never[]
) {
  return page.evaluate(
    async ([name, given]) => {
      const { timeline } = window as unknown as { timeline: Record<string, (...args: unknown[]) => unknown> };
      const answer = await timeline[name]!(...given);
      // Two frames: what has changed is measured and painted.
      for (let frame = 0; frame < 4; frame += 1) await new Promise((done) => requestAnimationFrame(done));
      return answer;
    },
    [name, given] as [string, unknown[]],
  );
}

const feed = (page: Page) => page.getByRole('feed', { name: 'Timeline' });

/** How far from the end, and where the first row that is wholly in sight stands. */
const place = (page: Page) =>
  feed(page).evaluate(async (element) => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise((done) => requestAnimationFrame(done));
    const top = element.getBoundingClientRect().top;
    const rows = [...element.querySelectorAll<HTMLElement>('[data-row]')];
    const row = rows.find((each) => each.getBoundingClientRect().bottom > top + 100)!;
    return {
      fromEnd: Math.round(element.scrollHeight - element.clientHeight - element.scrollTop),
      row: row.dataset.row,
      y: Math.round(row.getBoundingClientRect().top),
    };
  });

const text = (item: string, words: string, turn = 'prm_59'): SessionEventBody => ({
  ...{ type: 'text', turn, item, kind: 'message', text: words },
});

test('stays at the end while it is there, and keeps its place otherwise, whatever comes above or below', async ({
  page,
}) => {
  await page.goto(site.url);
  await call(page, 'open', { turns: 60, newest: 500 });
  expect((await place(page)).fromEnd).toBe(0);
  await call(page, 'add', text('a', 'arrived'));
  await expect(page.getByText('arrived')).toBeInViewport();
  for (let lines = 1; lines < 40; lines += 6) {
    await call(page, 'grow', 'a line that grows\n\n'.repeat(lines));
    expect((await place(page)).fromEnd).toBe(0);
  }
  await call(page, 'grow', null);
  // Less room, as when a keyboard comes up: still the end.
  await page.setViewportSize({ width: 1280, height: 400 });
  await expect.poll(async () => (await place(page)).fromEnd).toBe(0);
  await page.setViewportSize({ width: 1280, height: 720 });
  await expect.poll(async () => (await place(page)).fromEnd).toBe(0);

  await feed(page).hover();
  await page.mouse.wheel(0, -1_500);
  await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  const before = await place(page);
  await call(page, 'add', text('b', 'one'), text('c', 'two\n\n'.repeat(30)), text('d', 'three'));
  expect(await place(page)).toMatchObject({ row: before.row, y: before.y });
  await expect(page.getByRole('button', { name: '3 new' })).toBeVisible();
  await call(page, 'older');
  expect(await place(page)).toMatchObject({ row: before.row, y: before.y });

  // At the very beginning as well, where older ones are asked for.
  await feed(page).evaluate((element) => element.scrollTo(0, 0));
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { timeline: Api }).timeline.calls))
    .toContain('older');
  const first = await place(page);
  await call(page, 'older');
  expect(await place(page)).toMatchObject({ row: first.row, y: first.y });

  await page.getByRole('button', { name: '3 new' }).click();
  await expect.poll(async () => (await place(page)).fromEnd).toBe(0);
  await expect(page.getByRole('button', { name: /new|latest/ })).toHaveCount(0);
});

test('goes from row to row by keys, unfolds with Enter, and follows a link to an event', async ({ page }) => {
  await page.goto(site.url);
  await call(page, 'open', { turns: 60 });
  await feed(page).focus();
  await page.keyboard.press('End');
  const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset.row ?? '');
  await expect.poll(focused).toBe('prm_59 text 3');
  await page.keyboard.press('k');
  await expect.poll(focused).toBe('work prm_59 thought 3');
  const fold = page.locator('[data-row="work prm_59 thought 3"] [data-toggle]').first();
  await page.keyboard.press('Enter');
  await expect(fold).toHaveAttribute('aria-expanded', 'true');
  // Further than is in the document.
  for (let presses = 0; presses < 40; presses += 1) await page.keyboard.press('ArrowUp');
  await expect.poll(focused).toBe('prm_55 text 1');
  await call(page, 'focus', 300);
  await expect(page.locator('.tl-marked')).toBeInViewport();
  // Opened by the link itself.
  await page.goto(site.url);
  await call(page, 'open', { turns: 60, focusSeq: 300 });
  await expect(page.locator('.tl-marked')).toBeInViewport();
  await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
});

test('who sends a prompt sees it, wherever they had scrolled to', async ({ page }) => {
  await page.goto(site.url);
  await call(page, 'open', { turns: 60 });
  await feed(page).focus();
  await page.keyboard.press('Home');
  await expect(page.getByText('Step 0:')).toBeInViewport();
  await call(page, 'send');
  await expect.poll(async () => (await place(page)).fromEnd).toBe(0);
  await call(page, 'add', text('asked', 'what was asked'));
  await expect(page.getByText('what was asked')).toBeInViewport();
});

test('rests once it stands, also where all of it fits on the screen', async ({ page }) => {
  await page.addInitScript(() => {
    const counted = { frames: 0 };
    const ask = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (then) => {
      counted.frames += 1;
      return ask(then);
    };
    Object.assign(window, { counted, ask });
  });
  await page.setViewportSize({ width: 1_000, height: 2_200 });
  await page.goto(site.url);
  await call(page, 'open', { turns: 1 });
  for (const words of ['one more', 'another']) {
    await call(page, 'add', text(words, words));
    await expect(page.getByText(words)).toBeInViewport();
    const asked = await page.evaluate(async () => {
      const { counted, ask } = window as unknown as {
        counted: { frames: number };
        ask: typeof requestAnimationFrame;
      };
      const before = counted.frames;
      for (let frame = 0; frame < 20; frame += 1) await new Promise((done) => ask(done));
      return counted.frames - before;
    });
    expect(asked, 'nothing is looked for in frame after frame').toBeLessThan(5);
  }
  expect(await feed(page).evaluate((element) => element.scrollTop)).toBe(0);
});

test('copies a block of code, the text of a row and a link to it', async ({ context, page }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(site.url);
  await call(page, 'open', { turns: 1 });
  const words = 'Do this:\n\n```sh\npnpm test\n```\n\n';
  await call(page, 'add', text('code', words, 'prm_0'));
  const row = feed(page).locator('[data-row="prm_0 code"]');
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await row.getByRole('button', { name: 'Copy', exact: true }).press('Enter');
  await expect.poll(clipboard).toBe('pnpm test');
  await row.hover();
  await row.getByRole('button', { name: 'Copy text' }).click();
  await expect.poll(clipboard).toBe(words);
  await row.getByRole('button', { name: 'Copy a link to this' }).click();
  const calls = () => page.evaluate(() => (window as unknown as { timeline: Api }).timeline.calls);
  await expect.poll(calls).toContainEqual(expect.stringMatching(/^link \d+$/));
});

test('[AG7] answers a question of the agent, and says who did', async ({ page }) => {
  await page.goto(site.url);
  await call(page, 'open', { turns: 2 });
  await call(page, 'add', { type: 'turn_started', turn: 'prm_2' });
  const push: SessionEventBody = {
    ...{ type: 'tool', turn: 'prm_2', call: 'c', title: 'git push', kind: 'execute', status: 'pending' },
    content: [{ kind: 'text', text: 'to be pushed' }],
  };
  const asked: SessionEventBody = {
    ...{ type: 'permission_asked', turn: 'prm_2', request: 'q', call: 'c' },
    ...{ title: 'git push', kind: 'execute' },
    options: [
      { id: 'yes', name: 'Allow once', kind: 'allow_once' },
      { id: 'no', name: 'Deny', kind: 'reject_once' },
    ],
  };
  await call(page, 'add', push, asked);
  // Once in the timeline, with what it is about unfolded, and once where it is answered.
  await expect(feed(page).getByText('git push', { exact: true })).toHaveCount(1);
  await expect(feed(page)).toContainText('waits for an answer');
  await expect(feed(page).getByText('to be pushed')).toBeVisible();
  await page
    .getByRole('region', { name: 'The agent waits for an answer' })
    .getByRole('button', { name: 'Deny' })
    .click();
  expect(await page.evaluate(() => (window as unknown as { timeline: Api }).timeline.calls)).toContain(
    'answer q no',
  );
  await call(page, 'add', {
    type: 'permission_answered',
    request: 'q',
    option: 'no',
    by: 'usr_bo',
    remembered: false,
  });
  await expect(page.getByText('Bo Chen: Deny')).toBeVisible();
  await expect(feed(page)).not.toContainText('waits for an answer');
  await expect(page.getByRole('button', { name: 'Deny' })).toHaveCount(0);
});

/** Of events a turn has 27. */
const LONG_TURNS = 3_704;

test('[AG2] pages back through 100,000 events to the first, in order, and costs no more for each page the further it goes', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await page.goto(site.url);
  expect(await call(page, 'prepare', { turns: LONG_TURNS })).toBeGreaterThan(100_000);
  await call(page, 'open', { turns: LONG_TURNS, newest: 1_000, answers: true });
  const work = await watchWork(page);
  const drawn = () => feed(page).locator('[data-row]').count();

  // By hand, page after page: what was in sight stays there while older ones come before it.
  await feed(page).hover();
  await page.mouse.wheel(0, -3_000);
  for (let pages = 0; pages < 12; pages += 1) {
    const first = Number(await call(page, 'first'));
    await feed(page).evaluate((element) => element.scrollTo(0, 300));
    await expect.poll(() => call(page, 'first')).toBeLessThan(first);
    const before = await place(page);
    await call(page, 'older');
    expect(await place(page)).toMatchObject({ row: before.row, y: before.y });
  }

  // At once.
  await feed(page).focus();
  await page.keyboard.press('Home');
  await expect(page.getByText('Step 0:')).toBeInViewport({ timeout: 60_000 });
  await expect(page.getByText('Beginning of the session')).toBeInViewport();
  await expect(page.getByRole('button', { name: 'To the beginning' })).toHaveCount(0);
  expect(await call(page, 'first')).toBe(1);
  expect(await call(page, 'isWhole')).toBe(true);

  // And down again, beyond what has rows at first: nothing is left out, and nothing leaps.
  const steps = new Set<number>();
  for (let rounds = 0; rounds < 6; rounds += 1) {
    await feed(page).evaluate((element) => element.scrollTo(0, element.scrollHeight - 3_000));
    const before = await place(page);
    await page.mouse.wheel(0, 1_200);
    await expect.poll(async () => (await place(page)).row).not.toBe(before.row);
    for (const words of await feed(page)
      .getByText(/^Step \d+:/)
      .allTextContents())
      steps.add(Number(/\d+/.exec(words)?.[0]));
  }
  expect(Math.max(...steps)).toBeGreaterThan(500);
  await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  await call(page, 'add', text('last', 'arrived at the end', `prm_${LONG_TURNS - 1}`));
  await expect(page.getByText('arrived at the end')).toHaveCount(0);
  await page.getByRole('button', { name: '1 new' }).click();
  await expect(page.getByText('arrived at the end')).toBeInViewport();
  expect((await place(page)).fromEnd).toBe(0);
  await call(page, 'focus', 14);
  await expect(page.locator('.tl-marked')).toBeInViewport();

  expect(await drawn()).toBeLessThan(200);
  const seconds = await work();
  const heap = await heapOf(page);
  console.log(`100,000 events: ${seconds.toFixed(1)} s of work; ${heap} MB`);
  // Some 6. Folded and laid out anew with each page it was over 20, and 340 MB.
  expect(seconds, 's that the page worked').toBeLessThan(12);
  expect(heap, 'MB, with the whole log').toBeLessThan(200);
});

test('on the way to the beginning one may stay', async ({ page }) => {
  await page.goto(site.url);
  await call(page, 'open', { turns: 60, newest: 500 });
  const before = await place(page);
  await feed(page).focus();
  await page.keyboard.press('Home');
  const way = page.getByRole('button', { name: /^To the beginning: [\d,]+ events/ });
  await expect(way).toBeVisible();
  await way.click();
  await expect(way).toHaveCount(0);
  await call(page, 'older');
  expect(await place(page)).toMatchObject({ row: before.row, fromEnd: 0 });
});

/** Milliseconds of tasks longer than 50 from here on: their sum, and the longest. */
async function watchTasks(page: Page): Promise<() => Promise<{ sum: number; longest: number }>> {
  await page.evaluate(() => {
    const state = { longest: 0, sum: 0 };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        state.longest = Math.max(state.longest, duration);
        state.sum += duration;
      }
    }).observe({ type: 'longtask' });
    Object.assign(window, { tasks: state });
  });
  return () => page.evaluate(() => (window as unknown as { tasks: { sum: number; longest: number } }).tasks);
}

/** Seconds of processor time that the page's thread has worked from here on: on a busy machine it waits, but works no more. */
async function watchWork(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  };
  const before = await worked();
  return async () => (await worked()) - before;
}

/** MB that are in use, after the garbage has gone. */
async function heapOf(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('Performance.enable');
  const { metrics } = await devtools.send('Performance.getMetrics');
  return Math.round((metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 1e6);
}

const HOSTILE = [
  '<script>window.ran = 1</script>',
  '<img src=x onerror="window.ran = 1">',
  '<img src="https://evil.example/pixel.png">',
  '<svg onload="window.ran = 1"><a xlink:href="javascript:window.ran=1"><text>x</text></a></svg>',
  '<style>body{display:none}</style>',
  '<iframe srcdoc="<script>parent.ran=1</script>"></iframe>',
  '<a href="javascript:window.ran=1" style="position:fixed;inset:0" class="tl-pill" id="root">x</a>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.ran=1&gt;">',
  '<form action="https://evil.example"><input autofocus onfocus="window.ran=1"></form>',
  '<template><script>window.ran=1</script></template>',
];
const MARKDOWN = [
  '[link](javascript:window.ran=1)',
  '[link](data:text/html,<script>window.ran=1</script>)',
  '![pixel](https://evil.example/pixel.png)',
  '```ts" onload="window.ran=1\ncode\n```',
  '[good](https://example.com/x)',
];
const OUTPUT =
  '\u001b]0;title\u0007\u001b]52;c;ZXZpbA==\u0007\u001b]8;;javascript:window.ran=1\u001b\\x\u001b[31mred\u001b[0m';

test('[SE5] runs nothing, fetches nothing and obeys nothing of what an agent or a machine says', async ({
  page,
}) => {
  const elsewhere: string[] = [];
  const said: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(site.url) && /^https?:/.test(url)) elsewhere.push(url);
  });
  page.on('console', (message) => said.push(message.text()));
  page.on('dialog', () => said.push('dialog'));
  await page.goto(site.url);
  await call(page, 'open', { turns: 1 });
  const hostile = [...HOSTILE, ...MARKDOWN].join('\n\n');
  const turn = 'prm_0';
  await call(
    page,
    'add',
    {
      type: 'tool',
      turn,
      call: 'x',
      kind: 'execute',
      title: hostile,
      input: JSON.stringify({ command: hostile }),
      status: 'done',
      content: [
        { kind: 'text', text: hostile },
        { kind: 'terminal', output: `${hostile}\n${OUTPUT}`, exitCode: 1 },
        { kind: 'diff', path: HOSTILE[1]!, before: hostile, after: `${hostile}\nmore` },
        { kind: 'link', url: 'javascript:window.ran=1', title: hostile },
        { kind: 'image', mediaType: 'image/svg+xml', data: 'PHN2Zz4=' },
      ],
    },
    { type: 'text', turn, item: 'h', kind: 'message', text: hostile },
    { type: 'agent_failed', fault: { code: 'internal', message: hostile, details: hostile } },
  );
  await page.locator('[data-row="work prm_0 call x"] [data-toggle]').first().click();
  await expect(page.getByText('red', { exact: true })).toHaveClass('a-1');
  for (const link of await page.locator('.tl a').all()) {
    expect(await link.getAttribute('href')).toMatch(/^https?:\/\//);
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
  }
  await expect(page.getByRole('link', { name: 'good' })).toHaveAttribute('href', 'https://example.com/x');
  await expect(page.locator('.tl :is(script, style, iframe, form, img, object, template)')).toHaveCount(0);

  // Not even something that the policy had to forbid.
  expect(said).toEqual([]);

  // And had markdown-it let it through: the sanitizer by itself.
  const cleaned = await call(page, 'clean', HOSTILE.join(''));
  expect(cleaned).not.toMatch(
    /<(?:script|style|svg|img|iframe|form|input|math|template)|\son\w+=|style=|class=|id=|javascript:/i,
  );

  expect(await page.evaluate(() => (window as unknown as { ran?: number }).ran)).toBeUndefined();
  expect(elsewhere).toEqual([]);
  expect(await page.title()).toBe('Timeline');
});

test('[SE7] shows texts of 512 KB, on one line or on many, without holding the page up', async ({ page }) => {
  await page.goto(site.url);
  await call(page, 'open', { turns: 1 });
  const tasks = await watchTasks(page);
  const half = 524_288;
  const texts = ['x', 'word ', '**a ', '> ', '[a](', '# t\n\n', '- a\n', '| a ', '`'].map((each) =>
    each.repeat(half / each.length),
  );
  for (const [at, words] of texts.entries()) await call(page, 'add', text(`big ${at}`, words));
  await call(page, 'add', {
    type: 'tool',
    turn: 'prm_0',
    call: 'y',
    kind: 'execute',
    title: 'y',
    status: 'failed',
    content: [
      { kind: 'terminal', output: '\u001b[31mx'.repeat(half / 6), exitCode: 1 },
      { kind: 'diff', path: 'a.ts', before: 'a;\n'.repeat(30_000), after: 'b;\n'.repeat(30_000) },
    ],
  });
  await page.locator('[data-row="work prm_0 call y"] [data-toggle]').first().click();
  await expect(page.getByText('a.ts')).toBeVisible();
  // Generous, since other work shares the machine: without bounds it was 13 to 48 s.
  expect((await tasks()).longest).toBeLessThan(5_000);
});
