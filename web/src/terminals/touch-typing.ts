/**
 * Typing through a phone's keyboard (xterm.js #3600, #4447: its textarea doubles and jumbles what such keyboards
 * compose). Invariant: what has been sent is always what the text field says. Every change of the field is sent as
 * the difference, at once, composing or not; autocorrection becomes backspaces and new text. xterm.js sees none of it.
 */
import { editBetween, editBytes } from './textarea-diff.ts';

/** The field is emptied after this many UTF-16 units, when nothing is being composed. */
const MAX_FIELD = 200;
/** What a keydown says when the keyboard composes. */
const COMPOSING_KEY = 229;
const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'Meta', 'CapsLock']);

export interface TouchTyping {
  /** Something else was sent (a key of the bar, a paste): the field no longer says what the program has. */
  forget(): void;
  dispose(): void;
}

/** `field` is xterm.js's textarea inside `container`. */
export function typeByTouch(
  container: HTMLElement,
  field: HTMLTextAreaElement,
  send: (text: string) => void,
): TouchTyping {
  const stop = new AbortController();
  const options = { capture: true, signal: stop.signal };
  let sent = '';
  let composing = false;

  field.setAttribute('autocomplete', 'off');
  field.setAttribute('enterkeyhint', 'send');

  function forget(): void {
    sent = '';
    field.value = '';
  }

  function changed(): void {
    const now = field.value;
    const bytes = editBytes(editBetween(sent, now));
    sent = now;
    if (bytes) send(bytes);
    if (now.includes('\n') || (!composing && now.length > MAX_FIELD)) forget();
  }

  // Listening on the container, before the field itself: these never reach xterm.js.
  const swallow = (event: Event) => {
    if (event.target === field) event.stopPropagation();
  };
  container.addEventListener(
    'compositionstart',
    (event) => {
      swallow(event);
      composing = true;
    },
    options,
  );
  container.addEventListener('compositionupdate', swallow, options);
  container.addEventListener(
    'compositionend',
    (event) => {
      swallow(event);
      composing = false;
      changed();
    },
    options,
  );
  container.addEventListener(
    'input',
    (event) => {
      if (event.target !== field) return;
      event.stopPropagation();
      changed();
    },
    options,
  );
  container.addEventListener(
    'keydown',
    (event) => {
      if (event.target !== field) return;
      const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
      const intoField = (plain && event.key.length === 1) || (event.key === 'Backspace' && sent !== '');
      if (event.keyCode === COMPOSING_KEY || event.isComposing || intoField) event.stopPropagation();
      // A key that xterm.js sends itself, and keeps from the field.
      else if (!MODIFIERS.has(event.key)) forget();
    },
    options,
  );
  container.addEventListener('keypress', swallow, options);
  field.addEventListener('blur', forget, { signal: stop.signal });

  return { forget, dispose: () => stop.abort() };
}
