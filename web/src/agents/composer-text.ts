/** Pure: what is being completed at the caret, and the text after a choice. */

export interface Trigger {
  kind: 'file' | 'command';
  /** What was written after the sign. */
  query: string;
  /** UTF-16 places of what a choice takes the place of, the sign included. */
  from: number;
  to: number;
}

/** A longer word is no path that anybody types. UTF-16 units. */
const MAX_QUERY = 200;

/** `/` begins a command only at the very start; `@` a path wherever a word begins. */
export function triggerAt(text: string, caret: number): Trigger | null {
  const before = text.slice(Math.max(0, caret - MAX_QUERY), caret);
  const offset = caret - before.length;
  const command = offset === 0 ? /^\/([^\s/]*)$/.exec(before) : null;
  if (command) return { kind: 'command', query: command[1] ?? '', from: 0, to: caret };
  const file = /(?:^|[\s("'`])@([^\s@]*)$/.exec(before);
  if (!file) return null;
  const query = file[1] ?? '';
  return { kind: 'file', query, from: caret - query.length - 1, to: caret };
}

/** The text with the choice in it, and where the caret stands then. */
export function complete(text: string, trigger: Trigger, choice: string): { text: string; caret: number } {
  const sign = trigger.kind === 'file' ? '@' : '/';
  const after = text.slice(trigger.to);
  // What follows may begin with the space already.
  const written = `${sign}${choice}${/^\s/.test(after) ? '' : ' '}`;
  const caret = trigger.from + written.length + (/^\s/.test(after) ? 1 : 0);
  return { text: text.slice(0, trigger.from) + written + after, caret };
}

export type SendWith = 'enter' | 'mod';

interface Key {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  ctrlKey: boolean;
  isComposing: boolean;
}

/** Whether this key sends. On a screen without a keyboard of its own, ⏎ makes a line and the button sends. */
export function sends(press: Key, sendWith: SendWith, touch: boolean): boolean {
  if (press.key !== 'Enter' || press.isComposing || press.shiftKey || press.altKey) return false;
  if (press.metaKey || press.ctrlKey) return true;
  return sendWith === 'enter' && !touch;
}

/** Where a prompt that was dragged from `from` to `to` goes: before which other; null: to the end. */
export function beforeOf(ids: readonly string[], from: number, to: number): string | null {
  const others = ids.filter((_, index) => index !== from);
  return others[to] ?? null;
}

/** "3.4 MB", of 1,024 times 1,024 bytes each, as the bounds are. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${Number((bytes / 1024 / 1024).toFixed(1))} MB`;
}
