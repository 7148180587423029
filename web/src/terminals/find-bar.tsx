/** Find in a terminal's lines. Enter goes up, as one reads a log from its end; Shift+Enter goes down. */
import type { SearchAddon } from '@xterm/addon-search';
import ArrowDown from 'lucide-solid/icons/arrow-down';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import CaseSensitive from 'lucide-solid/icons/case-sensitive';
import Regex from 'lucide-solid/icons/regex';
import { createEffect, createSignal, onCleanup, onMount } from 'solid-js';
import { theme } from '../settings/theme.ts';
import { IconButton } from '../ui/button.tsx';
import { X } from '../ui/icons.ts';
import { MATCHES } from './theme.ts';

export function FindBar(props: { search: SearchAddon; initial: string; onClose: () => void }) {
  const [text, setText] = createSignal(props.initial);
  const [caseSensitive, setCaseSensitive] = createSignal(false);
  const [regex, setRegex] = createSignal(false);
  const [found, setFound] = createSignal({ index: -1, count: 0 });
  let input: HTMLInputElement | undefined;

  const { search } = props;
  const listening = search.onDidChangeResults(({ resultIndex, resultCount }) =>
    setFound({ index: resultIndex, count: resultCount }),
  );
  onCleanup(() => {
    listening.dispose();
    search.clearDecorations();
  });
  onMount(() => {
    input?.focus();
    input?.select();
  });

  const isValid = () => {
    if (!regex()) return true;
    try {
      new RegExp(text());
      return true;
    } catch {
      return false;
    }
  };

  function find(direction: 'up' | 'down', incremental = false): void {
    if (!text() || !isValid()) {
      search.clearDecorations();
      setFound({ index: -1, count: 0 });
      return;
    }
    const options = {
      caseSensitive: caseSensitive(),
      regex: regex(),
      incremental,
      decorations: MATCHES[theme()],
    };
    if (direction === 'up') search.findPrevious(text(), options);
    else search.findNext(text(), options);
  }

  createEffect(() => {
    text();
    caseSensitive();
    regex();
    find('up', true);
  });

  const count = () => {
    if (!text()) return '';
    if (!isValid()) return 'not a pattern';
    const { index, count } = found();
    if (count === 0) return 'none';
    return index < 0 ? `${count}+` : `${index + 1} of ${count}`;
  };

  return (
    <search class="term-find">
      <input
        ref={input}
        type="text"
        aria-label="Find in terminal"
        placeholder="Find"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Enter') find(event.shiftKey ? 'down' : 'up');
          if (event.key === 'Escape') props.onClose();
        }}
      />
      <output>{count()}</output>
      <IconButton label="Match case" pressed={caseSensitive()} onClick={() => setCaseSensitive((on) => !on)}>
        <CaseSensitive size={15} />
      </IconButton>
      <IconButton label="Pattern" pressed={regex()} onClick={() => setRegex((on) => !on)}>
        <Regex size={14} />
      </IconButton>
      <IconButton label="Previous" keys="⏎" onClick={() => find('up')}>
        <ArrowUp size={15} />
      </IconButton>
      <IconButton label="Next" keys="⇧⏎" onClick={() => find('down')}>
        <ArrowDown size={15} />
      </IconButton>
      <IconButton label="Close" keys="esc" onClick={() => props.onClose()}>
        <X size={15} />
      </IconButton>
    </search>
  );
}
