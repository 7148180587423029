import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import { createSignal, For, onMount, Show } from 'solid-js';
import { cx } from './class.ts';
import { Check } from './icons.ts';
import type { MenuItem } from './menu.tsx';

export default function MenuPopup(props: {
  anchor: HTMLElement | undefined;
  items: readonly MenuItem[];
  label: string;
  align: 'start' | 'end';
  side: 'top' | 'bottom';
  onClose: () => void;
}) {
  // Opened after it is mounted: Kobalte moves the focus in on the change.
  const [open, setOpen] = createSignal(false);
  onMount(() => setOpen(true));
  const anchor = props.anchor;
  return (
    <DropdownMenu
      open={open()}
      onOpenChange={(next) => {
        setOpen(next);
        if (!next) props.onClose();
      }}
      placement={`${props.side}-${props.align}`}
      gutter={6}
      getAnchorRect={() => anchor?.getBoundingClientRect()}
    >
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={props.label}
          class="z-50 max-h-[min(28rem,80dvh)] min-w-52 max-w-[min(22rem,calc(100vw-1rem))] animate-[rise_110ms_ease-out] overflow-y-auto rounded-[10px] border border-line bg-raised p-1 text-sm shadow-pop outline-none"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // Unless what was chosen has moved the focus already.
            if (document.activeElement === document.body || !document.activeElement) anchor?.focus();
          }}
        >
          <For each={props.items}>{(item) => <Item item={item} />}</For>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu>
  );
}

function Item(props: { item: MenuItem }) {
  const item = props.item;
  if (item === 'line') return <DropdownMenu.Separator class="my-1 border-line" />;
  if ('heading' in item) {
    return (
      <div role="presentation" class="px-2 pt-1.5 pb-1 text-xs text-faint">
        {item.heading}
      </div>
    );
  }
  return (
    <DropdownMenu.Item
      disabled={item.disabled ?? false}
      onSelect={item.onSelect}
      class={cx(
        'flex h-8 items-center gap-2.5 rounded-md px-2 outline-none data-disabled:opacity-45 data-highlighted:bg-hover touch:h-11',
        item.tone === 'bad' && 'text-bad',
      )}
    >
      <Show when={item.icon}>
        <span class={cx('grid size-4 shrink-0 place-items-center', item.tone !== 'bad' && 'text-faint')}>
          {item.icon}
        </span>
      </Show>
      <span class="min-w-0 flex-1 truncate">{item.label}</span>
      <Show when={item.aside}>
        <span class="text-xs text-faint">{item.aside}</span>
      </Show>
      <Show when={item.checked}>
        <Check size={14} class="text-accent" aria-label="chosen" />
      </Show>
    </DropdownMenu.Item>
  );
}
