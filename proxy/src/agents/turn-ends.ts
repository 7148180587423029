/** Pure: how a turn ends from here, and what a session is called by its first prompt. */
import type { AgentFault, SessionEventBody } from '@porthole/shared/agent-events';

export const fault = (code: AgentFault['code'], message: string): AgentFault => ({
  ...{ code, message, details: null },
});

export const ended = (
  turn: string,
  outcome: 'failed' | 'stopped',
  fault: AgentFault | null,
): SessionEventBody => ({ type: 'turn_ended', turn, outcome, fault });

export const NEW_TITLE = 'New session';

/** The beginning of the first prompt, on one line. */
export function titleOf(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line || NEW_TITLE;
}
