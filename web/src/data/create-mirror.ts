/** The rows of the organisation on screen, live from IndexedDB. Small tables, read whole. */
import type { Accessor } from 'solid-js';
import { createLive } from './create-live.ts';
import { db } from './database.ts';

export type Mirror = ReturnType<typeof createMirror>;

export function createMirror(organisationId: Accessor<string | null>) {
  const of = <T>(query: (organisationId: string) => Promise<T[]>) =>
    createLive(organisationId, (id) => (id === null ? [] : query(id)), [] as T[]);
  return {
    workspaces: of((id) => db.workspaces.where({ organisationId: id }).toArray()),
    repositories: of((id) => db.repositories.where({ organisationId: id }).toArray()),
    terminals: of((id) => db.terminals.where({ organisationId: id }).toArray()),
    members: of((id) => db.members.where({ organisationId: id }).toArray()),
    sessions: of((id) => db.sessions.where({ organisationId: id }).toArray()),
    agents: of((id) => db.agents.where({ organisationId: id }).toArray()),
    /** How far this device has read them. */
    reads: of((id) => db.reads.where({ organisationId: id }).toArray()),
    hosts: of((id) => db.hosts.where({ organisationId: id }).toArray()),
    /** The mirror has been filled once: from here on, an empty table is empty on the server too. */
    filled: createLive(
      organisationId,
      async (id) => id !== null && (await db.cursors.get(id)) !== undefined,
      false,
    ),
  };
}
