import { type JSX, Show } from 'solid-js';
import { cx } from './class.ts';

/** Nothing here, why, and what to do about it. */
export function EmptyState(props: {
  icon?: JSX.Element;
  title: string;
  children?: JSX.Element;
  actions?: JSX.Element;
  class?: string;
}) {
  return (
    <div class={cx('mx-auto flex max-w-sm flex-col items-center gap-3 px-6 py-10 text-center', props.class)}>
      <Show when={props.icon}>
        <div class="grid size-11 place-items-center rounded-xl border border-line bg-raised text-faint">
          {props.icon}
        </div>
      </Show>
      <h2 class="text-base font-semibold text-ink">{props.title}</h2>
      <Show when={props.children}>
        <div class="text-sm text-soft text-pretty">{props.children}</div>
      </Show>
      <Show when={props.actions}>
        <div class="mt-1 flex flex-wrap items-center justify-center gap-2">{props.actions}</div>
      </Show>
    </div>
  );
}
