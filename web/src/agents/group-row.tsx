/** Work between two texts: one line that says how much and of what kind; what still runs stays in sight under it. */
import { createMemo, For, Match, Show, Switch } from 'solid-js';
import { Settled } from './entry-permission.tsx';
import { Thought } from './entry-text.tsx';
import { useTimeline } from './timeline-context.ts';
import { Changed, FoldLine } from './timeline-parts.tsx';
import type { WorkPart } from './timeline-rows.ts';
import { counted, duration } from './timeline-text.ts';
import { ToolLine } from './tool-line.tsx';
import { workSummary } from './tool-summary.ts';

const isRunning = (part: WorkPart) =>
  part.type === 'tool' && (part.status === 'running' || part.status === 'pending');

export function WorkRow(props: { id: string; parts: readonly WorkPart[] }) {
  const scope = useTimeline();
  const single = () => (props.parts.length === 1 ? props.parts[0] : undefined);
  const work = createMemo(() => workSummary(props.parts));
  const open = () => scope.open(props.id);
  const shown = () => (open() ? props.parts : props.parts.filter(isRunning));
  const took = () => work().ended - work().began;
  // By key: a call that goes on is the same line, though another object.
  const byKey = createMemo(() => new Map(props.parts.map((part) => [part.key, part])));
  return (
    <Show when={!single()} fallback={<Part part={single()!} />}>
      <FoldLine
        open={open()}
        onToggle={() => scope.setOpen(props.id, !open())}
        aside={
          <span class="flex shrink-0 items-center gap-2 text-xs text-faint tabular-nums">
            <Show when={work().failed}>
              <span class="text-bad">{work().failed} failed</span>
            </Show>
            <Show when={!work().running && work().calls > 0 && took() >= 100}>
              <span>{duration(took())}</span>
            </Show>
          </span>
        }
      >
        <span class="shrink-0">
          {work().calls > 0 ? counted(work().calls, 'tool call') : counted(work().thoughts, 'thought')}
        </span>
        <Show when={work().verbs}>
          <span class="min-w-0 truncate text-faint">· {work().verbs}</span>
        </Show>
        <Show when={work().changed}>
          {(changed) => <Changed additions={changed().additions} deletions={changed().deletions} />}
        </Show>
      </FoldLine>
      <Show when={shown().length > 0}>
        <div class="ml-3 border-l border-line pl-2">
          <For each={shown().map(({ key }) => key)}>
            {(key) => <Show when={byKey().get(key)}>{(part) => <Part part={part()} />}</Show>}
          </For>
        </div>
      </Show>
    </Show>
  );
}

function Part(props: { part: WorkPart }) {
  const is = <T extends WorkPart['type']>(type: T) =>
    props.part.type === type ? (props.part as Extract<WorkPart, { type: T }>) : null;
  return (
    <Switch>
      <Match when={is('tool')}>{(tool) => <ToolLine tool={tool()} />}</Match>
      <Match when={is('text')}>{(thought) => <Thought entry={thought()} />}</Match>
      <Match when={is('permission')}>{(entry) => <Settled entry={entry()} tool={null} />}</Match>
    </Switch>
  );
}
