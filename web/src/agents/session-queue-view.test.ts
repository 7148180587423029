import { emptyHead, type QueuedPrompt, type SessionHead } from '@porthole/shared/agent-head';
import { batch, createRoot, createSignal } from 'solid-js';
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
  const { rows } = createRoot(() => createQueueView(agent));
  return { rows, head, setHead, setWaiting };
}

it('[AG5] the queue has what is on its way from this device: changed texts, and not what was taken back', () => {
  const { rows, head, setWaiting } = view();
  setWaiting([
    entry({ kind: 'edit_prompt', id: 'e', prompt: 'two', text: 'better' }),
    entry({ kind: 'cancel_prompt', id: 'c', prompt: 'one' }),
  ]);
  expect(rows().map(({ text }) => text)).toEqual(['better', 'third']);
  expect(head().queue.map(({ text }) => text)).toEqual(['first', 'second', 'third']);
});

it('a prompt keeps its row while others come, go and change: somebody may be writing in it', () => {
  const { rows, head, setHead, setWaiting } = view();
  const held = rows()[1];
  setWaiting([entry({ kind: 'cancel_prompt', id: 'c', prompt: 'one' })]);
  expect(rows()[0]).toBe(held);
  setHead({
    ...head(),
    queue: [queued('three', 'third'), { ...queued('two', 'second'), text: 'of another' }],
  });
  expect(rows()[1]).toBe(held);
  expect(held?.text).toBe('of another');
});

it('a prompt keeps its row when it comes from the device into the queue', () => {
  const { rows, head, setHead, setWaiting } = view();
  const action: OutboxAction = {
    ...{ kind: 'prompt', id: 'four', by: 'usr_ana', attachments: [] },
    prompt: { id: 'four', text: 'written offline' },
  };
  const fault = { code: 'rate_limited', message: 'Too many at once.', at: 1 };
  setWaiting([entry(action)]);
  const held = rows()[3];
  expect(held).toMatchObject({ id: 'four', text: 'written offline', onDevice: true, fault: null });
  setWaiting([{ ...entry(action), fault }]);
  expect(rows()[3]?.fault).toBe('Too many at once.');
  setWaiting([entry(action)]);
  batch(() => {
    setWaiting([]);
    setHead({ ...head(), queue: [...head().queue, queued('four', 'written offline')] });
  });
  expect(rows()[3]).toBe(held);
  expect(held).toMatchObject({ onDevice: false, fault: null });
});
