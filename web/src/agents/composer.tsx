/**
 * Where a prompt is written: text of several lines, files, `@` and `/`, what the agent lets one choose. It keeps what
 * is written as a draft, and empties only once what was sent is written down (outbox.ts).
 */
import type { AgentOption, SlashCommand } from '@porthole/shared/agent-events';
import { PROMPT_CHARS } from '@porthole/shared/agent-limits';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import Paperclip from 'lucide-solid/icons/paperclip';
import { createSignal, createUniqueId, type JSX, onCleanup, onMount, Show } from 'solid-js';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { Square } from '../ui/icons.ts';
import { CompletionList, createCompletion } from './composer-completion.tsx';
import { FileRow } from './composer-file-row.tsx';
import { createFiles, type PickedFile } from './composer-files.ts';
import { ComposerOptions } from './composer-options.tsx';
import { preferSendWith, sendWith } from './composer-preferences.ts';
import { sends } from './composer-text.ts';
import { makeDraft } from './drafts.ts';

export interface Written {
  text: string;
  choices: Record<string, string>;
  files: readonly PickedFile[];
}

export interface ComposerProps {
  organisationId: string;
  /** Whose draft it is: a session, or a workspace in which one is about to begin. */
  place: string;
  label: string;
  placeholder: string;
  options: readonly AgentOption[];
  /** There is no session yet, and `options` are those of an earlier one. */
  beginning?: boolean;
  commands: readonly SlashCommand[];
  findFiles: (match: string) => Promise<readonly string[]>;
  /** Keeps it, to be sent. The text stays when this fails. */
  onSend: (written: Written) => Promise<void>;
  /** The first keys, and now and then as long as they go on (AG8). */
  onTyping?: () => void;
  onSessionOption?: (option: string, value: string) => void;
  /** A turn runs, and may be stopped. */
  onStop?: (() => void) | undefined;
  stopping?: boolean;
  /** Why nothing can be sent. */
  closed?: string | null;
  autofocus?: boolean;
  /** Written elsewhere already; it takes the place of a draft. */
  initialText?: string;
  /** In front of the pickers: which agent, which workspace. */
  before?: JSX.Element;
  minRows?: number;
}

/** AG8: the first keystrokes, once they have settled; then so often. */
const TYPING_AFTER_MS = 500;
const TYPING_EVERY_MS = 5_000;

const isTouch = () => matchMedia('(pointer: coarse)').matches;

export function Composer(props: ComposerProps) {
  const id = createUniqueId();
  const draft = makeDraft(props.place, props.organisationId);
  const files = createFiles();
  const [text, setText] = createSignal('');
  const [choices, setChoices] = createSignal<Record<string, string>>({});
  const [caret, setCaret] = createSignal(0);
  const [problem, setProblem] = createSignal<string | null>(null);
  const [dragged, setDragged] = createSignal(false);
  let form: HTMLFormElement | undefined;
  let field: HTMLTextAreaElement | undefined;
  let picker: HTMLInputElement | undefined;
  let touched = false;

  onMount(() => {
    if (props.initialText) write(props.initialText);
    void draft
      .read()
      .then((kept) => {
        // What was typed meanwhile is newer.
        if (!kept || touched) return;
        setText(kept.text);
        setChoices(kept.choices);
        setCaret(kept.text.length);
      })
      .catch(() => {});
    // Whoever walks along the tabs by keyboard goes on doing so.
    const walking = document.activeElement?.matches('[role=tab]:focus-visible');
    if (props.autofocus && !isTouch() && !walking) field?.focus();
  });
  const leave = () => void draft.flush();
  addEventListener('pagehide', leave);
  onCleanup(() => {
    removeEventListener('pagehide', leave);
    leave();
  });

  const completion = createCompletion({
    text,
    caret,
    commands: () => props.commands,
    findFiles: (match) => props.findFiles(match),
    apply(next, place) {
      write(next);
      setCaret(place);
      field?.setSelectionRange(place, place);
    },
  });
  const sayTyping = createTyping(() => props.onTyping?.());

  function write(next: string): void {
    touched = true;
    setText(next);
    // Before the caret is set in it.
    if (field && field.value !== next) field.value = next;
    setProblem(null);
    draft.change({ text: next, choices: choices() });
    if (next !== '') sayTyping();
  }

  function choose(option: string, value: string | null): void {
    const { [option]: _, ...rest } = choices();
    setChoices(value === null ? rest : { ...rest, [option]: value });
    draft.change({ text: text(), choices: choices() });
  }

  const tooLong = () => text().length > PROMPT_CHARS;
  const complete = () => text().trim() !== '' && !tooLong() && !props.closed;

  /** What is written goes at once from the field, since the next may be begun; it comes back when it was not kept. */
  async function send(): Promise<void> {
    if (!complete()) return;
    const written = { text: text().trim(), choices: choices(), files: files.take() };
    touched = true;
    setText('');
    setChoices({});
    setCaret(0);
    setProblem(null);
    if (field) field.value = '';
    field?.focus();
    try {
      await draft.sent();
      await props.onSend(written);
    } catch (fault) {
      setProblem(`It could not be kept: ${fault instanceof Error ? fault.message : String(fault)}`);
      write(text() === '' ? written.text : `${written.text}\n\n${text()}`);
      setChoices(written.choices);
      files.putBack(written.files);
    }
    files.forget(written.files);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (completion.onKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (sends(event, sendWith(), isTouch())) {
      event.preventDefault();
      void send();
    } else if (event.key === 'Escape' && props.onStop && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      props.onStop();
    }
  }

  const seeCaret = () => field && setCaret(field.selectionStart);

  return (
    <form
      ref={form}
      data-typing
      class="relative"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        setDragged(true);
      }}
      onDragLeave={() => setDragged(false)}
      onDrop={(event) => {
        setDragged(false);
        if (!event.dataTransfer?.files.length) return;
        event.preventDefault();
        void files.add(event.dataTransfer.files);
      }}
    >
      <CompletionList of={completion} id={`${id}-list`} field={() => form} />
      <div
        class={cx(
          'rounded-xl border bg-raised transition-colors focus-within:border-accent',
          dragged() ? 'border-accent bg-accent-wash' : 'border-line-strong',
        )}
      >
        <Show when={files.files().length > 0}>
          <FileRow files={files.files()} onRemove={files.remove} />
        </Show>
        <textarea
          ref={field}
          aria-label={props.label}
          aria-autocomplete="list"
          aria-controls={completion.suggestions().length > 0 ? `${id}-list` : undefined}
          aria-activedescendant={
            completion.suggestions().length > 0 ? `${id}-list-${completion.chosen()}` : undefined
          }
          rows={props.minRows ?? 1}
          placeholder={dragged() ? 'Drop files here' : props.placeholder}
          value={text()}
          disabled={Boolean(props.closed)}
          enterkeyhint={isTouch() ? 'enter' : 'send'}
          onInput={(event) => {
            write(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart);
          }}
          onKeyDown={onKeyDown}
          onKeyUp={seeCaret}
          onClick={seeCaret}
          onPaste={(event) => {
            const pasted = event.clipboardData?.files;
            if (!pasted?.length) return;
            event.preventDefault();
            void files.add(pasted);
          }}
          style={{ 'min-height': `${(props.minRows ?? 1) * 1.5 + 1.25}rem` }}
          class="block max-h-[min(40dvh,20rem)] w-full resize-none bg-transparent px-3.5 pt-3 pb-1 text-base leading-6 outline-none [field-sizing:content] placeholder:text-faint disabled:opacity-60"
        />
        <div class="flex items-center gap-0.5 px-1.5 pb-1.5">
          <IconButton label="Add files" onClick={() => picker?.click()} disabled={Boolean(props.closed)}>
            <Paperclip size={15} />
          </IconButton>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            tabindex="-1"
            onChange={(event) => {
              void files.add([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = '';
            }}
          />
          <div class="flex min-w-0 flex-1 items-center gap-0.5 overflow-x-auto [scrollbar-width:none]">
            {props.before}
            <ComposerOptions
              options={props.options}
              beginning={props.beginning}
              choices={choices()}
              onChoice={choose}
              {...(props.onSessionOption ? { onSession: props.onSessionOption } : {})}
            />
          </div>
          <Show when={!isTouch() && text() !== ''}>
            <button
              type="button"
              class="h-7 shrink-0 rounded-md px-1.5 text-xs text-faint hover:bg-hover hover:text-ink"
              title="Change which key sends"
              onClick={() => {
                preferSendWith(sendWith() === 'enter' ? 'mod' : 'enter');
                field?.focus();
              }}
            >
              {sendWith() === 'enter' ? '⏎ sends' : `${isMac() ? '⌘' : 'Ctrl '}⏎ sends`}
            </button>
          </Show>
          <Show when={props.onStop}>
            {(stop) => (
              <button
                type="button"
                disabled={props.stopping}
                onClick={() => stop()()}
                title={props.stopping ? 'Stopping…' : 'Stop  esc'}
                class="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border border-line-strong px-2 text-xs text-soft hover:bg-hover hover:text-ink disabled:opacity-70 touch:h-11 touch:px-3"
              >
                <Square size={11} fill="currentColor" aria-hidden="true" />
                {props.stopping ? 'Stopping…' : 'Stop'}
              </button>
            )}
          </Show>
          <button
            type="submit"
            aria-label={props.onStop ? 'Add to the queue' : 'Send'}
            title={props.onStop ? 'Add to the queue' : 'Send'}
            disabled={!complete()}
            // A phone's keyboard stays.
            onPointerDown={(event) => event.preventDefault()}
            class="ml-1 grid size-7 shrink-0 place-items-center rounded-lg bg-accent text-accent-ink transition-opacity hover:bg-accent-hover disabled:bg-selected disabled:text-faint touch:size-11 touch:rounded-xl"
          >
            <ArrowUp size={16} />
          </button>
        </div>
      </div>
      <Show when={problem() ?? files.problem() ?? (tooLong() ? TOO_LONG : null) ?? props.closed}>
        {(message) => (
          <p role={props.closed ? 'status' : 'alert'} class="px-2 pt-1.5 text-xs text-bad">
            {message()}
          </p>
        )}
      </Show>
    </form>
  );
}

const TOO_LONG = `A prompt has no more than ${PROMPT_CHARS.toLocaleString()} characters; put longer text into a file.`;

const isMac = () => /Mac|iPhone|iPad/.test(navigator.platform);

/** AG8: however fast somebody types, said once it has settled in, and then now and then. */
function createTyping(say: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saidAt = Number.NEGATIVE_INFINITY;
  onCleanup(() => clearTimeout(timer));
  return () => {
    if (timer !== undefined || performance.now() - saidAt < TYPING_EVERY_MS) return;
    timer = setTimeout(() => {
      timer = undefined;
      saidAt = performance.now();
      say();
    }, TYPING_AFTER_MS);
  };
}
