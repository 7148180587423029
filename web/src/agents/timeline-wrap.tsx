/**
 * Text that wraps, however long its lines are. Of a line without a place to break browsers lay out all that is left
 * for each line they make of it: 64 KB took 13 s. Places to break, which are not copied, keep that from growing.
 */
import { createMemo, For } from 'solid-js';

export const LONG_LINE_CHARS = 2_000;
const PIECE_CHARS = 500;

const LONG_LINE = new RegExp(`[^\\n]{${LONG_LINE_CHARS}}`);
export const hasLongLine = (text: string): boolean => text.length >= LONG_LINE_CHARS && LONG_LINE.test(text);

export function pieces(text: string): string[] {
  if (!hasLongLine(text)) return [text];
  const list: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = from + PIECE_CHARS;
    // Never between the halves of one character.
    if (/[\ud800-\udbff]/.test(text[to - 1] ?? '')) to += 1;
    list.push(text.slice(from, to));
    from = to;
  }
  return list;
}

export function Wrapped(props: { text: string }) {
  const list = createMemo(() => pieces(props.text));
  return (
    <For each={list()}>
      {(piece) => (
        <>
          {piece}
          <wbr />
        </>
      )}
    </For>
  );
}

/** The same without Solid. */
export function wrapped(text: string): DocumentFragment {
  const elements = document.createDocumentFragment();
  for (const piece of pieces(text)) elements.append(piece, document.createElement('wbr'));
  return elements;
}
