import { createSignal, onCleanup, Show } from 'solid-js';
import { Button, IconButton } from './button.tsx';
import { Check, Copy } from './icons.ts';

const SAID_FOR_MS = 1_600;

/** Copies, and says so. `text` may be asked for late. */
export function CopyButton(props: {
  text: string | (() => string);
  label?: string;
  /** With it, a button with words; without, an icon. */
  children?: string;
  class?: string;
}) {
  const [said, setSaid] = createSignal<'copied' | 'refused' | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  async function copy(): Promise<void> {
    const ok = await copyText(typeof props.text === 'string' ? props.text : props.text());
    setSaid(ok ? 'copied' : 'refused');
    clearTimeout(timer);
    timer = setTimeout(() => setSaid(null), SAID_FOR_MS);
  }
  const icon = () => (said() === 'copied' ? <Check size={14} class="text-ok" /> : <Copy size={14} />);
  const word = () =>
    said() === 'copied' ? 'Copied' : said() === 'refused' ? 'Select and copy by hand' : null;
  return (
    <>
      <Show
        when={props.children}
        fallback={
          <IconButton label={word() ?? props.label ?? 'Copy'} onClick={copy} class={props.class}>
            {icon()}
          </IconButton>
        }
      >
        <Button size="sm" icon={icon()} onClick={copy} class={props.class}>
          {word() ?? props.children}
        </Button>
      </Show>
      <span role="status" class="sr-only">
        {word()}
      </span>
    </>
  );
}

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
