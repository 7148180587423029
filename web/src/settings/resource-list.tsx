/**
 * What an organisation or a person has several of: waited for, missing, refused, listed; and taken away, at once or
 * after a question. Whoever takes a row away by keyboard is left at the list, not at the top of the page.
 */
import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, Show } from 'solid-js';
import { createForm } from '../auth/form.ts';
import type { Request } from '../net/create-request.ts';
import { Confirm } from '../ui/dialog.tsx';
import { toastError } from '../ui/toast.ts';
import { Answer, Box, BoxEmpty, BoxWaiting } from './parts.tsx';

/** A dialog gives the focus back in its own time. */
const FOCUS_SETTLED_MS = 100;

interface ListProps<T> {
  label: string;
  empty: JSX.Element;
  children: (item: T) => JSX.Element;
}

/** `waiting`: what is there is not known yet. */
export function ResourceList<T>(props: ListProps<T> & { of: readonly T[]; waiting?: boolean }) {
  const items = createMemo(() => props.of);
  let list: HTMLElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  createEffect(
    on(
      () => items().length,
      (now, before = 0) => {
        if (now >= before) return;
        clearTimeout(timer);
        timer = setTimeout(() => document.activeElement === document.body && list?.focus(), FOCUS_SETTLED_MS);
      },
    ),
  );
  return (
    <section ref={list} tabindex={-1} aria-label={props.label} class="rounded-xl outline-none">
      <Show
        when={items().length > 0}
        fallback={props.waiting ? <BoxWaiting /> : <BoxEmpty>{props.empty}</BoxEmpty>}
      >
        <Box>
          <For each={items()}>{props.children}</For>
        </Box>
      </Show>
    </section>
  );
}

/** The same, of what the server is asked for. */
export function RequestedList<T>(props: ListProps<T> & { of: Request<T[]>; rows?: number }) {
  return (
    <Answer of={props.of} rows={props.rows}>
      <ResourceList of={props.of.data() ?? []} label={props.label} empty={props.empty}>
        {props.children}
      </ResourceList>
    </Answer>
  );
}

/** Done at once; a failure has no place in the row, and is said beside it. */
export function createRowAction<T extends { id: string }>(
  failed: string,
  work: (item: T) => Promise<unknown>,
) {
  const [busy, setBusy] = createSignal<string | null>(null);
  return {
    busy: (item: T) => busy() === item.id,
    async run(item: T): Promise<void> {
      if (busy()) return;
      setBusy(item.id);
      try {
        await work(item);
      } catch (fault) {
        toastError(failed, fault);
      }
      setBusy(null);
    },
  };
}

export type Removal<T> = ReturnType<typeof createRemoval<T>>;

export function createRemoval<T>(work: (item: T) => Promise<unknown>) {
  const [asking, setAsking] = createSignal<T | null>(null);
  const form = createForm();
  return {
    asking,
    ask(item: T): void {
      form.setError(null);
      setAsking(() => item);
    },
    cancel: () => setAsking(null),
    busy: form.busy,
    problem: () => form.message(),
    async confirm(): Promise<void> {
      const item = asking();
      if (item === null) return;
      const done = await form.submit(async () => {
        await work(item);
        return true;
      });
      if (done) setAsking(null);
    },
  };
}

/** `action` is said of it in the question and on the button: "Remove build-01?" */
export function AskRemoval<T extends { name: string }>(props: {
  removal: Removal<T>;
  action: string;
  children: (item: T) => JSX.Element;
}) {
  return (
    // Keyed: a question that closes is still drawn for a moment, and must not ask for what is no longer there.
    <Show when={props.removal.asking()} keyed>
      {(item) => (
        <Confirm
          open
          onClose={props.removal.cancel}
          title={`${props.action} ${item.name}?`}
          action={props.action}
          busy={props.removal.busy()}
          error={props.removal.problem()}
          onConfirm={() => void props.removal.confirm()}
        >
          {props.children(item)}
        </Confirm>
      )}
    </Show>
  );
}
