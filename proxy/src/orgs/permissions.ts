/**
 * Pure: who may do what in an organisation. Every action stands in one table; the compiler asks for a cell when one
 * is added. An API token's scope is looked at before (http/api.ts) and only ever takes away.
 */
import type { Role } from '@porthole/shared';

export interface Asking {
  role: Role;
  userId: string;
}

/** What each action is done to. */
export interface Targets {
  /** Looking at what the organisation has. */
  'organisation.read': undefined;
  'organisation.update': undefined;
  'member.update': { userId: string; from: Role; to: Role };
  'member.remove': { userId: string; role: Role };
  /** A link by which they choose a new password, and whoever has it is them. */
  'member.reset': { userId: string };
  'invite.list': undefined;
  'invite.create': { role: Role };
  'invite.revoke': { role: Role };
  'repository.write': undefined;
  'repository.delete': undefined;
  'credential.write': undefined;
  'host.write': undefined;
  /** Agents of the organisation, and the secrets they are given. */
  'agent.write': undefined;
  /** Making one. Every member may open, start, stop and rename every one. */
  'workspace.write': undefined;
  'workspace.delete': { createdBy: string };
  /** A token by which its machine connects by itself: whoever has it speaks for the machine. */
  'workspace.token': { createdBy: string };
  'terminal.write': undefined;
}

export type Action = keyof Targets;

const RANK: Record<Role, number> = { member: 0, admin: 1, owner: 2 };
const anyone = () => true;
const owners = ({ role }: Asking) => role === 'owner';
const admins = ({ role }: Asking) => RANK[role] >= RANK.admin;
/** Nobody gives or takes a role above their own. */
const upTo = (asking: Asking, ...roles: Role[]) => roles.every((role) => RANK[role] <= RANK[asking.role]);

const TABLE: { [A in Action]: (asking: Asking, target: Targets[A]) => boolean } = {
  'organisation.read': anyone,
  'organisation.update': admins,
  'member.update': (asking, { userId, from, to }) =>
    // One may step down, never up.
    (admins(asking) && upTo(asking, from, to)) || (userId === asking.userId && RANK[to] <= RANK[asking.role]),
  'member.remove': (asking, { userId, role }) =>
    userId === asking.userId || (admins(asking) && upTo(asking, role)),
  // One's own needs the current one, on a device that is signed in.
  'member.reset': (asking, { userId }) => owners(asking) && userId !== asking.userId,
  'invite.list': admins,
  'invite.create': (asking, { role }) => admins(asking) && upTo(asking, role),
  'invite.revoke': (asking, { role }) => admins(asking) && upTo(asking, role),
  'repository.write': anyone,
  'repository.delete': admins,
  'credential.write': admins,
  'host.write': admins,
  'agent.write': admins,
  'workspace.write': anyone,
  // What was not pushed goes with it.
  'workspace.delete': (asking, { createdBy }) => createdBy === asking.userId || admins(asking),
  'workspace.token': (asking, { createdBy }) => createdBy === asking.userId || admins(asking),
  'terminal.write': anyone,
};

export function can<A extends Action>(
  asking: Asking,
  action: A,
  ...[target]: Targets[A] extends undefined ? [] : [Targets[A]]
): boolean {
  return TABLE[action](asking, target as Targets[A]);
}

/** An organisation always has an owner: this change would leave it without. */
export const wouldOrphan = (owners: number, from: Role, to: Role | null): boolean =>
  from === 'owner' && to !== 'owner' && owners <= 1;
