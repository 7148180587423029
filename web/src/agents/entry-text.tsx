/** What the agent says, and what it thinks: the latter folded. */
import type { TextEntry } from '@porthole/shared/agent-entries';
import { Show } from 'solid-js';
import { Spinner } from '../ui/spinner.tsx';
import { Markdown } from './markdown.tsx';
import { useTimeline } from './timeline-context.ts';
import { FoldLine } from './timeline-parts.tsx';
import { counted, oneLine } from './timeline-text.ts';

export function TextRow(props: { entry: TextEntry; live: boolean }) {
  return (
    <Show when={props.entry.kind === 'message'} fallback={<Thought entry={props.entry} live={props.live} />}>
      <Markdown text={props.entry.text} live={props.live} class="px-1.5" />
      <Show when={props.entry.cut > 0}>
        <p class="mt-1 text-xs text-faint">
          {counted(props.entry.cut, 'character')} left out of the middle: the text was too long to keep.
        </p>
      </Show>
    </Show>
  );
}

const PREVIEW_CHARS = 140;

export function Thought(props: { entry: TextEntry; live?: boolean }) {
  const scope = useTimeline();
  const key = () => `thought ${props.entry.key}`;
  const preview = () =>
    props.live
      ? oneLine(props.entry.text.slice(-PREVIEW_CHARS), PREVIEW_CHARS)
      : oneLine(props.entry.text, PREVIEW_CHARS);
  return (
    <div>
      <FoldLine open={scope.open(key())} onToggle={() => scope.setOpen(key(), !scope.open(key()))}>
        <Show when={props.live}>
          <Spinner class="size-3 text-accent" />
        </Show>
        <span class="shrink-0">{props.live ? 'Thinking' : 'Thought'}</span>
        <Show when={!scope.open(key())}>
          <span class="min-w-0 flex-1 truncate text-faint">{preview().replace(/[*_`#]+/g, '')}</span>
        </Show>
      </FoldLine>
      <Show when={scope.open(key())}>
        <Markdown
          text={props.entry.text}
          live={props.live === true}
          class="md-quiet ml-3 border-l border-line py-1 pl-4"
        />
      </Show>
    </div>
  );
}
