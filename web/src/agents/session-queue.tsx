/** Prompts that wait above the composer: the server's queue, and those still on this device. Edit, take back, reorder. */
import type { QueuedPrompt } from '@porthole/shared/agent-head';
import GripVertical from 'lucide-solid/icons/grip-vertical';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { CircleAlert, Pencil, RotateCcw, X } from '../ui/icons.ts';
import { beforeOf } from './composer-text.ts';
import type { Entry } from './outbox.ts';

export interface SessionQueueProps {
  queue: readonly QueuedPrompt[];
  /** Not at the server yet. */
  waiting: readonly Entry[];
  names: ReadonlyMap<string, { name: string }>;
  me: string;
  /** What they wait for, where the line below does not say it. */
  reason: string | null;
  /** Since when it waits for a person to let it go on. */
  paused: string | null;
  onGoOn: () => void;
  offline: boolean;
  onEdit: (prompt: string, text: string) => Promise<void>;
  onCancel: (prompt: string) => Promise<void>;
  onMove: (prompt: string, before: string | null) => Promise<void>;
  onRetry: () => void;
}

export function SessionQueue(props: SessionQueueProps) {
  const prompts = () => props.waiting.filter(({ action }) => action.kind === 'prompt');
  const count = () => props.queue.length + prompts().length;
  let list: HTMLUListElement | undefined;
  /** While a finger drags: which, and where it would go. */
  const [drag, setDrag] = createSignal<{ from: number; to: number } | null>(null);

  function placeAt(y: number): number {
    const rows = [...(list?.querySelectorAll<HTMLElement>('[data-queued]') ?? [])];
    const index = rows.findIndex((row) => y < row.getBoundingClientRect().bottom);
    return index < 0 ? rows.length - 1 : index;
  }

  function move(from: number, to: number): void {
    const id = props.queue[from]?.prompt;
    if (!id || from === to || to < 0 || to >= props.queue.length) return;
    const ids = props.queue.map(({ prompt }) => prompt);
    void props.onMove(id, beforeOf(ids, from, to));
  }

  return (
    <Show when={count() > 0}>
      <section aria-label="Queue" class="mb-2 overflow-hidden rounded-xl border border-line bg-bg">
        <header class="flex items-center gap-2 px-3 pt-2 pb-1 text-xs text-faint">
          <span class="shrink-0 font-medium">
            {count() === 1 ? '1 prompt waits' : `${count()} prompts wait`}
          </span>
          <Show
            when={props.paused}
            fallback={
              <Show when={props.reason}>
                <span class="min-w-0 truncate">· {props.reason}</span>
              </Show>
            }
          >
            {(since) => (
              <>
                <span class="min-w-0 flex-1 text-busy">{since()}</span>
                <Button size="sm" disabled={props.offline} onClick={() => props.onGoOn()}>
                  Go on
                </Button>
              </>
            )}
          </Show>
        </header>
        <ul ref={list} class="pane-scroll max-h-48 pb-1">
          <For each={props.queue}>
            {(queued, index) => (
              <Row
                id={queued.prompt}
                by={queued.by}
                text={queued.text}
                files={queued.attachments.length}
                note={queued.stopAskedBy ? 'Being stopped' : null}
                stopping={queued.stopAskedBy != null}
                mark={drag()?.to === index() && drag()?.from !== index()}
                moved={drag()?.from === index()}
                {...props}
                handle={
                  <Show when={props.queue.length > 1}>
                    <button
                      type="button"
                      aria-label={`Move: ${queued.text.slice(0, 60)}`}
                      title="Drag, or ↑ and ↓"
                      class="grid size-6 shrink-0 cursor-grab touch-none place-items-center rounded text-faint hover:text-ink touch:size-11"
                      onKeyDown={(event) => {
                        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
                        if (by === undefined) return;
                        event.preventDefault();
                        move(index(), index() + by);
                      }}
                      onPointerDown={(event) => {
                        event.currentTarget.setPointerCapture(event.pointerId);
                        setDrag({ from: index(), to: index() });
                      }}
                      onPointerMove={(event) =>
                        drag() && setDrag({ from: index(), to: placeAt(event.clientY) })
                      }
                      onPointerUp={() => {
                        const now = drag();
                        setDrag(null);
                        if (now) move(now.from, now.to);
                      }}
                      onPointerCancel={() => setDrag(null)}
                    >
                      <GripVertical size={14} />
                    </button>
                  </Show>
                }
              />
            )}
          </For>
          <For each={prompts()}>
            {(entry) => (
              <Show when={entry.action.kind === 'prompt' ? entry.action : null}>
                {(action) => (
                  <Row
                    id={entry.id}
                    by={action().by}
                    text={action().prompt.text}
                    files={action().attachments.length}
                    note={
                      entry.fault
                        ? null
                        : props.offline
                          ? 'Waits on this device for the connection'
                          : 'Being sent'
                    }
                    fault={entry.fault?.message ?? null}
                    {...props}
                    handle={
                      <Show when={props.queue.length > 1}>
                        <span class="size-6 shrink-0 touch:size-11" />
                      </Show>
                    }
                  />
                )}
              </Show>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

function Row(
  props: Pick<SessionQueueProps, 'names' | 'me' | 'onEdit' | 'onCancel' | 'onRetry'> & {
    id: string;
    by: string;
    text: string;
    files: number;
    note?: string | null;
    fault?: string | null;
    mark?: boolean;
    moved?: boolean;
    stopping?: boolean;
    handle?: JSX.Element;
  },
) {
  const [editing, setEditing] = createSignal<string | null>(null);
  const [busy, setBusy] = createSignal(false);
  const name = () => props.names.get(props.by)?.name ?? 'Somebody';
  async function run(work: Promise<void>): Promise<void> {
    setBusy(true);
    await work.catch(() => {});
    setBusy(false);
  }
  async function save(): Promise<void> {
    const text = editing()?.trim();
    if (text && text !== props.text) await run(props.onEdit(props.id, text));
    setEditing(null);
  }
  return (
    <li
      data-queued
      class={cx(
        'flex items-start gap-2 border-t-2 px-3 py-1.5 touch:py-0.5',
        props.mark ? 'border-accent' : 'border-transparent',
        (props.moved || busy()) && 'opacity-50',
      )}
    >
      {props.handle}
      <Avatar id={props.by} name={name()} size="sm" class="mt-0.5 touch:mt-3" />
      <Show
        when={editing() === null}
        fallback={
          <form
            class="flex min-w-0 flex-1 flex-col gap-2 py-1"
            onSubmit={(event) => {
              event.preventDefault();
              void save();
            }}
          >
            <textarea
              aria-label="Change the prompt"
              ref={(field) => queueMicrotask(() => field.focus())}
              class="field max-h-40 [field-sizing:content]"
              value={editing() ?? ''}
              onInput={(event) => setEditing(event.currentTarget.value)}
              onKeyDown={(event) => {
                event.stopPropagation();
                if (event.key === 'Escape') setEditing(null);
                if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save();
              }}
            />
            <div class="flex justify-end gap-2">
              <Button size="sm" onClick={() => setEditing(null)}>
                Cancel
              </Button>
              <Button size="sm" variant="primary" type="submit" busy={busy()}>
                Save
              </Button>
            </div>
          </form>
        }
      >
        <div class="min-w-0 flex-1 touch:py-3">
          <p class="line-clamp-2 text-sm break-words whitespace-pre-wrap">
            <span class="sr-only">{name()}: </span>
            {props.text}
          </p>
          <Show when={props.files > 0}>
            <p class="text-xs text-faint">{props.files === 1 ? '1 file' : `${props.files} files`}</p>
          </Show>
          <Show when={props.note}>
            <p class="text-xs text-busy">{props.note}</p>
          </Show>
          <Show when={props.fault}>
            {(fault) => (
              <p role="alert" class="flex items-start gap-1.5 text-xs text-bad">
                <CircleAlert size={12} class="mt-0.5 shrink-0" aria-hidden="true" />
                {fault()}
              </p>
            )}
          </Show>
        </div>
        <Show when={props.fault}>
          <IconButton small label="Send again" onClick={() => props.onRetry()}>
            <RotateCcw size={13} />
          </IconButton>
        </Show>
        <IconButton
          small
          label="Change"
          disabled={props.stopping ?? false}
          onClick={() => setEditing(props.text)}
        >
          <Pencil size={13} />
        </IconButton>
        <IconButton
          small
          label="Take back"
          disabled={busy() || props.stopping}
          onClick={() => void run(props.onCancel(props.id))}
        >
          <X size={14} />
        </IconButton>
      </Show>
    </li>
  );
}
