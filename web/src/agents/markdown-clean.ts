/**
 * Markdown as elements, cleaned by DOMPurify (SE5): a short list of tags, no class, no style, no id, links to http(s)
 * alone and in a new tab, no picture. markdown-it makes no raw HTML of a text; this holds even if it did.
 */
import DOMPurify, { type Config } from 'dompurify';
import { type Block, type References, renderBlock } from './markdown-blocks.ts';
import { visible } from './timeline-text.ts';
import { wrapped } from './timeline-wrap.tsx';

const ALLOWED: Config = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', '#text'],
    ...['strong', 'em', 's', 'code', 'pre', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'title', 'start', 'data-lang', 'data-task', 'data-image'],
  // Their values are words of ours, not addresses.
  ADD_URI_SAFE_ATTR: ['data-lang', 'data-task', 'start'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^https?:\/\//i,
  RETURN_DOM_FRAGMENT: true,
};

/** Of its own, so that its rules hold for markdown alone. */
const purify = DOMPurify(window);

/** What was made lately: rows come back when one scrolls. Clones are handed out. */
const made = new Map<string, DocumentFragment>();
const MAX_MADE = 400;
const MAX_MADE_CHARS = 8_192;

/** Nothing but the tags and attributes above. */
export function clean(html: string): DocumentFragment {
  return purify.sanitize(html, ALLOWED) as unknown as DocumentFragment;
}

export function blockElements(block: Block, references: References): DocumentFragment {
  const source = visible(block.source);
  if (block.plain) return plainText(source);
  const hasReferences = Object.keys(references).length > 0;
  const known = hasReferences ? undefined : made.get(source);
  if (known) return known.cloneNode(true) as DocumentFragment;
  const elements = clean(renderBlock({ ...block, source }, references));
  for (const link of elements.querySelectorAll('a')) dressLink(link);
  for (const pre of elements.querySelectorAll('pre')) dressCode(pre);
  for (const item of elements.querySelectorAll('li[data-task]')) dressTask(item);
  for (const table of elements.querySelectorAll('table')) dressTable(table);
  if (!hasReferences && source.length <= MAX_MADE_CHARS) {
    if (made.size >= MAX_MADE) made.delete(made.keys().next().value as string);
    made.set(source, elements);
    return elements.cloneNode(true) as DocumentFragment;
  }
  return elements;
}

function plainText(text: string): DocumentFragment {
  const elements = document.createDocumentFragment();
  const paragraph = document.createElement('p');
  paragraph.className = 'md-plain';
  paragraph.append(wrapped(text));
  elements.append(paragraph);
  return elements;
}

function dressLink(link: HTMLAnchorElement): void {
  const href = link.getAttribute('href');
  if (href === null || !isWeb(href)) {
    // A path, an anchor, or what may not be opened: its text, and its target for who wants to know.
    const text = document.createElement('span');
    text.className = 'md-nolink';
    const target = link.getAttribute('title');
    if (target) text.title = target;
    text.append(...link.childNodes);
    link.replaceWith(text);
    return;
  }
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  if (link.hasAttribute('data-image')) link.className = 'md-image';
  // What a link's text says need not be where it leads.
  if (link.textContent !== href && !link.title) link.title = href;
}

function isWeb(href: string): boolean {
  try {
    return /^https?:$/.test(new URL(href).protocol);
  } catch {
    return false;
  }
}

/** `<pre>` becomes a figure with the language's name and a button that copies. */
function dressCode(pre: HTMLPreElement): void {
  const lang = pre.getAttribute('data-lang') ?? '';
  const figure = document.createElement('div');
  figure.className = 'md-code code-box';
  const bar = document.createElement('div');
  bar.className = 'md-code-bar';
  const name = document.createElement('span');
  name.textContent = lang;
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'md-copy';
  copy.textContent = 'Copy';
  bar.append(name, copy);
  pre.replaceWith(figure);
  // Scrolls sideways: a keyboard must reach it.
  pre.tabIndex = 0;
  pre.className = 'code-text code-scroll';
  figure.append(bar, pre);
}

function dressTask(item: Element): void {
  const box = document.createElement('span');
  box.className = 'md-task';
  box.setAttribute('role', 'img');
  box.setAttribute('aria-label', item.getAttribute('data-task') === 'done' ? 'Done:' : 'To do:');
  item.prepend(box);
}

function dressTable(table: HTMLTableElement): void {
  const scroller = document.createElement('div');
  scroller.className = 'md-table code-box code-scroll';
  scroller.tabIndex = 0;
  table.replaceWith(scroller);
  scroller.append(table);
}
