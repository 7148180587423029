/**
 * What is typed after ⌘K and before the palette is there. Invariant: from the key that opens it on, no key reaches what
 * had the focus before; the palette takes the text over and replays the other keys, once.
 */
import { createSignal } from 'solid-js';

export interface TypedAhead {
  text: string;
  /** Keys that are no text (Enter, arrows), in their order. */
  keys: readonly KeyboardEvent[];
}

export function createTypedAhead() {
  const [waiting, setWaiting] = createSignal(true);
  let field: HTMLInputElement | null = null;
  let keys: KeyboardEvent[] = [];
  return {
    /** Nobody has taken over yet. */
    waiting,
    /** `next` is in the document: it has the focus from here on. */
    begin(next: HTMLInputElement): void {
      field = next;
      next.focus();
    },
    press(event: KeyboardEvent): void {
      keys.push(event);
    },
    /** The caller has the focus from here on. */
    take(): TypedAhead {
      const taken = { text: field?.value ?? '', keys };
      field = null;
      keys = [];
      setWaiting(false);
      return taken;
    },
    /** Ready for the next time. */
    end(): void {
      field = null;
      keys = [];
      setWaiting(true);
    },
  };
}
