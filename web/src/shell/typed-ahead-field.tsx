/** Takes the focus at once, and keeps what is typed until the palette has it. */
import { onCleanup, onMount, Show } from 'solid-js';
import { useApp } from '../app-context.ts';

/** Not for the field itself: the palette does with them what it does with its own. */
const FOR_THE_PALETTE: ReadonlySet<string> = new Set(['Enter', 'ArrowDown', 'ArrowUp', 'Tab']);

export function TypedAheadField() {
  const { shell } = useApp();
  let field: HTMLInputElement | undefined;
  onMount(() => field && shell.typedAhead.begin(field));
  onCleanup(shell.typedAhead.end);
  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'Escape') shell.close();
    if (!FOR_THE_PALETTE.has(event.key)) return;
    event.preventDefault();
    shell.typedAhead.press(event);
  }
  return (
    <Show when={shell.typedAhead.waiting()}>
      <input
        ref={field}
        aria-label="Find anything"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        onKeyDown={onKeyDown}
        class="sr-only"
      />
    </Show>
  );
}
