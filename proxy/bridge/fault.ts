/** What went wrong, in the words of the log. */
import type { AgentFault } from '@porthole/shared/agent-events';

export const fault = (
  code: AgentFault['code'],
  message: string,
  details: string | null = null,
): AgentFault => ({
  code,
  message,
  details,
});

export class FaultError extends Error {
  readonly fault: AgentFault;

  constructor(fault: AgentFault) {
    super(fault.message);
    this.fault = fault;
  }
}
