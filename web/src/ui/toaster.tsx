/** Shows the toasts. Kobalte's region keeps them reachable (F6 style landmarks) and pauses them under a pointer. */
import { Toast, toaster } from '@kobalte/core/toast';
import { createEffect, onCleanup, Show } from 'solid-js';
import { Portal } from 'solid-js/web';
import { Button } from './button.tsx';
import { CircleAlert, CircleCheck, Info, X } from './icons.ts';
import { hideToast, type ToastMessage, toasts } from './toast.ts';

const SHOWN_MS = 5_000;

export default function Toaster() {
  const shown = new Map<number, number>();
  createEffect(() => {
    const now = new Set(toasts().map(({ id }) => id));
    for (const message of toasts()) {
      if (!shown.has(message.id))
        shown.set(
          message.id,
          toaster.show((props) => <One {...props} of={message} />),
        );
    }
    for (const [id, toastId] of shown) {
      if (now.has(id)) continue;
      shown.delete(id);
      toaster.dismiss(toastId);
    }
  });
  return (
    <Portal>
      <Toast.Region duration={SHOWN_MS} limit={4}>
        <Toast.List class="fixed right-0 bottom-0 z-50 m-0 flex w-full list-none flex-col gap-2 p-4 pr-[max(1rem,env(safe-area-inset-right))] pb-[max(1rem,env(safe-area-inset-bottom))] outline-none sm:w-96" />
      </Toast.Region>
    </Portal>
  );
}

function One(props: { toastId: number; of: ToastMessage }) {
  onCleanup(() => hideToast(props.of.id));
  return (
    <Toast
      toastId={props.toastId}
      persistent={props.of.sticky ?? false}
      priority={props.of.tone === 'bad' ? 'high' : 'low'}
      class="flex animate-[rise_160ms_ease-out] items-start gap-2.5 rounded-xl border border-line bg-raised p-3 text-sm shadow-pop"
    >
      {props.of.tone === 'good' ? (
        <CircleCheck size={16} class="mt-0.5 shrink-0 text-ok" aria-hidden="true" />
      ) : props.of.tone === 'bad' ? (
        <CircleAlert size={16} class="mt-0.5 shrink-0 text-bad" aria-hidden="true" />
      ) : (
        <Info size={16} class="mt-0.5 shrink-0 text-accent" aria-hidden="true" />
      )}
      <div class="min-w-0 flex-1">
        <Toast.Title class="font-medium">{props.of.title}</Toast.Title>
        <Show when={props.of.text}>
          <Toast.Description class="mt-0.5 text-pretty break-words text-soft">
            {props.of.text}
          </Toast.Description>
        </Show>
        <Show when={props.of.action}>
          {(action) => (
            <Button
              size="sm"
              class="mt-2"
              onClick={() => {
                action().run();
                hideToast(props.of.id);
              }}
            >
              {action().label}
            </Button>
          )}
        </Show>
      </div>
      <Toast.CloseButton
        aria-label="Dismiss"
        class="-m-1 inline-grid size-7 shrink-0 place-items-center rounded-md text-faint hover:bg-hover hover:text-ink touch:-m-2 touch:size-11"
      >
        <X size={14} />
      </Toast.CloseButton>
    </Toast>
  );
}
