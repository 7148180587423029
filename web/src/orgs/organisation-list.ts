/** What is asked of the server about the organisation on screen, and only while it is. */
import { useApp } from '../app-context.ts';
import type { Mirror } from '../data/create-mirror.ts';
import { createRequest } from '../net/create-request.ts';

export function createOrganisationRequest<T>(ask: (org: string) => Promise<T>) {
  return createRequest(useApp().session.organisationId, ask);
}

/** By name, in a new list. */
export const byName = <T extends { name: string }>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => a.name.localeCompare(b.name));

/** From here on, none here means none on the server. */
export const isKnown = (mirror: Mirror, table: 'hosts' | 'members' | 'repositories'): boolean =>
  mirror.filled() && mirror[table].ready();
