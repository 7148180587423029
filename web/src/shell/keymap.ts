/**
 * The app's keys. Pure. On a Mac they use ⌘, which no shell does. Elsewhere Ctrl belongs to the shell, so inside a
 * terminal the same keys need Ctrl+Shift, which also works outside. Matched by the key's place (`code`), since with
 * Shift a layout prints something else.
 */
export type Command =
  | 'palette'
  | 'left_pane'
  | 'right_pane'
  | 'new_terminal'
  | 'new_workspace'
  | 'keys'
  | 'previous_tab'
  | 'next_tab'
  | `tab_${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`;

export interface KeyPress {
  code: string;
  key: string;
  metaKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

export type Platform = 'mac' | 'other';
/** Where the focus is: the program gets its keys first, and text fields theirs. */
export type Focus = 'terminal' | 'text' | 'page';

const BY_CODE: Readonly<Record<string, Command>> = {
  KeyK: 'palette',
  Backslash: 'left_pane',
  // ISO keyboards have the backslash here.
  IntlBackslash: 'left_pane',
  Period: 'right_pane',
};

export function commandOf(press: KeyPress, platform: Platform, focus: Focus): Command | null {
  if (focus === 'page' && press.key === '?' && !press.metaKey && !press.ctrlKey && !press.altKey)
    return 'keys';
  if (platform === 'mac') {
    // Also with Ctrl: in a browser's tab ⌘⇧T reopens a tab, and the page never sees it.
    if (press.code === 'KeyT' && press.shiftKey && !press.altKey && press.metaKey !== press.ctrlKey)
      return 'new_terminal';
    if (!press.metaKey || press.ctrlKey || press.altKey) return null;
    if (press.shiftKey) return bracket(press);
    return BY_CODE[press.code] ?? tab(press);
  }
  if (press.metaKey) return null;
  if (press.code === 'KeyT' && press.shiftKey && press.ctrlKey !== press.altKey) return 'new_terminal';
  if (!press.ctrlKey || press.altKey) return null;
  if (press.shiftKey) return BY_CODE[press.code] ?? tab(press) ?? bracket(press);
  return focus === 'terminal' ? null : (BY_CODE[press.code] ?? null);
}

/** The keys of a command as they are written where the focus is there. */
export function keysOf(key: string, platform: Platform, focus: Focus): string {
  if (platform === 'mac') return `⌘${key}`;
  return focus === 'terminal' ? `Ctrl+Shift+${key}` : `Ctrl+${key}`;
}

function tab({ code }: KeyPress): Command | null {
  const digit = /^Digit([1-9])$/.exec(code)?.[1];
  return digit ? (`tab_${digit}` as Command) : null;
}

function bracket({ code }: KeyPress): Command | null {
  if (code === 'BracketLeft') return 'previous_tab';
  return code === 'BracketRight' ? 'next_tab' : null;
}
