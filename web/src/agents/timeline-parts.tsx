/** Small parts that rows share: time that passed, numbers of changed lines, what folds. */
import { createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js';
import { cx } from '../ui/class.ts';
import { useTimeline } from './timeline-context.ts';
import { wholeSeconds } from './timeline-text.ts';

/** Counts on; only its own text changes. */
export function Elapsed(props: { since: number; class?: string }) {
  const { now } = useTimeline();
  return (
    <span class={cx('tabular-nums', props.class)} aria-hidden="true">
      {wholeSeconds(now() - props.since)}
    </span>
  );
}

export function Changed(props: { additions: number | null; deletions: number | null; class?: string }) {
  return (
    <span class={cx('inline-flex shrink-0 gap-1.5 font-mono text-xs tabular-nums', props.class)}>
      <Show when={props.additions !== null} fallback={<span class="text-faint">binary</span>}>
        <span class={props.additions ? 'text-ok' : 'text-faint'}>
          <span class="sr-only">added </span>
          <span aria-hidden="true">+</span>
          {props.additions}
        </span>
        <span class={props.deletions ? 'text-bad' : 'text-faint'}>
          <span class="sr-only">removed </span>
          <span aria-hidden="true">−</span>
          {props.deletions}
        </span>
      </Show>
    </span>
  );
}

/** The line that folds what is under it. Enter on its row presses it. */
export function FoldLine(props: {
  open: boolean;
  onToggle: () => void;
  children: JSX.Element;
  /** At the right end, outside of what is cut off. */
  aside?: JSX.Element;
  class?: string;
}) {
  return (
    <button
      type="button"
      data-toggle=""
      aria-expanded={props.open}
      onClick={() => props.onToggle()}
      class={cx(
        'group/fold flex min-h-7 w-full min-w-0 items-center gap-1.5 rounded-md px-1.5 text-left text-sm text-soft hover:bg-hover hover:text-ink touch:min-h-11',
        props.class,
      )}
    >
      {/* Drawn here: an icon's component costs more than the rest of the line, and lines are what there is most of. */}
      <svg
        viewBox="0 0 14 14"
        aria-hidden="true"
        class="size-3.5 shrink-0 fill-none stroke-current stroke-[1.25] text-faint transition-transform duration-100"
        classList={{ 'rotate-90': props.open }}
      >
        <path d="m5.25 3.5 3.5 3.5-3.5 3.5" stroke-linecap="round" stroke-linejoin="round" />
      </svg>
      <span class="flex min-w-0 flex-1 items-center gap-1.5">{props.children}</span>
      {props.aside}
    </button>
  );
}

/** What is tall is shown in part, until all of it is asked for. */
export function Clamp(props: { height: number; children: JSX.Element; label?: string; id: string }) {
  const scope = useTimeline();
  const [tall, setTall] = createSignal(false);
  let content!: HTMLDivElement;
  onMount(() => {
    // What the observer says costs nothing; to ask the layout would, for each row that comes into sight.
    const observer = new ResizeObserver(
      ([entry]) => entry && setTall(entry.contentRect.height > props.height + 24),
    );
    observer.observe(content);
    onCleanup(() => observer.disconnect());
  });
  const all = () => scope.open(`all ${props.id}`);
  return (
    <>
      <div
        class={cx('relative overflow-hidden', tall() && !all() && 'tl-clamped')}
        style={{ 'max-height': all() ? undefined : `${props.height}px` }}
      >
        <div ref={content}>{props.children}</div>
      </div>
      <Show when={tall()}>
        <button
          type="button"
          data-toggle=""
          aria-expanded={all()}
          onClick={() => scope.setOpen(`all ${props.id}`, !all())}
          class="mt-0.5 rounded text-xs text-soft hover:text-ink touch:py-3"
        >
          {all() ? 'Show less' : (props.label ?? 'Show more')}
        </button>
      </Show>
    </>
  );
}
