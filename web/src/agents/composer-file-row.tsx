/** The files that go with the prompt being written: pictures as they are, others by name and size. */
import { For, Show } from 'solid-js';
import { X } from '../ui/icons.ts';
import type { PickedFile } from './composer-files.ts';
import { sizeText } from './composer-text.ts';

export function FileRow(props: { files: readonly PickedFile[]; onRemove: (id: string) => void }) {
  return (
    <ul aria-label="Files for this prompt" class="flex gap-2 overflow-x-auto px-3 pt-3">
      <For each={props.files}>
        {({ attachment, preview }) => (
          <li class="group relative shrink-0">
            <Show
              when={preview}
              fallback={
                <div class="flex h-14 max-w-44 flex-col justify-center rounded-lg border border-line bg-sunken py-1 pr-7 pl-2.5">
                  <span class="truncate text-xs">{attachment.name}</span>
                  <span class="text-[11px] text-faint">{sizeText(attachment.size)}</span>
                </div>
              }
            >
              {(src) => (
                <img
                  src={src()}
                  alt={attachment.name}
                  title={`${attachment.name}, ${sizeText(attachment.size)}`}
                  class="size-14 rounded-lg border border-line object-cover"
                />
              )}
            </Show>
            <button
              type="button"
              aria-label={`Remove ${attachment.name}`}
              onClick={() => props.onRemove(attachment.id)}
              class="absolute -top-1.5 -right-1.5 grid size-5 place-items-center rounded-full border border-line bg-raised text-soft shadow-sm hover:text-ink touch:size-8"
            >
              <X size={11} />
            </button>
          </li>
        )}
      </For>
    </ul>
  );
}
