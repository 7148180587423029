import { Show } from 'solid-js';
import { cx } from './class.ts';

/** Says that something is under way; its label is for those who cannot see it. */
export function Spinner(props: { label?: string; class?: string }) {
  return (
    <>
      <span
        aria-hidden="true"
        class={cx(
          'inline-block size-3.5 shrink-0 animate-[spin-slow_700ms_linear_infinite] rounded-full border-[1.5px] border-current border-t-transparent opacity-70',
          props.class,
        )}
      />
      <Show when={props.label}>
        <span role="status" class="sr-only">
          {props.label}
        </span>
      </Show>
    </>
  );
}
