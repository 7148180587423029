/**
 * Finds the colours of code, in a worker: a grammar's expressions on hostile text may take long, and then it is ended
 * from outside. Shiki's JavaScript engine, since the page's policy allows no WebAssembly.
 */
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import type { HighlightAnswer, HighlightRequest } from './highlight.ts';
import { loadLanguage } from './highlight-languages.ts';

/** Lines beyond are plain: minified files. */
const MAX_LINE_CHARS = 1_000;

let highlighter: Promise<HighlighterCore> | undefined;
const theme = createCssVariablesTheme({ name: 'porthole', variablePrefix: '--', fontStyle: true });

async function colours({ language, code }: HighlightRequest): Promise<HighlightAnswer['lines']> {
  const input = loadLanguage(language);
  if (!input) return null;
  highlighter ??= createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const shiki = await highlighter;
  const grammar = await input;
  await shiki.loadLanguage(grammar);
  const name = nameOf(grammar);
  const lines = shiki.codeToTokensBase(code, {
    lang: name,
    theme: 'porthole',
    tokenizeMaxLineLength: MAX_LINE_CHARS,
    tokenizeTimeLimit: 200,
  });
  return lines.map((line) => line.flatMap(({ content, color }) => [content.length, colourOf(color)]));
}

/** A language's module has its dependencies first, and itself last. */
function nameOf(module: unknown): string {
  const list = (module as { default: { name: string }[] }).default;
  return list.at(-1)!.name;
}

const colourOf = (color: string | undefined): string => {
  const name = /^var\(--(?:token-)?([\w-]+)\)$/.exec(color ?? '')?.[1] ?? '';
  return name === 'foreground' ? '' : name;
};

self.addEventListener('message', ({ data }: MessageEvent<HighlightRequest>) => {
  const answer = (lines: HighlightAnswer['lines']) =>
    self.postMessage({ id: data.id, lines } satisfies HighlightAnswer);
  colours(data).then(answer, () => answer(null));
});
