/** The phone's bar of keys: which there are, what they send, and how sticky modifiers behave. Pure. */

export const BAR_KEYS = {
  esc: 'esc',
  tab: 'tab',
  ctrl: 'ctrl',
  alt: 'alt',
  shift: 'shift',
  left: '←',
  down: '↓',
  up: '↑',
  right: '→',
  pipe: '|',
  slash: '/',
  minus: '-',
  tilde: '~',
  paste: 'paste',
  home: 'home',
  end: 'end',
  pageUp: 'pg↑',
  pageDown: 'pg↓',
  delete: 'del',
  enter: '⏎',
  backtick: '`',
  underscore: '_',
  backslash: '\\',
  dollar: '$',
  ampersand: '&',
  star: '*',
  colon: ':',
  quote: "'",
  doubleQuote: '"',
  less: '<',
  greater: '>',
  equals: '=',
  paren: '(',
  bracket: '[',
  brace: '{',
  interrupt: '^C',
  endOfFile: '^D',
  suspend: '^Z',
  reverseSearch: '^R',
  f1: 'F1',
  f2: 'F2',
  f3: 'F3',
  f4: 'F4',
  f5: 'F5',
  f6: 'F6',
  f7: 'F7',
  f8: 'F8',
  f9: 'F9',
  f10: 'F10',
  f11: 'F11',
  f12: 'F12',
} as const;

export type BarKey = keyof typeof BAR_KEYS;
export type Modifier = 'ctrl' | 'alt' | 'shift';

export const isBarKey = (key: unknown): key is BarKey =>
  typeof key === 'string' && Object.hasOwn(BAR_KEYS, key);
export const isModifier = (key: BarKey): key is Modifier =>
  key === 'ctrl' || key === 'alt' || key === 'shift';

export const DEFAULT_BAR: readonly BarKey[] = [
  'esc',
  'tab',
  'ctrl',
  'alt',
  'left',
  'down',
  'up',
  'right',
  'pipe',
  'slash',
  'minus',
  'tilde',
  'paste',
  'interrupt',
  'home',
  'end',
  'pageUp',
  'pageDown',
  'delete',
  'shift',
];

/** Spoken, and in the editor. */
export const KEY_NAMES: Partial<Record<BarKey, string>> = {
  esc: 'Escape',
  tab: 'Tab',
  ctrl: 'Control',
  alt: 'Alt',
  shift: 'Shift',
  left: 'Left',
  down: 'Down',
  up: 'Up',
  right: 'Right',
  paste: 'Paste',
  pageUp: 'Page up',
  pageDown: 'Page down',
  delete: 'Delete forward',
  enter: 'Enter',
  interrupt: 'Control C',
  endOfFile: 'Control D',
  suspend: 'Control Z',
  reverseSearch: 'Control R',
};

/** Holding these repeats them. */
const REPEATING: ReadonlySet<BarKey> = new Set<BarKey>([
  'left',
  'down',
  'up',
  'right',
  'pageUp',
  'pageDown',
  'delete',
  'tab',
  'minus',
  'tilde',
]);
export const repeats = (key: BarKey): boolean => REPEATING.has(key);

// ── what keys send ──────────────────────────────────────────────────────────

export type Modifiers = Record<Modifier, boolean>;

const CURSOR: Partial<Record<BarKey, string>> = {
  up: 'A',
  down: 'B',
  right: 'C',
  left: 'D',
  home: 'H',
  end: 'F',
};
const SS3: Partial<Record<BarKey, string>> = { f1: 'P', f2: 'Q', f3: 'R', f4: 'S' };
const TILDE: Partial<Record<BarKey, number>> = {
  delete: 3,
  pageUp: 5,
  pageDown: 6,
  f5: 15,
  f6: 17,
  f7: 18,
  f8: 19,
  f9: 20,
  f10: 21,
  f11: 23,
  f12: 24,
};
const FIXED: Partial<Record<BarKey, string>> = {
  esc: '\x1b',
  tab: '\t',
  enter: '\r',
  interrupt: '\x03',
  endOfFile: '\x04',
  suspend: '\x1a',
  reverseSearch: '\x12',
};

/** xterm's: 1 plus shift 1, alt 2, ctrl 4. */
const modifierCode = (held: Modifiers): number =>
  1 + (held.shift ? 1 : 0) + (held.alt ? 2 : 0) + (held.ctrl ? 4 : 0);

/** As xterm.js encodes the same key on a keyboard. Modifiers and `paste` send nothing by themselves. */
export function encodeKey(key: BarKey, held: Modifiers, applicationCursor: boolean): string {
  const code = modifierCode(held);
  const cursor = CURSOR[key];
  if (cursor) return code > 1 ? `\x1b[1;${code}${cursor}` : `\x1b${applicationCursor ? 'O' : '['}${cursor}`;
  const ss3 = SS3[key];
  if (ss3) return code > 1 ? `\x1b[1;${code}${ss3}` : `\x1bO${ss3}`;
  const tilde = TILDE[key];
  if (tilde) return code > 1 ? `\x1b[${tilde};${code}~` : `\x1b[${tilde}~`;
  if (key === 'tab' && held.shift) return '\x1b[Z';
  if (isModifier(key) || key === 'paste') return '';
  const fixed = FIXED[key];
  if (fixed) return held.alt ? `\x1b${fixed}` : fixed;
  return withModifiers(BAR_KEYS[key], held);
}

/** The control code for ctrl and a character, as terminals have it; null where there is none. */
function control(character: string): string | null {
  const upper = character.toUpperCase();
  if (/^[@-_]$/.test(upper)) return String.fromCharCode(upper.charCodeAt(0) - 64);
  switch (character) {
    case ' ':
    case '2':
      return '\x00';
    case '3':
      return '\x1b';
    case '4':
      return '\x1c';
    case '5':
      return '\x1d';
    case '6':
      return '\x1e';
    case '7':
    case '/':
    case '-':
      return '\x1f';
    case '8':
    case '?':
      return '\x7f';
    default:
      return null;
  }
}

/** Typed text under sticky modifiers: they take its first character, the rest is as typed. */
export function withModifiers(text: string, held: Modifiers): string {
  const [first, ...rest] = [...text];
  if (first === undefined) return '';
  let head = held.shift ? first.toUpperCase() : first;
  if (held.ctrl) head = control(first) ?? head;
  return (held.alt ? `\x1b${head}` : head) + rest.join('');
}

// ── sticky modifiers ────────────────────────────────────────────────────────

export type Stickiness = 'off' | 'once' | 'locked';
export type Sticky = Record<Modifier, Stickiness>;

export const NOTHING_HELD: Sticky = { ctrl: 'off', alt: 'off', shift: 'off' };
/** Two taps within this lock it. */
export const DOUBLE_TAP_MS = 350;

/** A tap: off → once → (again at once) locked → off. A second tap that comes late lets go. */
export function tap(sticky: Sticky, modifier: Modifier, sinceLastTapMs: number): Sticky {
  const now = sticky[modifier];
  const next = now === 'off' ? 'once' : now === 'once' && sinceLastTapMs <= DOUBLE_TAP_MS ? 'locked' : 'off';
  return { ...sticky, [modifier]: next };
}

/** A key was sent: what was held for one key is let go. */
export function afterKey(sticky: Sticky): Sticky {
  const release = (state: Stickiness): Stickiness => (state === 'once' ? 'off' : state);
  return { ctrl: release(sticky.ctrl), alt: release(sticky.alt), shift: release(sticky.shift) };
}

export const heldBy = (sticky: Sticky): Modifiers => ({
  ctrl: sticky.ctrl !== 'off',
  alt: sticky.alt !== 'off',
  shift: sticky.shift !== 'off',
});

export const anyHeld = (sticky: Sticky): boolean =>
  sticky.ctrl !== 'off' || sticky.alt !== 'off' || sticky.shift !== 'off';
