/** Who may type in a terminal. Pure: facts in, answer out. */
import type { Role, TerminalRow } from '@porthole/shared';

export interface Typist {
  userId: string;
  role: Role;
  /** An API token that is good for reading alone may watch. */
  readOnly: boolean;
}

/** The workspace's owner and the organisation's owners and admins always; others as the terminal says. */
export function mayType(
  typist: Typist,
  workspaceOwner: string,
  othersMay: TerminalRow['othersMay'],
): boolean {
  if (typist.readOnly) return false;
  return typist.role !== 'member' || typist.userId === workspaceOwner || othersMay === 'write';
}
