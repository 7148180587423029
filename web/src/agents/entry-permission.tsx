/**
 * A question of the agent (AG7) as the timeline has it: what it wanted to do, and who gave which answer. While it is
 * open the line of its call says so, and the bar above the composer (permission-bar.tsx) asks it.
 */
import type { PermissionEntry, ToolEntry } from '@porthole/shared/agent-entries';
import { Show } from 'solid-js';
import { Check, CircleAlert, Shield, X } from '../ui/icons.ts';
import { useTimeline } from './timeline-context.ts';
import { Elapsed } from './timeline-parts.tsx';
import { oneLine } from './timeline-text.ts';
import { summaryOf } from './tool-summary.ts';

export function PermissionRow(props: { entry: PermissionEntry; tool: ToolEntry | null }) {
  return (
    <Show
      when={props.entry.answer !== null || props.entry.withdrawn}
      fallback={<Asked entry={props.entry} tool={props.tool} />}
    >
      <Settled entry={props.entry} tool={props.tool} />
    </Show>
  );
}

const WANTS: Record<PermissionEntry['kind'], string> = {
  read: 'wants to read',
  edit: 'wants to change',
  delete: 'wants to delete',
  move: 'wants to move',
  search: 'wants to search',
  execute: 'wants to run',
  think: 'wants to think',
  fetch: 'wants to fetch',
  switch_mode: 'wants to switch its mode',
  other: 'asks',
};

const subject = (entry: PermissionEntry, tool: ToolEntry | null) =>
  tool && (tool.input !== null || tool.files.length > 0) ? summaryOf(tool).subject : oneLine(entry.title);

function Asked(props: { entry: PermissionEntry; tool: ToolEntry | null }) {
  return (
    <p class="flex min-h-7 min-w-0 items-center gap-1.5 px-1.5 text-sm">
      <Shield size={14} class="shrink-0 text-busy" aria-hidden="true" />
      <span class="shrink-0 text-soft">The agent {WANTS[props.entry.kind]}</span>
      <code class="min-w-0 flex-1 truncate font-mono text-xs">{subject(props.entry, props.tool)}</code>
      <Elapsed since={props.entry.at} class="shrink-0 text-xs text-faint" />
    </p>
  );
}

/** One line: "Ana allowed once · git push". */
export function Settled(props: { entry: PermissionEntry; tool: ToolEntry | null }) {
  const scope = useTimeline();
  const option = () => props.entry.options.find(({ id }) => id === props.entry.answer?.option);
  const refused = () => option()?.kind.startsWith('reject') ?? false;
  const words = () => {
    const { answer } = props.entry;
    if (!answer) return 'No longer asked';
    const what = option() ? oneLine(option()!.name, 60) : refused() ? 'Denied' : 'Allowed';
    return answer.by === null ? `${what}, as remembered` : `${scope.nameOf(answer.by)}: ${what}`;
  };
  return (
    <p class="flex min-h-7 min-w-0 items-center gap-1.5 px-1.5 text-sm text-soft">
      <Show
        when={props.entry.answer}
        fallback={<CircleAlert size={14} class="shrink-0 text-faint" aria-hidden="true" />}
      >
        <Show when={refused()} fallback={<Check size={14} class="shrink-0 text-ok" aria-hidden="true" />}>
          <X size={14} class="shrink-0 text-bad" aria-hidden="true" />
        </Show>
      </Show>
      <span class="shrink-0">{words()}</span>
      <code class="min-w-0 truncate font-mono text-xs text-faint">{subject(props.entry, props.tool)}</code>
      <Show when={props.entry.forgottenBy}>
        {(by) => <span class="min-w-0 truncate text-xs text-faint">removed by {scope.nameOf(by())}</span>}
      </Show>
    </p>
  );
}
