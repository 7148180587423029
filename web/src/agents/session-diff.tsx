/** All that a session's workspace differs by, over its timeline; back, Escape or the button leads there again. */
import { onCleanup, onMount } from 'solid-js';
import { IconButton } from '../ui/button.tsx';
import { X } from '../ui/icons.ts';
import type { AgentSession } from './create-session.ts';
import { DiffView } from './diff-view.tsx';
import { getDiff } from './session-calls.ts';

export default function SessionDiff(props: {
  session: AgentSession;
  workspaceId: string;
  /** Opened from here: it comes first. */
  path: string;
  onClose: () => void;
}) {
  const files = () => {
    const all = props.session.head().files;
    const chosen = all.filter(({ path }) => path === props.path);
    return [...chosen, ...all.filter(({ path }) => path !== props.path)];
  };
  let section!: HTMLElement;
  onMount(() => {
    const before = document.activeElement;
    section.focus();
    // To where one came from, unless one went on elsewhere.
    onCleanup(() => {
      const left = section.contains(document.activeElement);
      if (left && before instanceof HTMLElement) queueMicrotask(() => before.focus());
    });
  });
  return (
    <section
      ref={section}
      tabindex="-1"
      aria-label="Changes"
      class="absolute inset-0 z-10 flex flex-col bg-surface outline-none"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        props.onClose();
      }}
    >
      <header class="flex h-10 shrink-0 items-center gap-2 border-b border-line px-4 touch:h-12 narrow:pr-1">
        <h2 class="min-w-0 flex-1 truncate text-sm font-medium">Changes</h2>
        <IconButton label="Back to the conversation" keys="esc" onClick={() => props.onClose()}>
          <X size={16} />
        </IconButton>
      </header>
      <div class="pane-scroll min-h-0 flex-1 p-4 narrow:px-2">
        <DiffView
          files={files()}
          first={props.path}
          more={props.session.head().moreFiles}
          load={(path) => getDiff(props.workspaceId, path)}
        />
      </div>
    </section>
  );
}
