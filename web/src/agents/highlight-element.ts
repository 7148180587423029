/** Puts colours on code: as spans with classes of code-colours.css, made of text nodes and never of HTML. */
import { type Colours, findColours } from './highlight.ts';
import { languageOf } from './highlight-names.ts';
import './code-colours.css';

/** Runs in one block: beyond, what follows stays plain. */
const MAX_RUNS = 8_000;

/** Colours a `<pre data-lang>` once they are known; it stays as it is until then, and where there are none. */
export function colourCode(pre: HTMLPreElement): void {
  const language = languageOf(pre.getAttribute('data-lang') ?? '');
  const code = pre.firstElementChild;
  if (language === '' || !code) return;
  const text = (code.textContent ?? '').replace(/\n$/, '');
  findColours(language, text, (colours) => {
    if (!colours || code.textContent?.replace(/\n$/, '') !== text) return;
    const lines = document.createDocumentFragment();
    let left = MAX_RUNS;
    text.split('\n').forEach((line, at) => {
      if (at > 0) lines.append('\n');
      lines.append(left > 0 ? colouredLine(line, colours[at]) : line);
      left -= (colours[at]?.length ?? 0) / 2;
    });
    code.replaceChildren(lines);
  });
}

export function colouredLine(line: string, colours: Colours[number] | undefined): DocumentFragment {
  const elements = document.createDocumentFragment();
  let from = 0;
  for (let at = 0; colours && at < colours.length; at += 2) {
    const text = line.slice(from, from + Number(colours[at]));
    from += Number(colours[at]);
    const name = String(colours[at + 1]);
    if (name === '' || text.trim() === '') elements.append(text);
    else {
      const run = document.createElement('span');
      run.className = `tk-${name}`;
      run.textContent = text;
      elements.append(run);
    }
  }
  if (from < line.length) elements.append(line.slice(from));
  return elements;
}
