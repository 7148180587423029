/** Sticky modifiers of the bar of keys: held for one key, or locked, and applied to whatever is typed next. */
import { createSignal } from 'solid-js';
import { afterKey, anyHeld, heldBy, type Modifier, NOTHING_HELD, tap, withModifiers } from './bar-keys.ts';

export type StickyControl = ReturnType<typeof createSticky>;

export function createSticky() {
  const [sticky, setSticky] = createSignal(NOTHING_HELD);
  let tappedAt = Number.NEGATIVE_INFINITY;
  return {
    sticky,
    held: () => heldBy(sticky()),
    tap(modifier: Modifier): void {
      const now = performance.now();
      setSticky((before) => tap(before, modifier, now - tappedAt));
      tappedAt = now;
    },
    /** Lets go of what was held for one key. */
    used: () => setSticky(afterKey),
    /** Typed text on its way out. What begins with ESC was encoded already. */
    apply(text: string): string {
      if (!anyHeld(sticky()) || text.startsWith('\x1b')) return text;
      const changed = withModifiers(text, heldBy(sticky()));
      setSticky(afterKey);
      return changed;
    },
  };
}
