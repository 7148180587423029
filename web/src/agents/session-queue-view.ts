/** The server's queue as it will be once what waits on this device has been sent; and how to change it, offline too. */
import type { QueuedPrompt } from '@porthole/shared/agent-head';
import { createComputed } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { AgentSession } from './create-session.ts';
import { type Entry, type OutboxAction, outbox } from './outbox.ts';
import { newId } from './session-ids.ts';

/** A prompt that waits, wherever it does. All of it is flat: a row is changed in place. */
export interface QueueRow {
  id: string;
  by: string;
  text: string;
  files: number;
  /** Not at the server yet. */
  onDevice: boolean;
  /** Its turn has been asked to stop before it began. */
  stopping: boolean;
  /** Why it was not taken. */
  fault: string | null;
}

/** Pure: the server's queue with the edits and cancellations that are on their way, then what has not got there. */
export function queueRows(queue: readonly QueuedPrompt[], waiting: readonly Entry[]): QueueRow[] {
  const texts = new Map<string, string>();
  const gone = new Set<string>();
  for (const { action } of waiting) {
    if (action.kind === 'edit_prompt') texts.set(action.prompt, action.text);
    else if (action.kind === 'cancel_prompt') gone.add(action.prompt);
  }
  const there = queue
    .filter(({ prompt }) => !gone.has(prompt))
    .map(({ prompt: id, by, text, attachments, stopAskedBy }) => ({
      ...{ id, by, text: texts.get(id) ?? text, files: attachments.length, onDevice: false },
      ...{ stopping: stopAskedBy !== undefined, fault: null },
    }));
  const here = waiting.flatMap(({ id, action, fault }) => {
    if (action.kind !== 'prompt') return [];
    const { by, attachments, prompt } = action;
    const said = { id, by, text: prompt.text, files: attachments.length };
    return [{ ...said, onDevice: true, stopping: false, fault: fault?.message ?? null }];
  });
  return [...there, ...here];
}

export function createQueueView(agent: Pick<AgentSession, 'head' | 'id' | 'organisationId' | 'waiting'>) {
  // A prompt keeps its row whatever becomes of it and of the others: somebody may be writing there.
  const [shown, setShown] = createStore<{ rows: QueueRow[] }>({ rows: [] });
  createComputed(() => {
    const rows = queueRows(agent.head().queue, agent.waiting());
    setShown('rows', reconcile(rows, { key: 'id', merge: false }));
  });
  const change = (action: OutboxAction) => outbox.add(agent.organisationId, agent.id, [action]);
  return {
    rows: () => shown.rows,
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
