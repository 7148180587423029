/** Where the focus is, which decides whose keys are whose (keymap.ts). */
import { createSignal, onCleanup } from 'solid-js';
import type { Focus } from './keymap.ts';

export function focusOf(target: EventTarget | null): Focus {
  if (!(target instanceof HTMLElement)) return 'page';
  if (target.closest('.xterm')) return 'terminal';
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ? 'text' : 'page';
}

/** Follows it. Owned: lets go with its owner. */
export function createFocus(): () => Focus {
  const [focus, setFocus] = createSignal(focusOf(document.activeElement));
  const watch = new AbortController();
  onCleanup(() => watch.abort());
  const { signal } = watch;
  addEventListener('focusin', ({ target }) => setFocus(focusOf(target)), { signal });
  addEventListener('focusout', ({ relatedTarget }) => setFocus(focusOf(relatedTarget)), { signal });
  return focus;
}
