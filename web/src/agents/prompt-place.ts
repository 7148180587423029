/**
 * Pure: where a first prompt goes. Into a workspace that is there, or into one that is made for it as it is sent: on the
 * first machine that can be had, from a repository or empty.
 */
import type { HostRow, ProviderName, RepositoryRow, WorkspaceRow } from '@porthole/shared';

export type PromptPlace =
  | { kind: 'workspace'; workspace: WorkspaceRow }
  /** null: an empty one. */
  | { kind: 'new'; repository: RepositoryRow | null };

export interface Choosable {
  workspaces: readonly WorkspaceRow[];
  repositories: readonly RepositoryRow[];
}

/** Workspaces, those last used first; then what a new one may begin with. */
export function promptPlaces({ workspaces, repositories }: Choosable): PromptPlace[] {
  const open = workspaces.filter(({ status }) => status !== 'deleting');
  open.sort((a, b) => b.activeAt - a.activeAt);
  return [
    ...open.map((workspace): PromptPlace => ({ kind: 'workspace', workspace })),
    ...[...repositories, null].map((repository): PromptPlace => ({ kind: 'new', repository })),
  ];
}

/** The same for as long as it is the same place, also when its row has changed. */
export const keyOf = (place: PromptPlace): string =>
  place.kind === 'workspace' ? place.workspace.id : `new ${place.repository?.id ?? ''}`;

export interface Machine {
  provider: ProviderName;
  hostId: string | null;
}

/** The first that works: this server, or the first host whose key was accepted. null: none does. */
export function machineFor(
  providers: readonly { name: ProviderName; enabled: boolean }[],
  hosts: readonly HostRow[],
): Machine | null {
  for (const { name, enabled } of providers) {
    if (!enabled) continue;
    if (name === 'local') return { provider: name, hostId: null };
    const host = name === 'ssh' && hosts.find(({ hostKeyFingerprint }) => hostKeyFingerprint !== null);
    if (host) return { provider: name, hostId: host.id };
  }
  return null;
}
