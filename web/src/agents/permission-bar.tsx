/**
 * What the agent asks of people (AG7), above the composer: within reach of a thumb, and before the field in the order
 * of the keyboard. The first answer counts, whoever gives it; who did stands in the timeline.
 */

import type { PermissionOption } from '@porthole/shared/agent-events';
import type { PendingPermission } from '@porthole/shared/agent-head';
import ShieldQuestionMark from 'lucide-solid/icons/shield-question-mark';
import { createEffect, createSignal, For, on, onCleanup, Show } from 'solid-js';
import { Button } from '../ui/button.tsx';
import { visible } from './timeline-text.ts';

export interface PermissionBarProps {
  permissions: readonly PendingPermission[];
  /** Why no answer can be given now. */
  closed: string | null;
  onAnswer: (request: string, option: string) => Promise<void>;
}

export function PermissionBar(props: PermissionBarProps) {
  return <Show when={props.permissions[0]}>{(asked) => <Asked asked={asked()} {...props} />}</Show>;
}

/** What allows is first, and what allows for good is never the one that is most at hand. */
const ORDER: Record<PermissionOption['kind'], number> = {
  allow_once: 0,
  allow_always: 1,
  reject_once: 2,
  reject_always: 3,
};

function Asked(props: PermissionBarProps & { asked: PendingPermission }) {
  const [answering, setAnswering] = createSignal<string | null>(null);
  const [fault, setFault] = createSignal<string | null>(null);
  createEffect(
    on(
      () => props.asked.request,
      () => {
        setAnswering(null);
        setFault(null);
      },
    ),
  );
  /** Some agents' titles say only that it is a command. */
  const subject = () => visible(props.asked.command ?? props.asked.title);
  const options = () => [...props.asked.options].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);

  async function answer(option: string): Promise<void> {
    if (answering() || props.closed) return;
    setAnswering(option);
    setFault(null);
    try {
      await props.onAnswer(props.asked.request, option);
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
      setAnswering(null);
    }
  }

  function onKey(event: KeyboardEvent): void {
    const number = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (!number || !event.altKey || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const option = options()[Number(number) - 1];
    if (!option) return;
    event.preventDefault();
    event.stopPropagation();
    void answer(option.id);
  }
  addEventListener('keydown', onKey, { capture: true });
  onCleanup(() => removeEventListener('keydown', onKey, { capture: true }));

  return (
    <section
      aria-label="The agent waits for an answer"
      class="mb-2 animate-[rise_140ms_ease-out] rounded-xl border border-accent/45 bg-accent-wash px-3 py-2"
    >
      <div class="flex items-center gap-x-3 gap-y-2 narrow:flex-col narrow:items-stretch">
        <div class="flex min-w-0 flex-1 items-center gap-2.5" aria-live="polite">
          <ShieldQuestionMark size={16} class="shrink-0 text-accent" aria-hidden="true" />
          <p class="min-w-0 text-sm">
            <span class="text-soft">Wants to {VERBS[props.asked.kind]} </span>
            <span class="line-clamp-2 font-mono text-[0.8rem] leading-5 break-words" title={subject()}>
              {subject()}
            </span>
          </p>
        </div>
        <Show when={props.permissions.length > 1}>
          <span class="shrink-0 text-xs text-faint tabular-nums">1 of {props.permissions.length}</span>
        </Show>
        <div class="flex shrink-0 gap-1.5">
          <For each={options()}>
            {(option, index) => (
              <Button
                size="sm"
                variant={option.kind === 'allow_once' ? 'primary' : 'secondary'}
                busy={answering() === option.id}
                disabled={props.closed !== null || (answering() !== null && answering() !== option.id)}
                onClick={() => void answer(option.id)}
                title={`${option.name}  ${isMac ? '⌥' : 'Alt+'}${index() + 1}`}
                class="narrow:min-w-0 narrow:flex-1 narrow:px-2!"
              >
                <span class="truncate">{option.name}</span>
              </Button>
            )}
          </For>
        </div>
      </div>
      <Show when={fault() ?? props.closed}>
        {(message) => (
          <p role="status" class="mt-1.5 text-xs text-soft">
            {message()}
          </p>
        )}
      </Show>
    </section>
  );
}

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

const VERBS: Record<PendingPermission['kind'], string> = {
  read: 'read',
  edit: 'edit',
  delete: 'delete',
  move: 'move',
  search: 'search',
  execute: 'run',
  think: 'think about',
  fetch: 'fetch',
  switch_mode: 'change its mode:',
  other: 'know',
};
