import { emptyHead, type QueuedPrompt, type SessionHead } from '@porthole/shared/agent-head';
import { createRoot, createSignal } from 'solid-js';
import { expect, it } from 'vitest';
import type { Entry, OutboxAction } from './outbox.ts';
import { createQueueView } from './session-queue-view.ts';

const queued = (prompt: string, text: string): QueuedPrompt => ({
  ...{ prompt, text, by: 'usr_ana', at: 1, attachments: [], choices: {}, retryOf: null },
});
const entry = (action: OutboxAction): Entry => ({
  ...{ id: action.id, sessionId: 'ses_1', createdAt: 1, action, tried: false, fault: null },
});

function view() {
  const [head, setHead] = createSignal<SessionHead>({
    ...emptyHead(),
    queue: [queued('one', 'first'), queued('two', 'second'), queued('three', 'third')],
  });
  const [waiting, setWaiting] = createSignal<Entry[]>([]);
  const agent = { id: 'ses_1', organisationId: 'org_1', head, waiting };
  const { queue } = createRoot(() => createQueueView(agent));
  return { queue, head, setHead, setWaiting };
}

it('[AG5] the queue has what is on its way from this device: changed texts, and not what was taken back', () => {
  const { queue, head, setWaiting } = view();
  setWaiting([
    entry({ kind: 'edit_prompt', id: 'e', prompt: 'two', text: 'better' }),
    entry({ kind: 'cancel_prompt', id: 'c', prompt: 'one' }),
  ]);
  expect(queue().map(({ text }) => text)).toEqual(['better', 'third']);
  expect(head().queue.map(({ text }) => text)).toEqual(['first', 'second', 'third']);
});

it('a prompt keeps its row while others come, go and change: somebody may be writing in it', () => {
  const { queue, head, setHead, setWaiting } = view();
  const held = queue()[1];
  setWaiting([entry({ kind: 'cancel_prompt', id: 'c', prompt: 'one' })]);
  expect(queue()[0]).toBe(held);
  setHead({
    ...head(),
    queue: [queued('three', 'third'), { ...queued('two', 'second'), text: 'of another' }],
  });
  expect(queue()[1]).toBe(held);
  expect(held?.text).toBe('of another');
});
