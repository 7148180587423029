/** Dialogs on Kobalte: focus stays inside and returns, escape closes, the rest is out of reach. On a phone, a sheet. */
// As namespaces: `AlertDialog` and `Dialog` are one object, and whichever is loaded last names its parts.
import * as AlertDialog from '@kobalte/core/alert-dialog';
import * as Kobalte from '@kobalte/core/dialog';
import { type JSX, Show } from 'solid-js';
import { Button, type ButtonProps } from './button.tsx';
import { cx } from './class.ts';
import { ErrorBox } from './error-box.tsx';
import { X } from './icons.ts';

const OVERLAY = 'fixed inset-0 z-40 bg-shade animate-[appear_120ms_ease-out]';
const CONTENT =
  'flex max-h-[calc(100dvh-2rem)] w-full flex-col overflow-hidden border border-line bg-raised shadow-pop outline-none narrow:max-h-[92dvh] narrow:rounded-t-2xl narrow:animate-[slide-up_180ms_ease-out] wide:rounded-xl wide:animate-[rise_140ms_ease-out]';
const PLACE =
  'fixed inset-0 z-40 flex justify-center narrow:items-end wide:items-start wide:px-4 wide:pt-[min(12vh,7rem)] wide:pb-4';

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: JSX.Element;
  children: JSX.Element;
  /** Under a line at the bottom; stays in sight while the rest scrolls. */
  footer?: JSX.Element;
  width?: 'sm' | 'md' | 'lg';
}

/** What is to be filled in, rather than the cross above it; on a phone the dialog, or the keyboard would hide it. */
function focusField(event: Event): void {
  const content = event.currentTarget ?? event.target;
  if (!(content instanceof HTMLElement)) return;
  event.preventDefault();
  const field = matchMedia('(pointer: coarse)').matches
    ? null
    : (content.querySelector<HTMLElement>('[autofocus]') ??
      content.querySelector<HTMLElement>(
        'input:not([type=radio]), textarea, select, footer button:last-child',
      ));
  (field ?? content).focus();
  if (field instanceof HTMLInputElement) field.select();
}

const WIDTHS = { sm: 'wide:max-w-md', md: 'wide:max-w-lg', lg: 'wide:max-w-2xl' } as const;

export function Dialog(props: DialogProps) {
  return (
    <Kobalte.Root open={props.open} onOpenChange={(open) => open || props.onClose()}>
      <Kobalte.Portal>
        <Kobalte.Overlay class={OVERLAY} />
        <div class={PLACE}>
          <Kobalte.Content class={cx(CONTENT, WIDTHS[props.width ?? 'md'])} onOpenAutoFocus={focusField}>
            <header class="flex items-start justify-between gap-4 px-5 pt-4 pb-3">
              <div class="min-w-0">
                <Kobalte.Title class="text-lg font-semibold">{props.title}</Kobalte.Title>
                <Show when={props.description}>
                  <Kobalte.Description class="mt-0.5 text-sm text-soft">
                    {props.description}
                  </Kobalte.Description>
                </Show>
              </div>
              <Kobalte.CloseButton
                aria-label="Close"
                class="-mt-0.5 -mr-2 inline-grid size-8 shrink-0 place-items-center rounded-md text-faint hover:bg-hover hover:text-ink touch:size-11"
              >
                <X size={16} />
              </Kobalte.CloseButton>
            </header>
            <div class="pane-scroll min-h-0 flex-1 px-5 pb-5">{props.children}</div>
            <Show when={props.footer}>
              <footer class="flex items-center justify-end gap-2 border-t border-line px-5 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
                {props.footer}
              </footer>
            </Show>
          </Kobalte.Content>
        </div>
      </Kobalte.Portal>
    </Kobalte.Root>
  );
}

export interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: JSX.Element;
  action: string;
  busy?: boolean;
  error?: string | null;
  variant?: ButtonProps['variant'];
  onConfirm: () => void;
}

/** Asks before what cannot be taken back. Cancel has the focus. */
export function Confirm(props: ConfirmProps) {
  let cancel: HTMLButtonElement | undefined;
  return (
    <AlertDialog.Root open={props.open} onOpenChange={(open) => open || props.onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay class={OVERLAY} />
        <div class={PLACE}>
          <AlertDialog.Content
            class={cx(CONTENT, 'wide:max-w-md')}
            onOpenAutoFocus={(event) => {
              event.preventDefault();
              cancel?.focus();
            }}
          >
            <div class="pane-scroll flex flex-col gap-2 p-5">
              <AlertDialog.Title class="text-lg font-semibold">{props.title}</AlertDialog.Title>
              <AlertDialog.Description as="div" class="text-sm text-pretty text-soft">
                {props.children}
              </AlertDialog.Description>
              <Show when={props.error}>{(error) => <ErrorBox message={error()} class="mt-2" />}</Show>
            </div>
            <footer class="flex justify-end gap-2 border-t border-line px-5 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
              <Button ref={cancel} onClick={() => props.onClose()}>
                Cancel
              </Button>
              <Button variant={props.variant ?? 'danger'} busy={props.busy} onClick={() => props.onConfirm()}>
                {props.action}
              </Button>
            </footer>
          </AlertDialog.Content>
        </div>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
