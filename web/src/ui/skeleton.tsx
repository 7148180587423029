import { createSignal, type JSX, onCleanup, Show } from 'solid-js';
import { cx } from './class.ts';

/** Shorter waits pass without a flicker. */
export const SKELETON_AFTER_MS = 150;

/** Shows its children only when waiting has become noticeable. */
export function Delayed(props: { children: JSX.Element }) {
  const [due, setDue] = createSignal(false);
  const timer = setTimeout(() => setDue(true), SKELETON_AFTER_MS);
  onCleanup(() => clearTimeout(timer));
  return <Show when={due()}>{props.children}</Show>;
}

export function SkeletonRows(props: { rows?: number; label?: string; class?: string }) {
  return (
    <Delayed>
      <div role="status" aria-label={props.label ?? 'Loading'} class={cx('flex flex-col gap-3', props.class)}>
        {Array.from({ length: props.rows ?? 5 }, (_, index) => (
          <div
            class="h-3.5 animate-[pulse-soft_1.4s_ease-in-out_infinite] rounded bg-selected"
            style={{ width: `${86 - ((index * 23) % 45)}%` }}
          />
        ))}
      </div>
    </Delayed>
  );
}
