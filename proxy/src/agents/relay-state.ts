/**
 * Pure: what the relay knows of a session beyond its head, folded from the same events and kept in the same checkpoint.
 * Invariant: folding on from any checkpoint gives what folding from the first event gives.
 */

import type { SessionStatus } from '@porthole/shared';
import type {
  AgentFault,
  BridgeEvent,
  OptionChoices,
  SessionEvent,
  TurnOutcome,
} from '@porthole/shared/agent-events';
import {
  activityOf,
  applyToHead,
  emptyHead,
  type SessionHead,
  withNewest,
} from '@porthole/shared/agent-head';
import { MAX_KEPT_ANSWERS } from '@porthole/shared/agent-limits';
import type * as z from 'zod/mini';

export interface RelayState {
  head: SessionHead;
  /** A turn failed: what is queued waits until somebody sends or retries. */
  paused: boolean;
  /**
   * Answers of the newest turn, request → option: sent again to a bridge that may have missed them. Kept when it has
   * ended, for of two people who answer at once the second may be later than that.
   */
  answers: Readonly<Record<string, string>>;
  /** The prompt that somebody has asked to stop, also before its turn had begun; null: none, or it has ended. */
  stopping: string | null;
  /** What was chosen for the whole session, option → value. Not in the log: `choose` writes the checkpoint. */
  choices: Readonly<z.infer<typeof OptionChoices>>;
}

export const emptyState = (): RelayState => ({
  ...{ head: emptyHead(), paused: false, answers: {}, stopping: null, choices: {} },
});

export function applyToState(state: RelayState, event: SessionEvent): RelayState {
  const head = applyToHead(state.head, event);
  if (head === state.head) return state;
  switch (event.type) {
    case 'prompt_queued':
    case 'queue_resumed':
      return { ...state, head, paused: false };
    case 'permission_answered':
      return {
        ...{ ...state, head },
        answers: withNewest(state.answers, event.request, event.option, MAX_KEPT_ANSWERS),
      };
    case 'turn_started':
      return { ...state, head, paused: false, answers: {} };
    case 'stop_asked':
      return { ...state, head, stopping: event.turn };
    case 'turn_ended': {
      const stopping = state.stopping === event.turn ? null : state.stopping;
      return { ...state, head, paused: pauses(event.outcome, event.fault), stopping };
    }
    default:
      return { ...state, head };
  }
}

/**
 * Whether the queue waits for a person after a turn that ended so. The agent's own refusal is an answer to that
 * prompt alone; anything else (no machine, no key, a limit, a stopped workspace) would meet the next prompt as well.
 */
export function pauses(outcome: TurnOutcome, fault: AgentFault | null): boolean {
  if (outcome === 'failed') return fault?.code !== 'agent_refused';
  return outcome === 'limit' || (outcome === 'stopped' && fault !== null);
}

/** `starting`: a prompt is on its way to the agent. */
export function statusOf({ head, paused }: RelayState, starting: boolean): SessionStatus {
  const activity = activityOf(head);
  if (activity === 'queued' && paused) return 'failed';
  if (activity === 'queued' && starting) return 'starting';
  if (activity === 'idle' && (head.lastOutcome === 'failed' || head.lastOutcome === 'limit')) return 'failed';
  return activity;
}

/** Queued, or running. */
export const isAtWork = ({ head }: RelayState, id: string): boolean =>
  isQueued(head, id) || head.turn?.prompt === id;

const isQueued = ({ queue }: SessionHead, id: string): boolean => queue.some(({ prompt }) => prompt === id);

/**
 * Of a turn that has ended here, which may be before its beginning was heard: nothing brings it back. Nor does a turn
 * begin twice, and a question of one that does not run could be answered by nobody.
 */
export function isStale(state: RelayState, event: BridgeEvent): boolean {
  switch (event.type) {
    case 'turn_started':
      return !isQueued(state.head, event.turn);
    case 'permission_asked':
      return state.head.turn?.prompt !== event.turn;
    case 'text':
    case 'tool':
    case 'plan':
    case 'turn_ended':
      return !isAtWork(state, event.turn);
    default:
      return false;
  }
}
