/**
 * An agent's text as markdown. A growing text is rendered once a frame at most, and of it only the last block; a long
 * one in slices between frames. Code gets its colours when they have been found, elsewhere (highlight.ts).
 */
import { createEffect, onCleanup } from 'solid-js';
import { copyText } from '../ui/copy-button.tsx';
import { colourCode } from './highlight-element.ts';
import { type Blocks, blocksOf, noBlocks } from './markdown-blocks.ts';
import { blockElements } from './markdown-clean.ts';
import '../ui/code.css';
import './markdown.css';

/** So long is spent on a text before the frame is let go. */
const SLICE_MS = 8;
const COPIED_MS = 1_600;

export function Markdown(props: { text: string; live?: boolean; class?: string }) {
  let root!: HTMLDivElement;
  let shown: Blocks = noBlocks();
  let rendered: string[] = [];
  let frame = 0;

  function update(): void {
    frame = 0;
    shown = blocksOf(props.text, shown);
    fill();
  }

  function fill(): void {
    frame = 0;
    const { blocks, references } = shown;
    const began = performance.now();
    while (root.children.length > blocks.length) root.lastElementChild!.remove();
    rendered.length = Math.min(rendered.length, blocks.length);
    for (let at = 0; at < blocks.length; at += 1) {
      const block = blocks[at]!;
      if (rendered[at] === block.source) continue;
      let place = root.children[at];
      if (!place) {
        place = document.createElement('div');
        root.append(place);
      }
      place.replaceChildren(blockElements(block, references));
      // Here, not where they are made: a clone has no listeners.
      for (const button of place.querySelectorAll<HTMLButtonElement>('button.md-copy'))
        button.addEventListener('click', () => copyCode(button));
      rendered[at] = block.source;
      const growing = props.live && at === blocks.length - 1;
      if (!growing) for (const pre of place.querySelectorAll('pre')) colourCode(pre);
      if (performance.now() - began > SLICE_MS && at < blocks.length - 1) {
        frame = requestAnimationFrame(fill);
        return;
      }
    }
  }

  let first = true;
  createEffect(() => {
    const { text, live } = props;
    if (first || !live) {
      first = false;
      cancelAnimationFrame(frame);
      if (!live) rendered = rendered.slice(0, -1);
      update();
    } else if (text !== shown.text) {
      // In place of a slice that was due as well: it would go on with the text as it was.
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(update);
    }
  });
  onCleanup(() => cancelAnimationFrame(frame));

  return (
    <div
      ref={root}
      dir="auto"
      class={`md ${props.class ?? ''}`}
      classList={{ 'md-live': props.live === true }}
    />
  );
}

function copyCode(button: HTMLButtonElement): void {
  const code = button.closest('.md-code')?.querySelector('pre')?.textContent ?? '';
  void copyText(code.replace(/\n$/, '')).then((copied) => {
    button.textContent = copied ? 'Copied' : 'Select and copy by hand';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, COPIED_MS);
  });
}
