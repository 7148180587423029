/** What is pasted, and the question before several lines that a program would run one by one. */
import { createSignal } from 'solid-js';
import { Confirm } from '../ui/dialog.tsx';
import type { TerminalControl } from './create-terminal.ts';
import { isRisky, pastedText } from './paste.ts';

/** Of a text to be pasted, in UTF-16 units. */
const MAX_SHOWN = 2_000;

export interface PastingOptions {
  /** Text comes from elsewhere than the keyboard now. */
  beforePaste: () => void;
  /** The clipboard may not be read: only a paste by the browser itself will do. */
  onNoClipboard: () => void;
}

export type Pasting = ReturnType<typeof createPasting>;

export function createPasting(control: TerminalControl, options: PastingOptions) {
  const [asking, setAsking] = createSignal<string | null>(null);

  function insert(text: string): void {
    options.beforePaste();
    control.emulator()?.terminal.paste(pastedText(text));
  }

  function paste(text: string): void {
    const terminal = control.emulator()?.terminal;
    if (!terminal || !text) return;
    if (!control.canWrite()) control.say('view_only');
    else if (isRisky(text, terminal.modes.bracketedPasteMode)) setAsking(text);
    else insert(text);
  }

  async function pasteFromClipboard(): Promise<void> {
    try {
      paste(await navigator.clipboard.readText());
    } catch {
      control.say({
        text: 'This browser did not allow reading the clipboard. Hold a finger on the line below instead.',
      });
      options.onNoClipboard();
    }
  }

  function answer(confirmed: boolean): void {
    const text = asking() ?? '';
    setAsking(null);
    if (!confirmed) return;
    insert(text);
    control.focus();
  }

  return { asking, answer, insert, paste, pasteFromClipboard };
}

export function PasteQuestion(props: { pasting: Pasting }) {
  const text = () => props.pasting.asking() ?? '';
  return (
    <Confirm
      open={props.pasting.asking() !== null}
      onClose={() => props.pasting.answer(false)}
      title={`Paste ${text().trimEnd().split(/\r?\n/).length} lines?`}
      action="Paste"
      variant="primary"
      onConfirm={() => props.pasting.answer(true)}
    >
      This program takes each line as soon as it ends, as if you had pressed Enter.
      <pre class="mt-2 max-h-40 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs text-ink">
        {pastedText(text()).slice(0, MAX_SHOWN)}
      </pre>
    </Confirm>
  );
}
