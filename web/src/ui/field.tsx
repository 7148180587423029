/** A label, a control, a hint, and what is wrong with it, tied together for whoever listens instead of looking. */
import { createUniqueId, type JSX, Show, splitProps } from 'solid-js';
import { cx } from './class.ts';

interface FieldFrame {
  label: string;
  hint?: JSX.Element;
  error?: string | undefined;
  /** Beside the label: "optional". */
  aside?: JSX.Element;
}

function Frame(props: FieldFrame & { id: string; class?: string; children: JSX.Element }) {
  return (
    <div class={cx('flex min-w-0 flex-col gap-1.5', props.class)}>
      <div class="flex items-baseline justify-between gap-3">
        <label for={props.id} class="text-sm font-medium text-ink">
          {props.label}
        </label>
        <Show when={props.aside}>
          <span class="text-xs text-faint">{props.aside}</span>
        </Show>
      </div>
      {props.children}
      <Show when={props.error} fallback={<Hint id={`${props.id}-hint`}>{props.hint}</Hint>}>
        <p id={`${props.id}-error`} role="alert" class="text-xs text-bad">
          {props.error}
        </p>
      </Show>
    </div>
  );
}

function Hint(props: { id: string; children: JSX.Element }) {
  return (
    <Show when={props.children}>
      <p id={props.id} class="text-xs leading-[1.125rem] text-faint">
        {props.children}
      </p>
    </Show>
  );
}

const describedBy = (id: string, props: FieldFrame) =>
  props.error ? `${id}-error` : props.hint ? `${id}-hint` : undefined;

const FRAME = ['label', 'hint', 'error', 'aside', 'class'] as const;

export function TextField(
  props: FieldFrame & JSX.InputHTMLAttributes<HTMLInputElement> & { mono?: boolean },
) {
  const id = createUniqueId();
  const [frame, rest] = splitProps(props, FRAME);
  const [own, input] = splitProps(rest, ['mono']);
  return (
    <Frame id={id} {...frame}>
      <input
        id={id}
        class={cx('field', own.mono && 'font-mono text-[0.8125rem]')}
        aria-invalid={frame.error ? 'true' : undefined}
        aria-describedby={describedBy(id, frame)}
        autocapitalize="off"
        spellcheck={false}
        {...input}
      />
    </Frame>
  );
}

export function TextArea(
  props: FieldFrame & JSX.TextareaHTMLAttributes<HTMLTextAreaElement> & { mono?: boolean },
) {
  const id = createUniqueId();
  const [frame, rest] = splitProps(props, FRAME);
  const [own, input] = splitProps(rest, ['mono']);
  return (
    <Frame id={id} {...frame}>
      <textarea
        id={id}
        rows={4}
        class={cx('field resize-y', own.mono && 'font-mono text-[0.8125rem]')}
        aria-invalid={frame.error ? 'true' : undefined}
        aria-describedby={describedBy(id, frame)}
        autocapitalize="off"
        spellcheck={false}
        {...input}
      />
    </Frame>
  );
}

/** The platform's own list: the best there is on a phone. */
export function SelectField(props: FieldFrame & JSX.SelectHTMLAttributes<HTMLSelectElement>) {
  const id = createUniqueId();
  const [frame, rest] = splitProps(props, FRAME);
  return (
    <Frame id={id} {...frame}>
      <select
        id={id}
        class="field"
        aria-invalid={frame.error ? 'true' : undefined}
        aria-describedby={describedBy(id, frame)}
        {...rest}
      />
    </Frame>
  );
}

/** One of a few, side by side. */
export function Segmented<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { value: T; label: string; icon?: JSX.Element; disabled?: boolean }[];
  onChange: (value: T) => void;
  class?: string;
}) {
  const name = createUniqueId();
  return (
    <fieldset class={cx('min-w-0', props.class)}>
      <legend class="sr-only">{props.label}</legend>
      <div class="flex gap-0.5 rounded-lg border border-line bg-sunken p-0.5">
        {props.options.map((option) => (
          <label
            class={cx(
              'relative flex h-7 min-w-0 flex-1 items-center justify-center gap-1.5 rounded-md px-3 text-sm text-soft transition-colors has-checked:bg-raised has-checked:text-ink has-checked:shadow-sm has-focus-visible:outline-2 has-focus-visible:outline-accent touch:h-11',
              option.disabled && 'cursor-not-allowed !text-faint',
            )}
          >
            <input
              type="radio"
              class="sr-only"
              name={name}
              value={option.value}
              disabled={option.disabled}
              checked={props.value === option.value}
              onChange={() => props.onChange(option.value)}
            />
            {option.icon}
            <span class="truncate">{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
