import { type JSX, Show } from 'solid-js';
import { cx } from './class.ts';
import { CopyButton } from './copy-button.tsx';
import { CircleAlert } from './icons.ts';

/** What happened, what it means, the next step; details fold out and can be copied. */
export function ErrorBox(props: {
  title?: string;
  message: string;
  details?: string | null | undefined;
  actions?: JSX.Element;
  class?: string;
}) {
  return (
    <div
      role="alert"
      class={cx('rounded-lg border border-bad/30 bg-bad-wash px-3 py-2.5 text-sm text-ink', props.class)}
    >
      <div class="flex gap-2.5">
        <CircleAlert size={16} class="mt-0.5 shrink-0 text-bad" aria-hidden="true" />
        <div class="min-w-0 flex-1">
          <Show when={props.title}>
            <p class="font-medium">{props.title}</p>
          </Show>
          <p class="text-pretty break-words">{props.message}</p>
          <Details text={props.details} />
          <Show when={props.actions}>
            <div class="mt-2.5 flex flex-wrap gap-2">{props.actions}</div>
          </Show>
        </div>
      </div>
    </div>
  );
}

export function Details(props: { text: string | null | undefined; open?: boolean }) {
  return (
    <Show when={props.text}>
      {(text) => (
        <details class="group mt-1.5" open={props.open}>
          <summary class="inline-block rounded text-xs text-soft underline decoration-dotted underline-offset-2 hover:text-ink touch:py-3">
            Details
          </summary>
          <div class="relative mt-1.5">
            <pre class="max-h-56 overflow-auto rounded-md border border-line bg-sunken p-2.5 pr-10 font-mono text-xs whitespace-pre-wrap break-words text-soft select-text">
              {text()}
            </pre>
            <CopyButton text={text()} label="Copy details" class="absolute top-1 right-1" />
          </div>
        </details>
      )}
    </Show>
  );
}
