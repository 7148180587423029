/** One call of a tool, in one line with what matters; unfolded, all of it. */
import type { ToolEntry } from '@porthole/shared/agent-entries';
import type { PendingPermission } from '@porthole/shared/agent-head';
import { createMemo, Match, Show, Switch } from 'solid-js';
import { cx } from '../ui/class.ts';
import { Shield } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';
import { useTimeline } from './timeline-context.ts';
import { Changed, Elapsed, FoldLine } from './timeline-parts.tsx';
import { duration } from './timeline-text.ts';
import { ToolDetail } from './tool-detail.tsx';
import { summaryOf } from './tool-summary.ts';

/** Shorter is not worth a number. */
const WORTH_SAYING_MS = 1_000;

export function ToolLine(props: { tool: ToolEntry }) {
  const scope = useTimeline();
  const summary = () => summaryOf(props.tool);
  const asked = createMemo(() =>
    scope.props.head.permissions.find(
      ({ turn, call }) => turn === props.tool.turn && call === props.tool.call,
    ),
  );
  // What is to be allowed is looked at first: the lines that would change.
  const open = () => scope.open(props.tool.key, asked() !== undefined && props.tool.content.length > 0);
  return (
    <div>
      <FoldLine
        open={open()}
        onToggle={() => scope.setOpen(props.tool.key, !open())}
        aside={<ToolState tool={props.tool} asked={asked()} />}
      >
        <Show when={summary().verb}>
          <span class="shrink-0">{summary().verb}</span>
        </Show>
        <span class={cx('min-w-0 truncate text-ink', summary().mono && 'font-mono text-xs')}>
          {summary().subject}
        </span>
        <Show when={summary().changed}>
          {(changed) => <Changed additions={changed().additions} deletions={changed().deletions} />}
        </Show>
      </FoldLine>
      <Show when={open()}>
        <div class="pr-1 pl-[1.375rem] narrow:pl-0">
          <ToolDetail tool={props.tool} />
        </div>
      </Show>
    </div>
  );
}

function ToolState(props: { tool: ToolEntry; asked: PendingPermission | undefined }) {
  const result = () => summaryOf(props.tool).result;
  const took = () => (props.tool.endedAt ?? props.tool.at) - props.tool.at;
  return (
    <span class="flex shrink-0 items-center gap-1.5 text-xs text-faint tabular-nums">
      <Switch>
        <Match when={props.asked}>
          {(asked) => (
            <>
              <Shield size={12} class="text-accent" aria-hidden="true" />
              <span class="text-soft narrow:sr-only">waits for an answer</span>
              <Elapsed since={asked().at} />
            </>
          )}
        </Match>
        <Match when={props.tool.status === 'running'}>
          <span class="sr-only">running</span>
          <Spinner class="size-3 text-accent" />
          <Elapsed since={props.tool.at} />
        </Match>
        <Match when={props.tool.status === 'pending'}>waiting</Match>
        <Match when={result()}>
          {(known) => <span class={known().tone === 'bad' ? 'text-bad' : ''}>{known().text}</span>}
        </Match>
      </Switch>
      <Show when={props.tool.endedAt !== null && took() >= WORTH_SAYING_MS}>
        <span>{duration(took())}</span>
      </Show>
    </span>
  );
}
