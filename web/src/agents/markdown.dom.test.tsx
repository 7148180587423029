// What the sanitizer does is proven in a real browser (e2e/journeys/timeline.spec.ts): happy-dom walks a tree that
// changes on the way differently, and it misses nodes there. Here: what markdown-it lets through, and growing text.
import { createSignal } from 'solid-js';
import { render } from 'solid-js/web';
import { afterEach, expect, it, vi } from 'vitest';
import { Markdown } from './markdown.tsx';
import { blocksOf, MAX_BLOCK_CHARS, renderBlock } from './markdown-blocks.ts';

/** Of this process, in ms: what else the machine does must not count. */
const worked = () => process.cpuUsage().user / 1_000;

let dispose = () => {};
afterEach(() => {
  dispose();
  document.body.replaceChildren();
});

function show(text: string, live = false) {
  const [now, set] = createSignal(text);
  dispose = render(() => <Markdown text={now()} live={live} />, document.body);
  return { root: document.querySelector<HTMLElement>('.md')!, set };
}

/** A text that is rendered whole: on a busy machine that takes more than one slice. */
async function showAll(text: string) {
  const shown = show(text);
  const { blocks } = blocksOf(text);
  await vi.waitFor(() => expect(shown.root.children).toHaveLength(blocks.length));
  return shown;
}

const HOSTILE = [
  '<script>window.ran = 1</script>',
  '<img src=x onerror="window.ran = 1">',
  '<svg onload="window.ran = 1"><a xlink:href="javascript:window.ran=1">x</a></svg>',
  '<style>body{display:none}</style>',
  '<iframe srcdoc="<script>parent.ran=1</script>"></iframe>',
  '[a](javascript:window.ran=1)',
  '[a](JaVaScRiPt&colon;window.ran=1)',
  '[a](data:text/html,<script>1</script>)',
  '[a](vbscript:x "title")',
  '[a]: javascript:window.ran=1\n\n[a]',
  '<javascript:window.ran=1>',
  '![x](https://evil.example/pixel.png)',
  '![x](javascript:window.ran=1)',
  '![x" onerror="window.ran=1](x)',
  '```x" onload="window.ran=1\ncode\n```',
  '`<b onclick=1>`',
  '| <script>1</script> |\n|---|\n| <img src=x onerror=1> |',
  '# <a href="javascript:1" style="position:fixed;inset:0">x</a>',
];

it('[SE5] runs nothing and fetches nothing, whatever the text says', async () => {
  const { root } = await showAll(HOSTILE.join('\n\n'));
  expect(
    root.querySelectorAll('script, style, img, svg, iframe, object, form, input, link, meta'),
  ).toHaveLength(0);
  for (const element of root.querySelectorAll('*'))
    for (const { name } of element.attributes)
      expect([
        'href',
        'title',
        'target',
        'rel',
        'class',
        'type',
        'tabindex',
        'data-lang',
        'data-image',
      ]).toContain(name);
  for (const link of root.querySelectorAll('a')) {
    expect(link.href).toMatch(/^https?:\/\//);
    expect([link.target, link.rel]).toEqual(['_blank', 'noopener noreferrer']);
  }
  expect(root.textContent).toContain('<script>window.ran = 1</script>');
  expect((window as { ran?: number }).ran).toBeUndefined();
});

it('[SE5] links to http and https alone; a picture is a link like another', async () => {
  const { root } = await showAll(
    'See https://example.com/a and mailto:x@example.com, ftp://example.com, //example.com, example.com, x@example.com, [here](src/a.ts#L1), ![pic](https://example.com/p.png)',
  );
  expect([...root.querySelectorAll('a')].map(({ textContent, href }) => [textContent, href])).toEqual([
    ['https://example.com/a', 'https://example.com/a'],
    ['pic', 'https://example.com/p.png'],
  ]);
  expect(root.textContent).toContain('here');
});

it('[SE5] shows bidi overrides and control characters instead of obeying them', async () => {
  const { root } = await showAll('a \u202egnp.exe\u2066 \u0007 `b\u202e`\n\n```\nc\u202e\n```');
  expect(root.textContent).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0007]/);
  expect(root.textContent?.match(/\[U\+202E\]/g)).toHaveLength(3);
});

it('renders tables, task lists, struck text and code with its language', async () => {
  const { root } = await showAll(
    '| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n~~no~~\n\n```ts\nlet a;\n```',
  );
  expect(root.querySelectorAll('th, td')).toHaveLength(4);
  expect(root.querySelector('s')?.textContent).toBe('no');
  expect(renderBlock({ source: '- [x] a\n- [ ] b', plain: false }, {})).toMatch(
    /<li data-task="done">a<.*<li data-task="open">b</s,
  );
  expect(renderBlock({ source: '```ts\nlet a;\n```', plain: false }, {})).toContain(
    '<pre data-lang="ts"><code>',
  );
});

it('[AG3] renders of a growing text the last block alone, and ends as if it had come whole', async () => {
  const whole =
    '# Title\n\nOne **two**.\n\n- a\n- b\n\n```ts\nlet a = 1;\n\nlet b;\n```\n\n| a |\n|---|\n| 1 |\n\nEnd.';
  const { root, set } = show('', true);
  let title: Element | null = null;
  for (let end = 1; end <= whole.length; end += 7) {
    set(whole.slice(0, end));
    await vi.waitFor(() => expect(root.textContent).toContain(lastWord(whole.slice(0, end))));
    if (end > 20) {
      title ??= root.querySelector('h1');
      expect(root.querySelector('h1')).toBe(title);
    }
  }
  set(whole);
  await vi.waitFor(() => expect(root.textContent).toContain('End.'));
  const grown = root.innerHTML;
  dispose();
  document.body.replaceChildren();
  expect(grown).toBe((await showAll(whole)).root.innerHTML);
});

const lastWord = (text: string) => /(\w+)\W*$/.exec(text)?.[1]?.slice(0, 1) ?? '';

it('cuts text into the same blocks, however it grew', () => {
  const text =
    '\n\nfirst\nline\n\n1. a\n\n   b\n2. c\n\n> q\nlazy\n\n    code\n\n***\n[r]: https://example.com\n\nsee [r]\n===\nx';
  const whole = blocksOf(text);
  let grown = blocksOf('');
  for (let end = 1; end <= text.length; end += 1) grown = blocksOf(text.slice(0, end), grown);
  expect(grown.blocks).toEqual(whole.blocks);
  expect(whole.blocks.map(({ source }) => source).join('')).toBe(text);
});

it('[SE7] is done with 512 KB of hostile text in no time', { timeout: 60_000 }, () => {
  const half = 524_288;
  const bombs = [
    '[',
    '![',
    '*a **b ',
    '`',
    '> ',
    '<',
    '&#',
    '[a](',
    '- ',
    '|',
    '\\',
    '_a',
    'https://a.',
    '](',
    '~~',
    '# ',
    '\n\n',
    'a',
  ];
  for (const bomb of bombs) {
    const began = worked();
    const { root } = show(bomb.repeat(half / bomb.length));
    // What is shown in the first frame; the rest comes in slices.
    expect(worked() - began, bomb).toBeLessThan(2_000);
    expect(root.childNodes.length).toBeGreaterThan(0);
    // The largest block that is rendered as markdown at all.
    const before = worked();
    renderBlock({ source: bomb.repeat(MAX_BLOCK_CHARS / bomb.length), plain: false }, {});
    expect(worked() - before, `one block of ${bomb}`).toBeLessThan(600);
    dispose();
    document.body.replaceChildren();
  }
});
