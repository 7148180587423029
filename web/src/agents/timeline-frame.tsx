/** Around the rows: what stands before the first, what the agent is at after the last, and the ways to what is new. */
import { activityOf } from '@porthole/shared/agent-head';
import { createMemo, Match, Show, Switch } from 'solid-js';
import { TypingDots } from '../presence/people.tsx';
import { Button } from '../ui/button.tsx';
import { ChevronDown, X } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';
import { useTimeline } from './timeline-context.ts';
import { Elapsed } from './timeline-parts.tsx';
import { counted } from './timeline-text.ts';

/** `first`: the first row is that of the session. */
export function Beginning(own: { first: boolean }) {
  const { props } = useTimeline();
  return (
    <div class="flex h-14 items-center justify-center gap-2 text-xs text-faint">
      <Switch>
        <Match when={props.olderFault}>
          <span role="alert" class="text-bad">
            {props.olderFault}
          </span>
          <Button size="sm" variant="ghost" onClick={() => props.onLoadOlder()}>
            Try again
          </Button>
        </Match>
        <Match when={!own.first}>
          <Show when={props.loadingOlder}>
            <Spinner label="Loading what was before" />
          </Show>
        </Match>
        <Match when={props.entries.length > 0}>Beginning of the session</Match>
      </Switch>
    </div>
  );
}

/** While the agent works and nothing of it shows. */
export function Working() {
  const { props } = useTimeline();
  const turn = () => props.head.turn;
  const activity = createMemo(() => activityOf(props.head));
  const silent = () =>
    turn() !== null &&
    activity() === 'thinking' &&
    props.partials.length === 0 &&
    turn()!.stopAskedBy === null;
  return (
    <Show when={turn()}>
      {(running) => (
        <div class="tl-working" data-hidden={silent() ? undefined : ''} aria-hidden="true">
          <span class="mx-auto flex w-full max-w-[52rem] items-center gap-2 px-1.5">
            <TypingDots />
            <span>Working</span>
            <Elapsed since={running().startedAt} class="text-faint" />
          </span>
        </div>
      )}
    </Show>
  );
}

export function Pills(props: {
  atEnd: boolean;
  news: number;
  unread: boolean;
  /** On the way to the beginning: how many events are before it yet. */
  left: number | null;
  onStay: () => void;
  onEnd: () => void;
  onUnread: () => void;
}) {
  return (
    <>
      <Show when={props.left !== null}>
        <button type="button" class="tl-pill top-3" onClick={() => props.onStay()}>
          <Spinner />
          <span class="tabular-nums">To the beginning: {counted(props.left ?? 0, 'event')}</span>
          <X size={14} aria-label="Stay here" />
        </button>
      </Show>
      <Show when={props.unread && props.left === null}>
        <button type="button" class="tl-pill top-3" onClick={() => props.onUnread()}>
          <ChevronDown size={14} class="rotate-180" aria-hidden="true" />
          New since you were here
        </button>
      </Show>
      <Show when={!props.atEnd}>
        <button type="button" class="tl-pill bottom-3" onClick={() => props.onEnd()}>
          {props.news > 0 ? `${props.news} new` : 'Jump to latest'}
          <ChevronDown size={14} aria-hidden="true" />
        </button>
      </Show>
    </>
  );
}

/** For those who cannot see it: what the agent is at, said when that changes. */
export function LiveState() {
  const { props } = useTimeline();
  const words = createMemo(() => {
    const { head } = props;
    switch (activityOf(head)) {
      case 'waiting':
        return `The agent asks: ${head.permissions[0]?.title ?? ''}`;
      case 'tool':
        return 'The agent is running a tool';
      case 'thinking':
        return 'The agent is working';
      case 'queued':
        return 'Waiting for the agent';
      case 'idle':
        if (head.lastOutcome === null) return '';
        return head.lastOutcome === 'done' ? 'The agent is done' : `The turn ended: ${head.lastOutcome}`;
    }
  });
  return (
    <p role="status" class="sr-only">
      {words()}
    </p>
  );
}
