/** The lines of one hunk, one under another or old beside new, with their colours once these are found. */
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js';
import { type DiffLine, type Hunk, pairs } from './diff-model.ts';
import { type Colours, findColours } from './highlight.ts';
import { colouredLine } from './highlight-element.ts';
import { visible } from './timeline-text.ts';

/** What stands further right is cut off: nobody reads a minified file. */
const MAX_LINE_CHARS = 1_000;

interface HunkColours {
  before: Colours | null;
  after: Colours | null;
}

export function HunkLines(props: { hunk: Hunk; language: string; split: boolean }) {
  const colours = createHunkColours(
    () => props.hunk,
    () => props.language,
  );
  // A line's place among the lines of its side: where its colours are.
  const places = createMemo(() => placesOf(props.hunk.lines));
  const coloursOf = (line: DiffLine) =>
    line.kind === 'removed'
      ? colours().before?.[places().get(line)![0]]
      : colours().after?.[places().get(line)![1]];
  return (
    <Show
      when={props.split}
      fallback={
        <For each={props.hunk.lines}>
          {(line) => (
            <div class={`df-line df-${line.kind}`}>
              <Numbers values={[line.before, line.after]} />
              <Text line={line} colours={coloursOf(line)} />
            </div>
          )}
        </For>
      }
    >
      <For each={pairs(props.hunk.lines)}>
        {(pair) => (
          <div class="df-pair">
            <Half line={pair.left} number={pair.left?.before ?? null} colours={coloursOf} />
            <Half line={pair.right} number={pair.right?.after ?? null} colours={coloursOf} />
          </div>
        )}
      </For>
    </Show>
  );
}

function Half(props: {
  line: DiffLine | null;
  number: number | null;
  colours: (line: DiffLine) => Colours[number] | undefined;
}) {
  return (
    <Show when={props.line} fallback={<div class="df-line df-none" />}>
      {(line) => (
        <div class={`df-line df-${line().kind}`}>
          <Numbers values={[props.number]} />
          <Text line={line()} colours={props.colours(line())} />
        </div>
      )}
    </Show>
  );
}

/** Not selected with the text: what is copied is code. */
function Numbers(props: { values: readonly (number | null)[] }) {
  return (
    <For each={props.values}>
      {(value) => <span class="df-number" aria-hidden="true" data-number={value ?? ''} />}
    </For>
  );
}

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;

function Text(props: { line: DiffLine; colours: Colours[number] | undefined }) {
  const text = () => {
    const { text } = props.line;
    return visible(text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)} …` : text);
  };
  let element!: HTMLSpanElement;
  createEffect(() => {
    const { colours } = props;
    element.replaceChildren(colours ? colouredLine(text(), colours) : text());
  });
  return (
    <>
      <span class="df-sign" aria-hidden="true" data-sign={SIGNS[props.line.kind]} />
      <Show when={props.line.kind !== 'same'}>
        <span class="sr-only">{props.line.kind}: </span>
      </Show>
      <span class="df-text" ref={element} />
    </>
  );
}

function placesOf(lines: readonly DiffLine[]): Map<DiffLine, [number, number]> {
  const places = new Map<DiffLine, [number, number]>();
  let before = 0;
  let after = 0;
  for (const line of lines) {
    places.set(line, [before, after]);
    if (line.kind !== 'added') before += 1;
    if (line.kind !== 'removed') after += 1;
  }
  return places;
}

function createHunkColours(hunk: () => Hunk, language: () => string): () => HunkColours {
  const [colours, setColours] = createSignal<HunkColours>({ before: null, after: null });
  createEffect(
    on([hunk, language], ([{ lines }, name]) => {
      setColours({ before: null, after: null });
      const side = (leave: DiffLine['kind']) =>
        lines
          .filter(({ kind }) => kind !== leave)
          .map(({ text }) => visible(text))
          .join('\n');
      const put = (which: keyof HunkColours) => (found: Colours | null) =>
        setColours((known) => ({ ...known, [which]: found }));
      const cancels = [findColours(name, side('removed'), put('after'))];
      if (lines.some(({ kind }) => kind === 'removed'))
        cancels.push(findColours(name, side('added'), put('before')));
      onCleanup(() => {
        for (const cancel of cancels) cancel();
      });
    }),
  );
  return colours;
}
