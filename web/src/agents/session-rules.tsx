/** Answers that people have given for good (AG7): what each is about, who gave it, and a way to be asked again. */
import type { PermissionRule } from '@porthole/shared/agent-events';
import type { GivenRule } from '@porthole/shared/agent-head';
import { createSignal, For } from 'solid-js';
import { useApp } from '../app-context.ts';
import { IconButton } from '../ui/button.tsx';
import { Check, X } from '../ui/icons.ts';
import { toastError } from '../ui/toast.ts';
import type { AgentSession } from './create-session.ts';
import { removeRule } from './session-calls.ts';
import { clockTime, fullTime, oneLine } from './timeline-text.ts';

export function Rules(props: { session: AgentSession }) {
  return (
    <>
      <ul class="flex flex-col gap-2">
        <For each={props.session.head().rules.toReversed()}>
          {(rule) => <RuleRow rule={rule} session={props.session} />}
        </For>
      </ul>
      <p class="pt-2 text-xs text-pretty text-faint">
        An agent may remember more by itself, until it is started anew.
      </p>
    </>
  );
}

function RuleRow(props: { rule: GivenRule; session: AgentSession }) {
  const { mirror } = useApp();
  const [busy, setBusy] = createSignal(false);
  const name = () => mirror.members().find(({ id }) => id === props.rule.by)?.name ?? 'Somebody';
  const refuses = () => props.rule.option.kind === 'reject_always';
  async function remove(): Promise<void> {
    setBusy(true);
    await removeRule(props.session.id, props.rule.id).catch((fault) => toastError('Not removed', fault));
    setBusy(false);
  }
  return (
    <li class="flex items-start gap-2 text-sm">
      <span class="mt-[3px] shrink-0" aria-hidden="true">
        {refuses() ? <X size={14} class="text-bad" /> : <Check size={14} class="text-ok" />}
      </span>
      <div class="min-w-0 flex-1">
        <code class="line-clamp-2 font-mono text-[0.78rem] leading-5 break-words">
          {subjectOf(props.rule.about)}
        </code>
        <p class="text-xs break-words text-faint">
          {name()}: {oneLine(props.rule.option.name, 100)},{' '}
          <time datetime={new Date(props.rule.at).toISOString()} title={fullTime(props.rule.at)}>
            {clockTime(props.rule.at, Date.now())}
          </time>
        </p>
      </div>
      <IconButton
        small
        label={`Remove: ${subjectOf(props.rule.about)}`}
        disabled={busy() || !props.session.connected()}
        onClick={() => void remove()}
      >
        <X size={14} />
      </IconButton>
    </li>
  );
}

function subjectOf(about: PermissionRule['about']): string {
  switch (about.type) {
    case 'prefix':
      return `${oneLine(about.prefix)} …`;
    case 'command':
      return oneLine(about.command);
    case 'title':
      return oneLine(about.title);
  }
}
