/** Prompts that wait above the composer: the server's queue, and those still on this device. Edit, take back, reorder. */
import GripVertical from 'lucide-solid/icons/grip-vertical';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { CircleAlert, Pencil, RotateCcw, X } from '../ui/icons.ts';
import { beforeOf } from './composer-text.ts';
import type { QueueRow } from './session-queue-view.ts';

export interface SessionQueueProps {
  rows: readonly QueueRow[];
  names: ReadonlyMap<string, { name: string }>;
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
  const count = () => props.rows.length;
  /** Those that have an order: the rest comes after them. */
  const ordered = () => props.rows.filter(({ onDevice }) => !onDevice);
  let list: HTMLUListElement | undefined;
  /** While a finger drags: which, and where it would go. */
  const [drag, setDrag] = createSignal<{ from: number; to: number } | null>(null);

  function placeAt(y: number): number {
    const rows = [...(list?.querySelectorAll<HTMLElement>('[data-queued]') ?? [])].slice(0, ordered().length);
    const index = rows.findIndex((row) => y < row.getBoundingClientRect().bottom);
    return index < 0 ? rows.length - 1 : index;
  }

  function move(from: number, to: number): void {
    const ids = ordered().map(({ id }) => id);
    const id = ids[from];
    if (!id || from === to || to < 0 || to >= ids.length) return;
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
          <For each={props.rows}>
            {(row, index) => (
              <Row
                row={row}
                mark={drag()?.to === index() && drag()?.from !== index()}
                moved={drag()?.from === index()}
                {...props}
                handle={
                  <Show when={ordered().length > 1}>
                    <Show when={!row.onDevice} fallback={<span class="size-6 shrink-0 touch:size-11" />}>
                      <button
                        type="button"
                        aria-label={`Move: ${row.text.slice(0, 60)}`}
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
                  </Show>
                }
              />
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

function Row(
  props: Pick<SessionQueueProps, 'names' | 'offline' | 'onEdit' | 'onCancel' | 'onRetry'> & {
    row: QueueRow;
    mark: boolean;
    moved: boolean;
    handle: JSX.Element;
  },
) {
  const [editing, setEditing] = createSignal<string | null>(null);
  const [busy, setBusy] = createSignal(false);
  const name = () => props.names.get(props.row.by)?.name ?? 'Somebody';
  const note = () => {
    if (props.row.stopping) return 'Being stopped';
    if (!props.row.onDevice || props.row.fault) return null;
    return props.offline ? 'Waits on this device for the connection' : 'Being sent';
  };
  async function run(work: Promise<void>): Promise<void> {
    setBusy(true);
    await work.catch(() => {});
    setBusy(false);
  }
  async function save(): Promise<void> {
    const text = editing()?.trim();
    if (text && text !== props.row.text) await run(props.onEdit(props.row.id, text));
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
      <Avatar id={props.row.by} name={name()} size="sm" class="mt-0.5 touch:mt-3" />
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
            {props.row.text}
          </p>
          <Show when={props.row.files > 0}>
            <p class="text-xs text-faint">{props.row.files === 1 ? '1 file' : `${props.row.files} files`}</p>
          </Show>
          <Show when={note()}>
            <p class="text-xs text-busy">{note()}</p>
          </Show>
          <Show when={props.row.fault}>
            {(fault) => (
              <p role="alert" class="flex items-start gap-1.5 text-xs text-bad">
                <CircleAlert size={12} class="mt-0.5 shrink-0" aria-hidden="true" />
                {fault()}
              </p>
            )}
          </Show>
        </div>
        <Show when={props.row.fault}>
          <IconButton small label="Send again" onClick={() => props.onRetry()}>
            <RotateCcw size={13} />
          </IconButton>
        </Show>
        <IconButton
          small
          label="Change"
          disabled={props.row.stopping}
          onClick={() => setEditing(props.row.text)}
        >
          <Pencil size={13} />
        </IconButton>
        <IconButton
          small
          label="Take back"
          disabled={busy() || props.row.stopping}
          onClick={() => void run(props.onCancel(props.row.id))}
        >
          <X size={14} />
        </IconButton>
      </Show>
    </li>
  );
}
