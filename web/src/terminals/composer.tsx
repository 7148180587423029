/** A line beside direct typing: autocorrection, dictation, swipe typing and long text work here as anywhere. */
import SendHorizontal from 'lucide-solid/icons/send-horizontal';
import { onMount } from 'solid-js';
import { IconButton } from '../ui/button.tsx';

export interface ComposerProps {
  text: string;
  onText: (text: string) => void;
  /** With `enter` the program is told to run it. */
  onSend: (text: string, enter: boolean) => void;
  onClose: () => void;
}

export function Composer(props: ComposerProps) {
  let field: HTMLTextAreaElement | undefined;
  onMount(() => field?.focus());

  function send(enter: boolean): void {
    if (!props.text && !enter) return;
    props.onSend(props.text, enter);
    props.onText('');
    field?.focus();
  }

  return (
    <form
      class="term-composer"
      onSubmit={(event) => {
        event.preventDefault();
        send(true);
      }}
    >
      <textarea
        ref={field}
        rows={1}
        aria-label="Text for the terminal"
        placeholder="Write, then send"
        autocomplete="off"
        enterkeyhint="enter"
        value={props.text}
        onInput={(event) => props.onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Escape') props.onClose();
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send(true);
        }}
      />
      <button
        type="button"
        class="term-key"
        aria-label="Insert without running"
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => send(false)}
      >
        insert
      </button>
      <IconButton
        type="submit"
        label="Send with Enter"
        class="!size-10 !rounded-xl bg-accent !text-accent-ink"
        onPointerDown={(event: PointerEvent) => event.preventDefault()}
      >
        <SendHorizontal size={18} />
      </IconButton>
    </form>
  );
}
