/** What a command printed: its last lines, and all of it when asked for. No escape sequence is obeyed (SE5). */
import { createMemo, For, Show } from 'solid-js';
import { CopyButton } from '../ui/copy-button.tsx';
import { useTimeline } from './timeline-context.ts';
import { counted } from './timeline-text.ts';
import { ansiLines } from './tool-ansi.ts';
import './tool-ansi.css';

/** Lines shown at first: the end is where the result is. */
const FIRST_LINES = 16;
/** Lines put on screen at the most; what is copied is whole. */
const MAX_LINES = 4_000;
const MAX_LINE_CHARS = 4_000;

export function TerminalOutput(props: { id: string; output: string; cut: number }) {
  const scope = useTimeline();
  const key = () => `output ${props.id}`;
  const lines = createMemo(() => ansiLines(props.output));
  const shown = createMemo(() => lines().slice(scope.open(key()) ? -MAX_LINES : -FIRST_LINES));
  const hidden = () => lines().length - shown().length;
  const isEmpty = createMemo(() => lines().every((line) => line.length === 0));
  const text = () =>
    lines()
      .map((line) => line.map((run) => run.text).join(''))
      .join('\n');
  return (
    <div class="tl-output code-box group/output">
      <Show when={hidden() > 0 || scope.open(key())}>
        <button
          type="button"
          class="block w-full px-3 pt-1.5 text-left font-sans text-xs text-soft hover:text-ink touch:py-3"
          aria-expanded={scope.open(key())}
          onClick={() => scope.setOpen(key(), !scope.open(key()))}
        >
          {scope.open(key())
            ? hidden() > 0
              ? `Show less (${counted(hidden(), 'line')} before are too many to show)`
              : 'Show less'
            : `Show all ${counted(lines().length, 'line')}`}
        </button>
      </Show>
      <Show when={props.cut > 0}>
        <p class="px-3 pt-1.5 font-sans text-xs text-faint">
          {counted(props.cut, 'character')} left out of the middle
        </p>
      </Show>
      <pre tabindex="0" class="tl-output-text code-text code-scroll">
        <For each={isEmpty() ? [] : shown()}>
          {(line) => (
            <>
              <For each={line}>
                {(run) => (
                  <Show when={run.className} fallback={run.text.slice(0, MAX_LINE_CHARS)}>
                    <span class={run.className}>{run.text.slice(0, MAX_LINE_CHARS)}</span>
                  </Show>
                )}
              </For>
              {'\n'}
            </>
          )}
        </For>
        <Show when={isEmpty()}>
          <span class="text-faint">No output</span>
        </Show>
      </pre>
      <CopyButton
        text={text}
        label="Copy output"
        class="absolute top-1 right-1 bg-terminal opacity-0 group-hover/output:opacity-100 focus-visible:opacity-100 touch:opacity-100"
      />
    </div>
  );
}
