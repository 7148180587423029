/** What a session's page says of it: what stands in the way of its agent, and what it waits for. */
import type { SessionRow, WorkspaceRow } from '@porthole/shared';
import type { PromptEntry } from '@porthole/shared/agent-entries';
import type { AgentFault } from '@porthole/shared/agent-events';
import { currentStep } from '../workspaces/status.ts';
import type { AgentSession } from './create-session.ts';

export function olderFault(agent: AgentSession): string | null {
  const { older } = agent.seen();
  return typeof older === 'object' ? older.fault : null;
}

export interface Trouble {
  fault: AgentFault;
  /** The prompt that it ended. */
  prompt: string | null;
}

type Known = Pick<AgentSession, 'head' | 'seen' | 'waiting'>;

/** What somebody has to do something about, and nothing has come of yet: while it works again, it is history. */
export function faultOf(agent: Known, row: SessionRow | undefined): Trouble | null {
  const { turn, queue } = agent.head();
  if (turn) return null;
  const refused = agent.waiting().find(({ fault }) => fault?.code === 'key_missing')?.fault;
  if (refused)
    return { fault: { code: 'key_missing', message: refused.message, details: null }, prompt: null };
  if (queue.length > 0 && pausedSince(agent, row) === null) return null;
  const last = lastPrompt(agent);
  if (last?.fault) {
    if (!HELPED.has(last.fault.code) || isRepeated(agent, last.prompt)) return null;
    return { fault: last.fault, prompt: last.prompt };
  }
  const { state, fault } = agent.head().agent;
  return state === 'failed' && fault && row?.status === 'failed' ? { fault, prompt: null } : null;
}

function lastPrompt(agent: Known): PromptEntry | null {
  const last = agent.seen().entries.findLast(({ type }) => type === 'prompt');
  return last?.type === 'prompt' ? last : null;
}

const isRepeated = (agent: Known, prompt: string): boolean =>
  agent.waiting().some(({ action }) => action.kind === 'prompt' && action.prompt.retryOf === prompt);

/** Why the queue waits for a person (AG5); null: it does not. */
export function pausedSince(agent: Known, row: SessionRow | undefined): string | null {
  const { turn, queue, lastOutcome } = agent.head();
  if (turn || queue.length === 0 || row?.status !== 'failed') return null;
  // The row is told on its own: what was sent after the failure has let the queue go on, whatever the row says yet.
  const endedAt = lastPrompt(agent)?.endedAt ?? Number.POSITIVE_INFINITY;
  if (queue.some(({ at }) => at > endedAt)) return null;
  if (lastOutcome === 'limit') return 'since the agent reached its limit';
  return lastOutcome === 'stopped' ? 'since the workspace was stopped' : 'since the last turn failed';
}

/** With these there is more to do than to read them in the timeline. */
const HELPED: ReadonlySet<AgentFault['code']> = new Set(['key_missing', 'node_missing', 'agent_missing']);

export function statusLine(
  workspace: WorkspaceRow,
  row: SessionRow | undefined,
  agent: AgentSession,
  offline: boolean,
): string | null {
  if (offline) return 'Offline. What you send waits on this device.';
  if (agent.state().name === 'lost') return 'Not connected. What you send waits on this device.';
  if (agent.ready() && agent.state().name === 'waiting') return 'Reconnecting…';
  if (agent.state().name === 'closed' && row)
    return agent.problem()?.message ?? 'The server refused this connection.';
  const wants = agent.head().queue.length > 0 || agent.waiting().length > 0 || row?.status === 'starting';
  const { note } = agent.seen();
  // A turn goes on without us; that nothing is heard of it has a reason.
  if (agent.head().turn && note !== null) return `The machine is out of reach: ${note}`;
  if (!wants) return null;
  if (workspace.status === 'provisioning')
    return `The workspace starts: ${currentStep(workspace.steps) ?? 'a moment'}`;
  if (workspace.status === 'paused' || workspace.status === 'stopped')
    return 'The workspace is being started';
  if (workspace.status === 'error') return 'The workspace failed to start';
  if (note !== null) return `${note.replace(/\.$/, '')}…`;
  return row?.status === 'starting' ? 'The agent starts…' : null;
}
