/** One picture over everything: whole, at a press in its own size, and a way to a tab of its own. Escape closes it. */
import * as Kobalte from '@kobalte/core/dialog';
import type { StoredImage } from '@porthole/shared/agent-events';
import { createSignal, Show } from 'solid-js';
import { cx } from '../ui/class.ts';
import { ExternalLink, X } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';
import type { ImageUrl } from './session-images.ts';
import { createPictureUrl } from './session-picture.tsx';
import { bytes } from './timeline-text.ts';

const BUTTON =
  'inline-grid size-9 shrink-0 place-items-center rounded-md text-white/75 hover:bg-white/10 hover:text-white touch:size-11';

export default function PictureLightbox(props: {
  open: boolean;
  title: string;
  image: StoredImage;
  url: ImageUrl;
  address: string;
  onClose: () => void;
  /** It has gone: the focus is wanted back. */
  onClosed: () => void;
}) {
  const { url, failed, again } = createPictureUrl(props);
  const [natural, setNatural] = createSignal(false);
  return (
    <Kobalte.Root open={props.open} onOpenChange={(open) => open || props.onClose()}>
      <Kobalte.Portal>
        <Kobalte.Overlay class="fixed inset-0 z-40 bg-black/95 animate-[appear_120ms_ease-out]" />
        <Kobalte.Content
          class="fixed inset-0 z-40 flex flex-col text-white outline-none"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            props.onClosed();
          }}
        >
          <header class="flex items-center gap-1 py-1.5 pr-2 pl-4 safe-top">
            <Kobalte.Title class="min-w-0 flex-1 truncate text-sm">
              {props.title}
              <span class="ml-2 text-white/60 tabular-nums narrow:hidden">
                {props.image.width} × {props.image.height}, {bytes(props.image.size)}
              </span>
            </Kobalte.Title>
            <Show when={props.address}>
              <a
                href={props.address}
                target="_blank"
                rel="noopener noreferrer"
                aria-label="Open in a tab"
                title="Open in a tab"
                class={BUTTON}
              >
                <ExternalLink size={16} />
              </a>
            </Show>
            <Kobalte.CloseButton aria-label="Close" class={BUTTON}>
              <X size={18} />
            </Kobalte.CloseButton>
          </header>
          <div
            class={cx(
              'flex min-h-0 flex-1 overscroll-contain p-4 pt-0 pb-[max(1rem,env(safe-area-inset-bottom))] narrow:p-0',
              natural() ? 'overflow-auto' : 'items-stretch justify-center overflow-hidden',
            )}
          >
            <Show when={url()} fallback={<Waiting failed={failed()} again={again} />}>
              {(source) => (
                <button
                  type="button"
                  onClick={() => setNatural((now) => !now)}
                  aria-label={natural() ? 'Show it whole' : 'Show it in its own size'}
                  class={cx(
                    natural()
                      ? 'm-auto w-max cursor-zoom-out'
                      : 'flex min-h-0 min-w-0 flex-1 cursor-zoom-in items-center justify-center',
                  )}
                >
                  <img
                    src={source()}
                    alt={props.title}
                    width={props.image.width}
                    height={props.image.height}
                    class={cx(
                      natural() ? 'max-w-none' : 'h-auto max-h-full w-auto max-w-full object-contain',
                    )}
                  />
                </button>
              )}
            </Show>
          </div>
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte.Root>
  );
}

function Waiting(props: { failed: boolean; again: () => void }) {
  return (
    <Show when={props.failed} fallback={<Spinner label="The picture is on its way" class="m-auto" />}>
      <p class="m-auto flex flex-col items-center gap-3 text-sm text-white/75">
        The picture did not come. The oldest are not kept for ever.
        <button
          type="button"
          onClick={() => props.again()}
          class="rounded-md border border-white/30 px-3 py-1.5 hover:bg-white/10 touch:py-3"
        >
          Try again
        </button>
      </p>
    </Show>
  );
}
