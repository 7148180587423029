/**
 * The server's ssh-agent, by which machines may be signed in to. Invariant: it is the operator's own identity, and so
 * good for the organisation that owns the server alone: anybody may start another organisation.
 */

export interface SshAgent {
  /** Its socket on this server; null: none. */
  socket: string | null;
  /** The organisation that set-up made; null: nobody owns the server yet. */
  organisation: () => Promise<string | null>;
}

export type AgentUse =
  | { ok: true; socket: string }
  | { ok: false; code: 'forbidden' | 'not_configured'; message: string };

/** Nobody else is told whether there is one. */
export async function useAgent(
  { socket, organisation }: SshAgent,
  organisationId: string,
): Promise<AgentUse> {
  if ((await organisation()) !== organisationId) {
    const message = 'Only the organisation that owns this server may sign in by its ssh-agent. Use a key.';
    return { ok: false, code: 'forbidden', message };
  }
  if (socket !== null) return { ok: true, socket };
  const message = 'This server has no ssh-agent: it was started without SSH_AUTH_SOCK. Use a key.';
  return { ok: false, code: 'not_configured', message };
}
