/** Buttons. A busy one keeps its width and its focus, and does nothing. */
import { type JSX, Show, splitProps } from 'solid-js';
import { cx } from './class.ts';
import { Spinner } from './spinner.tsx';

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger';

const VARIANTS: Record<Variant, string> = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-hover font-medium',
  secondary: 'border border-line-strong bg-raised text-ink hover:bg-hover',
  ghost: 'text-soft hover:bg-hover hover:text-ink',
  danger: 'border border-bad/40 text-bad hover:bg-bad-wash',
};

export interface ButtonProps extends JSX.ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant;
  size?: 'sm' | 'md' | 'lg';
  busy?: boolean;
  icon?: JSX.Element;
}

export function Button(props: ButtonProps) {
  const [own, rest] = splitProps(props, [
    'variant',
    'size',
    'busy',
    'icon',
    'class',
    'children',
    'onClick',
    'type',
  ]);
  return (
    <button
      type={own.type ?? 'button'}
      aria-busy={own.busy || undefined}
      aria-disabled={own.busy || undefined}
      onClick={(event) => {
        if (own.busy) event.preventDefault();
        else if (typeof own.onClick === 'function') own.onClick(event);
      }}
      class={cx(
        'relative inline-flex shrink-0 items-center justify-center gap-1.5 rounded-[7px] whitespace-nowrap transition-colors duration-100 disabled:pointer-events-none disabled:opacity-50',
        own.size === 'sm'
          ? 'h-7 px-2.5 text-sm touch:h-11 touch:px-3.5'
          : own.size === 'lg'
            ? 'h-10 px-4 text-base touch:h-12'
            : 'h-8 px-3 text-sm touch:h-11 touch:px-4',
        VARIANTS[own.variant ?? 'secondary'],
        own.class,
      )}
      {...rest}
    >
      <span class={cx('inline-flex items-center gap-1.5', own.busy && 'invisible')}>
        {own.icon}
        {own.children}
      </span>
      <Show when={own.busy}>
        <span class="absolute inset-0 grid place-items-center">
          <Spinner />
        </span>
      </Show>
    </button>
  );
}

export interface IconButtonProps extends JSX.ButtonHTMLAttributes<HTMLButtonElement> {
  /** Read out, and shown on hover. */
  label: string;
  /** Shown on hover beside the label: "⌘K". */
  keys?: string;
  pressed?: boolean;
  small?: boolean;
}

export function IconButton(props: IconButtonProps) {
  const [own, rest] = splitProps(props, ['label', 'keys', 'pressed', 'small', 'class', 'children', 'type']);
  return (
    <button
      type={own.type ?? 'button'}
      aria-label={own.label}
      aria-pressed={own.pressed}
      title={own.keys ? `${own.label}  ${own.keys}` : own.label}
      class={cx(
        'inline-grid shrink-0 place-items-center rounded-md text-soft transition-colors duration-100 hover:bg-hover hover:text-ink disabled:pointer-events-none disabled:opacity-40 aria-pressed:text-ink touch:size-11',
        own.small ? 'size-6' : 'size-7',
        own.class,
      )}
      {...rest}
    >
      {own.children}
    </button>
  );
}
