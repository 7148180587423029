/** What the settings are built from: a panel, rows in a box, and an answer that may not have come yet. */
import { type JSX, Match, Show, Switch } from 'solid-js';
import type { Request } from '../net/create-request.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { ErrorBox } from '../ui/error-box.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';

export function Panel(props: {
  title: string;
  text?: JSX.Element;
  action?: JSX.Element;
  children: JSX.Element;
}) {
  return (
    <section class="mb-10">
      <div class="mb-3">
        <div class="flex min-h-7 items-center justify-between gap-4">
          <h2 class="min-w-0 text-base font-semibold">{props.title}</h2>
          {props.action}
        </div>
        <Show when={props.text}>
          <p class="mt-0.5 max-w-prose text-sm text-pretty text-soft">{props.text}</p>
        </Show>
      </div>
      {props.children}
    </section>
  );
}

export function Box(props: { children: JSX.Element; class?: string }) {
  return (
    <ul
      class={cx('divide-y divide-line overflow-hidden rounded-xl border border-line bg-raised', props.class)}
    >
      {props.children}
    </ul>
  );
}

export function BoxRow(props: {
  icon?: JSX.Element;
  title: JSX.Element;
  text?: JSX.Element;
  /** Its control has the width of the screen on a phone. */
  wide?: boolean;
  children?: JSX.Element;
}) {
  return (
    <li class="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-2 px-3.5 py-2.5">
      <Show when={props.icon}>
        <span class="shrink-0 text-faint">{props.icon}</span>
      </Show>
      <div class="min-w-0 flex-1 basis-44">
        <div class="text-sm break-words">{props.title}</div>
        <Show when={props.text}>
          <div class="text-xs break-words text-faint">{props.text}</div>
        </Show>
      </div>
      <div class={cx('ml-auto flex shrink-0 items-center gap-1.5', props.wide && 'narrow:w-full')}>
        {props.children}
      </div>
    </li>
  );
}

export function BoxEmpty(props: { children: JSX.Element }) {
  return (
    <p class="rounded-xl border border-dashed border-line-strong px-4 py-6 text-center text-sm text-pretty text-soft">
      {props.children}
    </p>
  );
}

export function BoxWaiting(props: { rows?: number | undefined }) {
  return (
    <div class="rounded-xl border border-line p-4">
      <SkeletonRows rows={props.rows ?? 3} />
    </div>
  );
}

export function Answer<T>(props: { of: Request<T>; rows?: number | undefined; children: JSX.Element }) {
  return (
    <Switch fallback={<BoxWaiting rows={props.rows} />}>
      <Match when={props.of.data()}>{props.children}</Match>
      <Match when={props.of.error()}>
        {(error) => (
          <ErrorBox
            message={
              error().code === 'offline'
                ? 'This is asked of the server each time, and it cannot be reached. Try again when the connection is back.'
                : error().message
            }
            details={error().details}
            actions={
              <Button size="sm" busy={props.of.loading()} onClick={() => void props.of.reload()}>
                Try again
              </Button>
            }
          />
        )}
      </Match>
    </Switch>
  );
}

export function Tag(props: { tone?: 'ok' | 'busy' | 'bad'; children: JSX.Element }) {
  return (
    <span
      class={cx(
        'inline-block rounded-full border px-2 text-xs leading-5',
        props.tone === 'ok'
          ? 'border-ok/35 text-ok'
          : props.tone === 'busy'
            ? 'border-busy/40 text-busy'
            : props.tone === 'bad'
              ? 'border-bad/40 text-bad'
              : 'border-line-strong text-soft',
      )}
    >
      {props.children}
    </span>
  );
}

/** A secret or a key to be carried elsewhere. */
export function KeyText(props: { text: string; children: JSX.Element }) {
  return (
    <div class="flex items-start gap-1 rounded-lg border border-line bg-sunken py-1.5 pr-1.5 pl-3">
      <code class="min-w-0 flex-1 py-1 font-mono text-xs break-all select-all">{props.text}</code>
      {props.children}
    </div>
  );
}
