/** The server's queue as it will be once what waits on this device has been sent; and how to change it, offline too. */
import type { QueuedPrompt } from '@porthole/shared/agent-head';
import { createComputed } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { AgentSession } from './create-session.ts';
import { type Entry, type OutboxAction, outbox } from './outbox.ts';
import { newId } from './session-ids.ts';

/** Pure: edits and cancellations that are on their way. */
function overlay(queue: readonly QueuedPrompt[], waiting: readonly Entry[]): QueuedPrompt[] {
  const texts = new Map<string, string>();
  const gone = new Set<string>();
  for (const { action } of waiting) {
    if (action.kind === 'edit_prompt') texts.set(action.prompt, action.text);
    else if (action.kind === 'cancel_prompt') gone.add(action.prompt);
  }
  return queue
    .filter(({ prompt }) => !gone.has(prompt))
    .map((queued) => ({ ...queued, text: texts.get(queued.prompt) ?? queued.text }));
}

export function createQueueView(agent: Pick<AgentSession, 'head' | 'id' | 'organisationId' | 'waiting'>) {
  // A prompt stays the same object whatever becomes of the others: its row may be in somebody's hands.
  const [shown, setShown] = createStore<{ queue: QueuedPrompt[] }>({ queue: [] });
  createComputed(() => {
    const queue = structuredClone(overlay(agent.head().queue, agent.waiting()));
    setShown('queue', reconcile(queue, { key: 'prompt', merge: false }));
  });
  const change = (action: OutboxAction) => outbox.add(agent.organisationId, agent.id, [action]);
  return {
    queue: () => shown.queue,
    async edit(prompt: string, text: string): Promise<void> {
      if (await outbox.edit(prompt, text)) return;
      await change({ kind: 'edit_prompt', id: newId('prompt'), prompt, text });
    },
    async cancel(prompt: string): Promise<void> {
      if (await outbox.takeBack(prompt)) return;
      await change({ kind: 'cancel_prompt', id: newId('prompt'), prompt });
    },
  };
}
