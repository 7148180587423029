/** A picture that a session has made: in its place before it has come, large at a press, and alone in a tab. */
import type { StoredImage } from '@porthole/shared/agent-events';
import ImageOff from 'lucide-solid/icons/image-off';
import { createEffect, createSignal, on, onCleanup, Show } from 'solid-js';
import { cx } from '../ui/class.ts';
import { later } from '../ui/later.tsx';
import type { ImageUrl } from './session-images.ts';
import { visible } from './timeline-text.ts';

const Lightbox = later(() => import('./picture-lightbox.tsx'));

export interface PictureProps {
  title: string;
  image: StoredImage;
  url: ImageUrl;
  /** Where it can be opened by itself. */
  address: string;
  class?: string;
  style?: Record<string, string>;
}

export function Picture(props: PictureProps) {
  const { url, failed, again } = createPictureUrl(props);
  const [large, setLarge] = createSignal(false);
  let button: HTMLButtonElement | undefined;
  const [opened, setOpened] = createSignal(false);
  function show(): void {
    setOpened(true);
    setLarge(true);
  }
  const name = () => visible(props.title);
  return (
    <>
      <button
        ref={button}
        type="button"
        onClick={() => (failed() ? again() : show())}
        aria-label={failed() ? `Load ${name()} again` : `Show ${name()} large`}
        title={name()}
        class={cx(
          'block overflow-hidden rounded-lg border border-line bg-sunken transition-colors duration-100 hover:border-line-strong',
          !failed() && 'cursor-zoom-in',
          props.class,
        )}
        style={props.style}
      >
        <Show when={url()} fallback={<Missing failed={failed()} />}>
          {(source) => (
            <img src={source()} alt={name()} decoding="async" class="size-full object-cover object-top" />
          )}
        </Show>
      </button>
      {/* It stays while it closes. */}
      <Show when={opened()}>
        <Lightbox
          open={large()}
          onClosed={() => button?.focus()}
          title={name()}
          image={props.image}
          url={props.url}
          address={props.address}
          onClose={() => setLarge(false)}
        />
      </Show>
    </>
  );
}

/** Asked for when it is shown. */
export function createPictureUrl(props: { image: StoredImage; url: ImageUrl }) {
  const [url, setUrl] = createSignal<string | null>(null);
  const [failed, setFailed] = createSignal(false);
  let gone = false;
  onCleanup(() => {
    gone = true;
  });
  async function load(): Promise<void> {
    setFailed(false);
    const { image } = props;
    const made = await props.url(image);
    if (gone || image.id !== props.image.id) return;
    setUrl(made);
    setFailed(made === null);
  }
  createEffect(
    on(
      () => props.image.id,
      () => void load(),
    ),
  );
  return { url, failed, again: () => void load() };
}

function Missing(props: { failed: boolean }) {
  return (
    <span class="grid size-full place-items-center p-1 text-center text-xs text-faint">
      <Show when={props.failed}>
        <span class="flex flex-col items-center gap-1">
          <ImageOff size={16} aria-hidden="true" />
          Not here
        </span>
      </Show>
    </span>
  );
}
