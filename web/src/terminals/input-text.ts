/** What a person typed, as text to show. Pure. */

/** Reports that xterm.js sends by itself: focus, and the mouse in its SGR and X10 encodings. */
const REPORTS = /\x1b\[[IO]|\x1b\[<\d+;\d+;\d+[Mm]|\x1b\[M[\s\S]{3}/g;
const BRACKETS = /\x1b\[20[01]~/g;

/** Nobody typed those: they are not worth keeping for later. */
export const withoutReports = (text: string): string => text.replace(REPORTS, '');

const NAMED: Record<string, string> = { '\r': '⏎', '\n': '⏎', '\t': '⇥', '\x1b': '⎋', '\x7f': '⌫', ' ': ' ' };
const ARROWS: Record<string, string> = { A: '↑', B: '↓', C: '→', D: '←', H: '⇱', F: '⇲' };

/** For one line on the screen: control characters by their symbols, `^C` where there is none. */
export function visibleText(text: string, limit = 120): string {
  const shown = text
    .replace(BRACKETS, '')
    .replace(/\x1b[[O]([ABCDHF])/g, (_, final: string) => ARROWS[final] ?? '')
    .replace(/[\x00-\x1f\x7f]/g, (c) => NAMED[c] ?? `^${String.fromCharCode(c.charCodeAt(0) + 64)}`);
  const characters = [...shown];
  return characters.length <= limit ? shown : `${characters.slice(0, limit - 1).join('')}…`;
}
