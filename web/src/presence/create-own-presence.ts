/** What this tab says about its person: where it is, whether they are at it, whether they type. */
import { TYPING_MS } from '@porthole/shared/flow-limits';
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import type { OwnPresence } from '../data/sync.ts';
import { placeOf } from './place.ts';

/** Hands off for so long: idle. */
const IDLE_AFTER_MS = 5 * 60_000;

/** `[data-typing]` marks what counts as typing into a terminal or to an agent. */
export function createOwnPresence(pathname: Accessor<string>): Accessor<OwnPresence> {
  const [active, setActive] = createSignal(true);
  const [visible, setVisible] = createSignal(!document.hidden);
  const [typing, setTyping] = createSignal(false);
  let idleTimer: ReturnType<typeof setTimeout> | undefined;
  let typingTimer: ReturnType<typeof setTimeout> | undefined;
  const watch = new AbortController();
  onCleanup(() => {
    watch.abort();
    clearTimeout(idleTimer);
    clearTimeout(typingTimer);
  });

  function touch(event?: Event): void {
    setActive(true);
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => setActive(false), IDLE_AFTER_MS);
    if (!event || event.type === 'pointerdown' || !isTyping(event)) return;
    setTyping(true);
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => setTyping(false), TYPING_MS);
  }
  touch();
  for (const type of ['pointerdown', 'keydown', 'input']) {
    addEventListener(type, touch, { signal: watch.signal, capture: true, passive: true });
  }
  document.addEventListener('visibilitychange', () => setVisible(!document.hidden), { signal: watch.signal });
  // In another place nobody is typing yet.
  createEffect(on(pathname, () => setTyping(false), { defer: true }));

  const place = createMemo(() => placeOf(pathname()), undefined, {
    equals: (a, b) =>
      a.workspaceId === b.workspaceId && a.terminalId === b.terminalId && a.sessionId === b.sessionId,
  });
  return createMemo(() => ({
    status: active() && visible() ? ('online' as const) : ('idle' as const),
    place: place(),
    typing: typing(),
  }));
}

function isTyping(event: Event): boolean {
  if (event instanceof KeyboardEvent && (event.metaKey || event.key === 'Shift')) return false;
  return event.target instanceof Element && event.target.closest('[data-typing]') !== null;
}
