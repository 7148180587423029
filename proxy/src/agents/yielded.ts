/** Pure: what came of a session, as its head has it. */
import type { Artifact } from '@porthole/shared/agent-events';
import type { SessionHead } from '@porthole/shared/agent-head';

type Of = Pick<SessionHead, 'artifacts'>;

/** Those that are not known, or known by another title. */
export function newsOf({ artifacts }: Of, found: readonly Artifact[]): Artifact[] {
  const known = new Map(artifacts.map(({ key, title }) => [key, title]));
  return found.filter(({ key, title }) => known.get(key) !== title);
}

/** Branches that it has pushed. */
export const branchesOf = ({ artifacts }: Of): string[] =>
  artifacts.filter(({ kind }) => kind === 'branch').map(({ key }) => key.replace(/^branch /, ''));
