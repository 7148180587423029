/**
 * Markdown cut into its blocks, so that of a growing text only the last is rendered again. A block is closed once
 * another has begun after it: nothing that follows can change it, save for references defined later.
 */
import MarkdownItMaker, { type Env, type MarkdownIt, type Token } from 'markdown-it';

import { hasLongLine } from './timeline-wrap.tsx';
/** A longer block (one line of 512 KB, a table without end) is shown as plain text. UTF-16 units. */
export const MAX_BLOCK_CHARS = 32_768;
/** A longer text is cut in its middle and plain. Agents' texts are cut to half of it before they are stored. UTF-16 units. */
const MAX_TEXT_CHARS = 131_072;
const BEGINNING_CHARS = 65_536;
const END_CHARS = 16_384;
/** What has more blocks goes on as plain text. */
const MAX_BLOCKS = 2_000;
/** Quotes within quotes, lists within lists. */
const MAX_NESTING = 24;

export const markdown: MarkdownIt = new MarkdownItMaker({ html: false, linkify: true, breaks: false });
markdown.set({ maxNesting: MAX_NESTING });
// "example.com" and addresses of mail stay text: only what says http is a link.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
markdown.linkify.add('ftp:', null).add('//', null).add('mailto:', null);
markdown.validateLink = () => true;
markdown.core.ruler.after('inline', 'tasks', ({ tokens }) => tasks(tokens));
// Pictures from elsewhere would tell their host who reads: a link, as plain as the others.
markdown.renderer.rules.image = (tokens, at) => {
  const token = tokens[at]!;
  const text = markdown.utils.escapeHtml(token.content || 'image');
  return `<a href="${markdown.utils.escapeHtml(String(token.attrGet('src') ?? ''))}" data-image="">${text}</a>`;
};
markdown.renderer.rules.fence = (tokens, at) => code(tokens[at]!, tokens[at]!.info);
markdown.renderer.rules.code_block = (tokens, at) => code(tokens[at]!, '');

function code(token: Token, info: string): string {
  const { escapeHtml } = markdown.utils;
  const lang = /^[\w+#.-]{1,30}/.exec(info.trim())?.[0] ?? '';
  return `<pre data-lang="${escapeHtml(lang)}"><code>${escapeHtml(token.content)}</code></pre>\n`;
}

/** "[x] done" at the beginning of a list's item. */
function tasks(tokens: Token[]): void {
  for (let at = 2; at < tokens.length; at += 1) {
    if (tokens[at]!.type !== 'inline' || tokens[at - 2]!.type !== 'list_item_open') continue;
    const first = tokens[at]!.children?.[0];
    const box = first?.type === 'text' ? /^\[([ xX])\]\s+/.exec(first.content) : null;
    if (!first || !box) continue;
    first.content = first.content.slice(box[0].length);
    tokens[at - 2]!.attrSet('data-task', box[1] === ' ' ? 'open' : 'done');
  }
}

/** References that blocks before have defined. */
export type References = NonNullable<Env['references']>;

export interface Block {
  source: string;
  /** Too long, or plain text is all that was asked for. */
  plain: boolean;
}

export interface Blocks {
  text: string;
  blocks: readonly Block[];
  /** Where the last block begins in `text`. */
  open: number;
  references: References;
}

export const noBlocks = (): Blocks => ({ text: '', blocks: [], open: 0, references: {} });

/** The blocks of `text`; what `before` has closed is taken from there when `text` goes on from it. */
export function blocksOf(text: string, before: Blocks = noBlocks()): Blocks {
  if (before.text === text) return before;
  if (text.length > MAX_TEXT_CHARS) return tooLong(text);
  const grown = before.blocks.length > 0 && text.startsWith(before.text);
  const base = grown ? before : noBlocks();
  const closed = grown ? base.blocks.slice(0, -1) : [];
  const tail = text.slice(base.open);
  const starts = startsOf(tail, base.references);
  const most = Math.max(1, MAX_BLOCKS - closed.length);
  const blocks = starts
    .slice(0, most)
    .map((start, at) =>
      blockOf(
        tail.slice(start, at === most - 1 ? undefined : starts[at + 1]),
        starts.length > most && at === most - 1,
      ),
    );
  const open = base.open + (starts[Math.min(starts.length, most) - 1] ?? 0);
  return { text, blocks: [...closed, ...blocks], open, references: base.references };
}

function blockOf(source: string, plain: boolean): Block {
  return { source, plain: plain || source.length > MAX_BLOCK_CHARS || hasLongLine(source) };
}

function tooLong(text: string): Blocks {
  const left = text.length - BEGINNING_CHARS - END_CHARS;
  const source = `${text.slice(0, BEGINNING_CHARS)}\n\n[… ${left} characters are not shown …]\n\n${text.slice(-END_CHARS)}`;
  return { ...noBlocks(), text, blocks: [{ source, plain: true }] };
}

/** Where blocks begin in `text`, its first at 0. */
function startsOf(text: string, references: References): number[] {
  if (text.trim() === '') return text === '' ? [] : [0];
  const tokens: Token[] = [];
  markdown.block.parse(text, markdown, { references }, tokens);
  const lines = new Set<number>();
  for (const { level, nesting, map } of tokens) if (level === 0 && nesting >= 0 && map) lines.add(map[0]);
  // The first block takes what stands before it: empty lines, definitions of references.
  const first = lines.values().next().value ?? 0;
  const starts = [0];
  let line = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    line += 1;
    if (lines.has(line) && line > first) starts.push(at + 1);
  }
  return starts;
}

export function renderBlock({ source }: Block, references: References): string {
  return markdown.render(source, { references });
}
