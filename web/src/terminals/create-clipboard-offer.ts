/** What a program wants on the clipboard (OSC 52): copied where that was allowed for good, offered elsewhere. */
import { createSignal } from 'solid-js';
import { prefer, preferences } from './preferences.ts';

export function createClipboardOffer(terminalId: string, onRefused: (text: string) => void) {
  const [offered, setOffered] = createSignal<string | null>(null);

  function offer(text: string): void {
    if (!preferences().clipboard.includes(terminalId)) {
      setOffered(text);
      return;
    }
    // Some browsers want a click for it: then it is offered after all.
    navigator.clipboard.writeText(text).catch(() => setOffered(text));
  }

  function answer(how: 'once' | 'always' | 'no'): void {
    const text = offered();
    setOffered(null);
    if (text === null || how === 'no') return;
    if (how === 'always') prefer({ clipboard: [...preferences().clipboard, terminalId] });
    navigator.clipboard.writeText(text).catch(() => onRefused('This browser did not allow copying.'));
  }

  return { offered, offer, answer };
}
