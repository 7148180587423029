/** What a person likes about terminals on this device: text size, cursor, the bar of keys. Kept in localStorage. */
import { SCROLLBACK_LINES } from '@porthole/shared';
import { createSignal } from 'solid-js';
import { type BarKey, DEFAULT_BAR, isBarKey } from './bar-keys.ts';
import { clamp, MAX_FONT, MIN_FONT } from './fit.ts';

export type CursorStyle = 'block' | 'bar' | 'underline';

export interface Preferences {
  /** CSS pixels. */
  fontSize: number;
  cursorStyle: CursorStyle;
  cursorBlink: boolean;
  /** Lines kept above the screen, in this window. */
  scrollback: number;
  bar: BarKey[];
  /** Ids of terminals whose programs may set the clipboard. */
  clipboard: string[];
}

const KEY = 'porthole.terminal';
/** About 2 KiB a line at 160 columns: 40 MiB a terminal, which a phone still bears. */
export const MAX_SCROLLBACK = 20_000;
/** Consents are forgotten oldest first. */
const MAX_CONSENTS = 100;
/** Widths that come out near whole pixels, which is where WebGL draws cells: 8.2 and 7.03. */
export const DEFAULT_FONT =
  typeof matchMedia === 'function' && matchMedia('(pointer: coarse)').matches ? 12 : 14;

const defaults = (): Preferences => ({
  fontSize: DEFAULT_FONT,
  cursorStyle: 'block',
  cursorBlink: true,
  scrollback: SCROLLBACK_LINES,
  bar: [...DEFAULT_BAR],
  clipboard: [],
});

/** Whatever an older version, or someone by hand, has written there. */
export function parsePreferences(text: string | null): Preferences {
  const result = defaults();
  let stored: Record<string, unknown>;
  try {
    stored = Object(JSON.parse(text ?? '{}'));
  } catch {
    return result;
  }
  if (typeof stored.fontSize === 'number' && Number.isFinite(stored.fontSize))
    result.fontSize = clamp(stored.fontSize, MIN_FONT, MAX_FONT);
  if (stored.cursorStyle === 'bar' || stored.cursorStyle === 'underline')
    result.cursorStyle = stored.cursorStyle;
  if (typeof stored.cursorBlink === 'boolean') result.cursorBlink = stored.cursorBlink;
  if (Number.isInteger(stored.scrollback))
    result.scrollback = clamp(stored.scrollback as number, 0, MAX_SCROLLBACK);
  if (Array.isArray(stored.bar)) {
    const bar = stored.bar.filter(isBarKey);
    if (bar.length > 0) result.bar = [...new Set(bar)];
  }
  if (Array.isArray(stored.clipboard))
    result.clipboard = stored.clipboard.filter((id) => typeof id === 'string').slice(-MAX_CONSENTS);
  return result;
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

const [preferences, setPreferences] = createSignal(parsePreferences(read()));

export { preferences };

// Another window has changed them: what was revoked there holds here, and is not written back from here.
if (typeof window !== 'undefined') {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === KEY) setPreferences(parsePreferences(newValue));
  });
}

export function prefer(change: Partial<Preferences>): void {
  const next = { ...preferences(), ...change };
  next.fontSize = clamp(next.fontSize, MIN_FONT, MAX_FONT);
  next.clipboard = next.clipboard.slice(-MAX_CONSENTS);
  setPreferences(next);
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Storage is full or forbidden: it holds until the page goes.
  }
}
