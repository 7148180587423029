/**
 * Pure: what people may do to a session as it is now, and which events that makes. The relay asks at the moment the
 * events get their place in the log, so that of two people who do the same thing at once one is second.
 */
import type { Attachment, OptionChoices, SessionEventBody } from '@porthole/shared/agent-events';
import type { QueuedPrompt } from '@porthole/shared/agent-head';
import { MAX_QUEUED_PROMPTS } from '@porthole/shared/agent-limits';
import { type ErrorCode, PortholeError } from '@porthole/shared/errors';
import { optionBy, ruleFor } from '@porthole/shared/permission-rules';
import type * as z from 'zod/mini';
import type { RelayState } from './relay-state.ts';
import { ended } from './turn-ends.ts';

export interface NewPrompt {
  id: string;
  by: string;
  text: string;
  attachments: Attachment[];
  choices: z.infer<typeof OptionChoices>;
  retryOf: string | null;
}

/** The state, and the prompt that the bridge has been given and has not begun, if any. */
export interface Now {
  state: RelayState;
  dispatched: string | null;
}

const refuse = (code: ErrorCode, message: string): never => {
  throw new PortholeError(code, message);
};

/** Everything here throws `PortholeError` for what cannot be done now. */
export function queue({ state }: Now, prompt: NewPrompt): SessionEventBody[] {
  const { queue: waiting } = state.head;
  if (waiting.length >= MAX_QUEUED_PROMPTS)
    refuse('too_many', `${MAX_QUEUED_PROMPTS} prompts wait already. Let the agent come after.`);
  const { id, by, text, attachments, choices, retryOf } = prompt;
  const queued: SessionEventBody = {
    ...{ type: 'prompt_queued', prompt: id, by, text, attachments, retryOf },
    choices: { ...state.choices, ...choices },
  };
  const first = waiting[0];
  // What failed comes before what was to follow it.
  if (retryOf === null || !first) return [queued];
  return [queued, { type: 'prompt_moved', prompt: id, by, before: first.prompt }];
}

export function edit(now: Now, prompt: string, by: string, text: string): SessionEventBody[] {
  return waitingPrompt(now, prompt).text === text ? [] : [{ type: 'prompt_edited', prompt, by, text }];
}

export function move(now: Now, prompt: string, by: string, before: string | null): SessionEventBody[] {
  waitingPrompt(now, prompt);
  if (before === prompt) refuse('conflict', 'A prompt cannot stand before itself.');
  if (before !== null) waitingPrompt(now, before);
  return [{ type: 'prompt_moved', prompt, by, before }];
}

/** One that is being started is stopped. */
export function cancel(now: Now, prompt: string, by: string): SessionEventBody[] {
  if (prompt === now.dispatched) return stop(now, by);
  waitingPrompt(now, prompt);
  return [{ type: 'prompt_cancelled', prompt, by }];
}

/**
 * What runs, or is being started, or would be as soon as the machine is there: this one has ended with it. No event:
 * it was asked already.
 */
export function stop(now: Now, by: string): SessionEventBody[] {
  const { turn, queue } = now.state.head;
  const given = queue.find(({ prompt }) => prompt === now.dispatched);
  const running = turn ?? given;
  if (running) return running.stopAskedBy ? [] : [{ type: 'stop_asked', turn: running.prompt, by }];
  const due = next(now);
  if (!due) return refuse('wrong_state', 'No turn is running.');
  return [{ type: 'stop_asked', turn: due.prompt, by }, ended(due.prompt, 'stopped', null)];
}

/** After a turn that failed: what waits goes on, without that one. */
export function resume({ state }: Now, by: string): SessionEventBody[] {
  return state.paused && state.head.queue.length > 0 ? [{ type: 'queue_resumed', by }] : [];
}

export function answer({ state }: Now, request: string, option: string, by: string): SessionEventBody[] {
  const asked = state.head.permissions.find((each) => each.request === request);
  if (!asked) {
    if (Object.hasOwn(state.answers, request)) refuse('conflict', 'Somebody has answered this already.');
    return refuse('not_found', 'The agent does not wait for this answer.');
  }
  const chosen = asked.options.find(({ id }) => id === option);
  if (!chosen) return refuse('unprocessable', 'The agent does not offer this answer.');
  const rule = ruleFor(asked, chosen);
  const given = { request, option, by, remembered: rule !== null };
  return [{ type: 'permission_answered', ...given, ...(rule ? { rule } : {}) }];
}

/** Answers that somebody has given for good, to what is asked now. Of two the newer one counts. */
export function rememberedAnswers({ state }: Now): SessionEventBody[] {
  const { permissions, rules } = state.head;
  return permissions.flatMap((asked): SessionEventBody[] => {
    const options = rules.map((rule) => optionBy(rule, asked)).filter((option) => option !== null);
    const option = options.at(-1);
    if (!option) return [];
    const { request } = asked;
    return [{ type: 'permission_answered', request, option: option.id, by: null, remembered: false }];
  });
}

/** From now on the like is asked again; what the agent remembers by itself is its own. */
export function removeRule({ state }: Now, rule: string, by: string): SessionEventBody[] {
  if (!state.head.rules.some(({ id }) => id === rule))
    refuse('not_found', 'This answer is not remembered any more.');
  return [{ type: 'rule_removed', rule, by }];
}

/** What the bridge is to be given next; null: nothing, for now. */
export function next({ state }: Now): QueuedPrompt | null {
  const { head, paused } = state;
  return head.turn !== null || paused ? null : (head.queue[0] ?? null);
}

/** A prompt that still waits: one that the bridge was given may have begun by now. */
function waitingPrompt({ state, dispatched }: Now, prompt: string): QueuedPrompt {
  const queued = state.head.queue.find((each) => each.prompt === prompt);
  if (!queued) return refuse('wrong_state', 'This prompt is not queued any more.');
  if (prompt === dispatched) return refuse('wrong_state', 'This prompt is being started. Stop it instead.');
  return queued;
}
