/** The keys of ours inside a terminal, before the program's: modifiers that shells do not use, and Enter at an end. */
import type { TerminalControl } from './create-terminal.ts';

const isMac = /Mac|iP/.test(navigator.platform);

/** For xterm.js. False: it is handled. */
export function takesKey(event: KeyboardEvent, control: TerminalControl): boolean {
  if (event.type !== 'keydown') return true;
  const command = isMac ? event.metaKey : event.ctrlKey;
  const handled = (run: () => void) => {
    event.preventDefault();
    run();
    return false;
  };
  if (!isMac && event.ctrlKey && event.shiftKey && event.code === 'KeyC')
    return handled(() => copySelection(control));
  // The browser's own paste follows, as an event.
  if (!isMac && event.ctrlKey && event.shiftKey && event.code === 'KeyV') return false;
  if (command && !event.altKey) {
    if (event.key === '=' || event.key === '+') return handled(() => control.fit.changeFont(1));
    if (event.key === '-') return handled(() => control.fit.changeFont(-1));
    if (event.key === '0') return handled(() => control.fit.changeFont(null));
  }
  if (event.key === 'Enter') {
    // Once it is asked for, Enter is the new shell's.
    if (control.connected() && control.end() && !control.restarting())
      return handled(() => void control.restart());
    const state = control.socketState().name;
    if (state === 'lost' || state === 'closed') return handled(control.reconnect);
  }
  // xterm.js sends nothing then, so that nobody else would say why.
  if (!control.canWrite() && event.key.length === 1 && !command) control.say('view_only');
  return true;
}

/** Find, wherever in the pane the focus is. */
export function isFindKey(event: KeyboardEvent): boolean {
  const command = isMac ? event.metaKey : event.ctrlKey;
  return command && event.shiftKey && !event.altKey && event.code === 'KeyF';
}

function copySelection(control: TerminalControl): void {
  const text = control.emulator()?.terminal.getSelection();
  if (text) void navigator.clipboard.writeText(text);
}
