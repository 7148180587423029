/** What `@` and `/` offer at the caret. The field keeps the focus and the keys; this shows, and takes a tap. */
import type { SlashCommand } from '@porthole/shared/agent-events';
import { type Accessor, createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js';
import { rank } from '../shell/rank.ts';
import { cx } from '../ui/class.ts';
import { complete, type Trigger, triggerAt } from './composer-text.ts';

export interface Suggestion {
  /** What is put in. */
  value: string;
  label: string;
  note: string;
}

const SHOWN = 8;
const ASK_AFTER_MS = 120;

export interface CompletionOptions {
  text: Accessor<string>;
  caret: Accessor<number>;
  commands: Accessor<readonly SlashCommand[]>;
  findFiles: (match: string) => Promise<readonly string[]>;
  apply: (text: string, caret: number) => void;
}

export type Completion = ReturnType<typeof createCompletion>;

export function createCompletion(options: CompletionOptions) {
  const [files, setFiles] = createSignal<readonly string[]>([]);
  const [chosen, setChosen] = createSignal(0);
  /** Escape puts it away, until something else is being completed. */
  const [dismissed, setDismissed] = createSignal<number | null>(null);
  const trigger = createMemo(() => triggerAt(options.text(), options.caret()), null, {
    equals: (a, b) => a?.kind === b?.kind && a?.query === b?.query && a?.from === b?.from && a?.to === b?.to,
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  onCleanup(() => clearTimeout(timer));

  createEffect(
    on(trigger, (now) => {
      setChosen(0);
      if (now?.from !== dismissed()) setDismissed(null);
      clearTimeout(timer);
      asked += 1;
      const mine = asked;
      if (now?.kind !== 'file') return;
      timer = setTimeout(() => {
        options.findFiles(now.query).then(
          (found) => mine === asked && setFiles(found),
          // Without the network, or a machine that runs, a path is typed by hand.
          () => mine === asked && setFiles([]),
        );
      }, ASK_AFTER_MS);
    }),
  );

  const suggestions = createMemo((): Suggestion[] => {
    const now = trigger();
    if (!now || dismissed() === now.from) return [];
    if (now.kind === 'file') return files().slice(0, SHOWN).map(fileOf);
    const commands = options.commands().map(({ name, description, hint }) => ({
      value: name,
      label: `/${name}${hint ? ` ${hint}` : ''}`,
      note: description,
    }));
    return rank(commands, now.query).slice(0, SHOWN);
  });

  function choose(index: number): boolean {
    const now = trigger();
    const suggestion = suggestions()[index];
    if (!now || !suggestion) return false;
    const done = complete(options.text(), now, suggestion.value);
    options.apply(done.text, done.caret);
    return true;
  }

  return {
    trigger: trigger as Accessor<Trigger | null>,
    suggestions,
    chosen,
    choose,
    /** Whether the key was for the list. */
    onKey(event: KeyboardEvent): boolean {
      const count = suggestions().length;
      if (count === 0 || event.isComposing) return false;
      switch (event.key) {
        case 'ArrowDown':
          setChosen((chosen() + 1) % count);
          return true;
        case 'ArrowUp':
          setChosen((chosen() - 1 + count) % count);
          return true;
        case 'Enter':
        case 'Tab':
          return !event.shiftKey && choose(chosen());
        case 'Escape':
          setDismissed(trigger()?.from ?? null);
          return true;
        default:
          return false;
      }
    },
  };
}

function fileOf(path: string): Suggestion {
  const cut = path.lastIndexOf('/');
  return { value: path, label: path.slice(cut + 1) || path, note: cut > 0 ? path.slice(0, cut) : '' };
}

/** As high as it gets; px. */
const LIST_PX = 288;
const GAP_PX = 6;

/** Above the field, or under it where a first prompt is written at the top of a screen: where there is more room. */
function placeBy(field: HTMLElement): { up: boolean; height: number } {
  const box = field.getBoundingClientRect();
  const pane = field.closest('[role=dialog], .pane-scroll')?.getBoundingClientRect();
  const above = box.top - Math.max(0, pane?.top ?? 0) - GAP_PX;
  const screen = visualViewport?.height ?? innerHeight;
  const below = Math.min(screen, pane?.bottom ?? screen) - box.bottom - GAP_PX;
  const up = above >= LIST_PX || above >= below;
  return { up, height: Math.min(LIST_PX, Math.floor(up ? above : below)) };
}

export function CompletionList(props: { of: Completion; id: string; field: () => HTMLElement | undefined }) {
  const place = createMemo(() => {
    const field = props.of.suggestions().length > 0 ? props.field() : undefined;
    return field ? placeBy(field) : { up: true, height: LIST_PX };
  });
  return (
    <Show when={props.of.suggestions().length > 0}>
      <div
        id={props.id}
        role="listbox"
        aria-label={props.of.trigger()?.kind === 'command' ? 'Commands' : 'Files'}
        style={{ 'max-height': `${place().height}px` }}
        class={cx(
          'absolute inset-x-0 z-20 animate-[rise_100ms_ease-out] overflow-y-auto rounded-[10px] border border-line bg-raised p-1 shadow-pop',
          place().up ? 'bottom-full mb-1.5' : 'top-full mt-1.5',
        )}
      >
        <For each={props.of.suggestions()}>
          {(one, index) => (
            <button
              type="button"
              role="option"
              // The field keeps the focus and the keys, and names the active option.
              tabindex="-1"
              id={`${props.id}-${index()}`}
              aria-selected={props.of.chosen() === index()}
              // A phone's keyboard stays.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => props.of.choose(index())}
              class={cx(
                'flex min-h-8 w-full items-center gap-3 rounded-md px-2.5 text-left text-sm touch:min-h-12',
                props.of.chosen() === index() && 'bg-hover',
              )}
            >
              <span class="shrink-0 truncate font-mono text-[0.8rem]">{one.label}</span>
              <span class="min-w-0 flex-1 truncate text-xs text-soft">{one.note}</span>
            </button>
          )}
        </For>
      </div>
    </Show>
  );
}
