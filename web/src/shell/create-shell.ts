/** The frame around the screens: which panes show and how wide they are on this device, and which overlay is open. */
import { createSignal, onCleanup } from 'solid-js';
import { createTypedAhead } from './create-typed-ahead.ts';
import { createFocus } from './focus.ts';
import { type Command, keysOf, type Platform } from './keymap.ts';

export const NARROW_PX = 720;
/** Below this the details lie over the terminal instead of beside it. */
const ROOMY_PX = 1080;

export const PANE_LIMITS = {
  left: { initial: 264, min: 200, max: 420 },
  right: { initial: 300, min: 240, max: 460 },
} as const;
export type PaneSide = keyof typeof PANE_LIMITS;

export type Overlay =
  | { name: 'palette' }
  | { name: 'keys' }
  | { name: 'new-workspace'; repositoryId?: string }
  | { name: 'new-organisation' }
  /** `text`: what was typed already. */
  | { name: 'new-session'; text?: string };

export type Shell = ReturnType<typeof createShell>;

export function createShell() {
  const narrowQuery = matchMedia(`(width < ${NARROW_PX}px)`);
  const roomyQuery = matchMedia(`(width >= ${ROOMY_PX}px)`);
  const [narrow, setNarrow] = createSignal(narrowQuery.matches);
  const [roomy, setRoomy] = createSignal(roomyQuery.matches);
  const watch = new AbortController();
  onCleanup(() => watch.abort());
  narrowQuery.addEventListener('change', () => setNarrow(narrowQuery.matches), { signal: watch.signal });
  roomyQuery.addEventListener('change', () => setRoomy(roomyQuery.matches), { signal: watch.signal });

  const left = createPane('left', true);
  const right = createPane('right', roomyQuery.matches);
  const [overlay, setOverlay] = createSignal<Overlay | null>(null);
  /** Where the focus was before an overlay, most often in a terminal. */
  let focused: Element | null = null;
  function open(next: Overlay): void {
    if (!overlay()) focused = document.activeElement;
    setOverlay(next);
  }
  function close(): void {
    setOverlay(null);
    const before = focused;
    focused = null;
    // Unless what was chosen has moved it already. After the overlay has let go of it.
    const giveBack = () => {
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    };
    giveBack();
    requestAnimationFrame(giveBack);
  }
  const typedAhead = createTypedAhead();
  const focus = createFocus();
  const platform: Platform = /Mac|iPhone|iPad/.test(navigator.platform) ? 'mac' : 'other';
  /** What the screen on show does with a command: the newest first. */
  const handlers: ((command: Command) => boolean)[] = [];

  return {
    platform,
    /** What to press for a command of `keymap.ts` from where the focus is now: "Ctrl+Shift+K" within a terminal. */
    keys: (key: string) => keysOf(key, platform, focus()),
    narrow,
    roomy,
    panes: { left, right },
    overlay,
    open,
    close,
    typedAhead,
    /** Owned: lets go with its owner. */
    onCommand(handler: (command: Command) => boolean) {
      handlers.unshift(handler);
      onCleanup(() => {
        handlers.splice(handlers.indexOf(handler), 1);
      });
    },
    run(command: Command): boolean {
      if (handlers.some((handler) => handler(command))) return true;
      switch (command) {
        case 'palette':
        case 'keys':
          open({ name: command });
          return true;
        case 'new_workspace':
          open({ name: 'new-workspace' });
          return true;
        case 'left_pane':
          left.toggle();
          return true;
        case 'right_pane':
          right.toggle();
          return true;
        default:
          return false;
      }
    },
  };
}

export type Pane = ReturnType<typeof createPane>;

function createPane(side: PaneSide, initiallyOpen: boolean) {
  const key = `porthole.pane.${side}`;
  const limits = PANE_LIMITS[side];
  const stored = readStored(key);
  const [open, setOpen] = createSignal(stored?.open ?? initiallyOpen);
  const [width, setWidth] = createSignal(clamp(stored?.width ?? limits.initial, limits.min, limits.max));
  const store = () => localStorage.setItem(key, JSON.stringify({ open: open(), width: width() }));
  return {
    open,
    width,
    limits,
    toggle() {
      setOpen(!open());
      store();
    },
    show(next: boolean) {
      setOpen(next);
      store();
    },
    resize(next: number) {
      setWidth(clamp(Math.round(next), limits.min, limits.max));
      store();
    },
  };
}

function readStored(key: string): { open: boolean; width: number } | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    if (typeof value !== 'object' || value === null) return null;
    const { open, width } = value as Record<string, unknown>;
    return typeof open === 'boolean' && typeof width === 'number' ? { open, width } : null;
  } catch {
    return null;
  }
}

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));
