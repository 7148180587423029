/**
 * Who may do what to an organisation's machines. Invariant (SE3): an id of another organisation answers exactly as
 * an id that does not exist.
 */
import { PortholeError } from '@porthole/shared';
import type { Actor, Membership, MembershipOf } from '../auth/actor.ts';
import { can } from '../orgs/permissions.ts';
import type { Workspace, WorkspaceStore } from './store.ts';

export type MachineAction =
  | 'organisation.read'
  | 'repository.write'
  | 'repository.delete'
  | 'credential.write'
  | 'host.write'
  | 'workspace.write';

export interface Access {
  /** A member of the organisation who may do this, or `not_found` or `forbidden`. */
  may(actor: Actor, organisationId: string, action: MachineAction): Promise<Membership>;
  /** A workspace that the actor may open, or `not_found`. Every member may open and steer every one. */
  workspace(actor: Actor, workspaceId: string): Promise<Workspace>;
  /** One that the actor may delete, or `not_found` or `forbidden`. */
  workspaceToDelete(actor: Actor, workspaceId: string): Promise<Workspace>;
}

export function createAccess(membershipOf: MembershipOf, store: WorkspaceStore): Access {
  const open = async (actor: Actor, workspaceId: string) => {
    const workspace = await store.get(workspaceId);
    const membership = workspace && (await membershipOf(actor, workspace.organisationId));
    if (!workspace || !membership) throw new PortholeError('not_found', 'There is no such workspace.');
    return { workspace, role: membership.role };
  };
  return {
    async may(actor, organisationId, action) {
      const membership = await membershipOf(actor, organisationId);
      if (!membership) throw new PortholeError('not_found', 'There is no such organisation.');
      if (!can({ role: membership.role, userId: actor.userId }, action)) {
        throw new PortholeError('forbidden', 'Only owners and admins of the organisation can do this.');
      }
      return membership;
    },
    async workspace(actor, workspaceId) {
      return (await open(actor, workspaceId)).workspace;
    },
    async workspaceToDelete(actor, workspaceId) {
      const { workspace, role } = await open(actor, workspaceId);
      if (can({ role, userId: actor.userId }, 'workspace.delete', workspace)) return workspace;
      const who = 'who made it, and owners and admins of the organisation';
      throw new PortholeError('forbidden', `A workspace is deleted by ${who}.`);
    },
  };
}
