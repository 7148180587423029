import type { JSX } from 'solid-js';

/** On or off, at once. The whole line answers to a finger. */
export function Switch(props: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}): JSX.Element {
  return (
    <label class="relative inline-flex h-7 w-10 items-center justify-end touch:h-11 touch:w-12">
      <input
        type="checkbox"
        role="switch"
        aria-checked={props.checked}
        aria-label={props.label}
        class="peer absolute inset-0 m-0 opacity-0"
        checked={props.checked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span
        aria-hidden="true"
        class="pointer-events-none flex h-6 w-10 items-center rounded-full border border-line-strong bg-sunken p-0.5 transition-colors peer-checked:border-transparent peer-checked:bg-accent peer-focus-visible:outline-2 peer-focus-visible:outline-offset-1 peer-focus-visible:outline-accent *:transition-transform peer-checked:*:translate-x-4"
      >
        <span class="size-4.5 rounded-full bg-raised shadow-sm ring-1 ring-line-strong" />
      </span>
    </label>
  );
}
