/**
 * OSC 52: a program asks to set this device's clipboard. Writes need a person's consent, reads are refused (SE5).
 * Invariant: never makes the parser wait, since a question on the screen may stay unanswered.
 */
import { ClipboardAddon, type IBase64 } from '@xterm/addon-clipboard';
import type { IDisposable, Terminal } from '@xterm/xterm';

/** Longer than this is not worth asking about, in UTF-16 units. */
const MAX_TEXT = 1024 * 1024;

const base64: IBase64 = {
  encodeText: () => '',
  decodeText(data) {
    const binary = atob(data);
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  },
};

export function offerClipboard(terminal: Terminal, offer: (text: string) => void): IDisposable {
  const addon = new ClipboardAddon(base64, {
    readText: () => '',
    writeText(_, text) {
      if (text && text.length <= MAX_TEXT) offer(text);
      return undefined as never;
    },
  });
  terminal.loadAddon(addon);
  // After the addon's, so asked first: a question for the clipboard gets no answer at all.
  return terminal.parser.registerOscHandler(52, (data) => data.endsWith(';?'));
}
