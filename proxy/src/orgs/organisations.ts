/**
 * Organisations and who belongs to them. Invariants: an organisation always has an owner; each change of a mirrored row
 * is on the feed; who loses membership is told after the commit.
 */
import { type MemberRow, type OrganisationRow, PortholeError, type Role } from '@porthole/shared';
import type { Actor, Membership, MembershipOf } from '../auth/actor.ts';
import { checkRoom } from '../db/bound.ts';
import type { Database, Tx } from '../db/database.ts';
import type { FeedRecorder, FeedSource } from '../feed/record.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { type Action, can, type Targets, wouldOrphan } from './permissions.ts';
import * as store from './store.ts';

/** Of one person: more is a mistake or an attack. */
const MAX_ORGANISATIONS = 100;

export interface OrganisationsDeps {
  db: Database;
  feed: FeedRecorder;
  clock: Clock;
  /** After the commit: close sockets, tell devices (FD4). */
  onMembershipLost: (userId: string, organisationId: string) => void;
  onRoleChanged: (userId: string, organisationId: string) => void;
}

export class Organisations {
  readonly #deps: OrganisationsDeps;

  constructor(deps: OrganisationsDeps) {
    this.#deps = deps;
  }

  readonly membershipOf: MembershipOf = async (actor, organisationId) => {
    if (actor.token && actor.token.organisationId !== organisationId) return null;
    const role = await store.roleOf(this.#deps.db.q, organisationId, actor.userId);
    return role && { actor, organisationId, role };
  };

  /** The membership, if it allows the action. `not_found` for strangers (SE3), `forbidden` for members. */
  async require<A extends Action>(
    actor: Actor,
    organisationId: string,
    action: A,
    ...target: Targets[A] extends undefined ? [] : [Targets[A]]
  ): Promise<Membership> {
    const membership = await this.membershipOf(actor, organisationId);
    if (!membership) throw notFound();
    if (!can({ role: membership.role, userId: actor.userId }, action, ...target)) throw forbidden();
    return membership;
  }

  /** With its first owner. */
  async create(tx: Tx, name: string, ownerId: string): Promise<OrganisationRow> {
    const now = this.#deps.clock.now();
    const row: OrganisationRow = { id: newId('organisation'), name, createdAt: now };
    if ((await store.organisationsOf(tx.q, ownerId)).length >= MAX_ORGANISATIONS)
      throw new PortholeError('too_many', `A person belongs to at most ${MAX_ORGANISATIONS} organisations.`);
    await store.insertOrganisation(tx, row);
    await this.#deps.feed.put(tx, row.id, 'organisations', row);
    await this.join(tx, row.id, ownerId, 'owner');
    return row;
  }

  async rename(organisationId: string, name: string): Promise<OrganisationRow> {
    return this.#deps.db.transaction(async (tx) => {
      await store.renameOrganisation(tx, organisationId, name);
      const row = await store.organisation(tx.q, organisationId);
      if (!row) throw notFound();
      await this.#deps.feed.put(tx, organisationId, 'organisations', row);
      return row;
    });
  }

  /** Nothing happens to who is a member already. */
  async join(tx: Tx, organisationId: string, userId: string, role: Role): Promise<void> {
    await checkRoom(tx, 'members', organisationId);
    if (!(await store.insertMember(tx, organisationId, userId, role, this.#deps.clock.now()))) return;
    const row = await store.member(tx.q, organisationId, userId);
    if (row) await this.#deps.feed.put(tx, organisationId, 'members', row);
  }

  /** The person's name has changed: so have their rows. */
  async personChanged(tx: Tx, userId: string): Promise<void> {
    for (const row of await store.membershipsOf(tx.q, userId))
      await this.#deps.feed.put(tx, row.organisationId, 'members', row);
  }

  async changeRole(actor: Actor, organisationId: string, userId: string, to: Role): Promise<MemberRow> {
    return this.#deps.db.transaction(async (tx) => {
      const row = await this.#memberFor(tx, actor, organisationId, userId, (asking, from) =>
        can(asking, 'member.update', { userId, from, to }),
      );
      if (wouldOrphan(await store.owners(tx.q, organisationId), row.role, to)) throw lastOwner();
      const changed: MemberRow = { ...row, role: to };
      await store.updateRole(tx, organisationId, userId, to);
      await this.#deps.feed.put(tx, organisationId, 'members', changed);
      tx.afterCommit(() => this.#deps.onRoleChanged(userId, organisationId));
      return changed;
    });
  }

  async remove(actor: Actor, organisationId: string, userId: string): Promise<void> {
    await this.#deps.db.transaction(async (tx) => {
      const { role } = await this.#memberFor(tx, actor, organisationId, userId, (asking, role) =>
        can(asking, 'member.remove', { userId, role }),
      );
      if (wouldOrphan(await store.owners(tx.q, organisationId), role, null)) throw lastOwner();
      await store.deleteMember(tx, organisationId, userId);
      await this.#deps.feed.delete(tx, organisationId, 'members', userId);
      tx.afterCommit(() => this.#deps.onMembershipLost(userId, organisationId));
    });
  }

  /** Within the transaction: roles are read where they are changed. */
  async #memberFor(
    tx: Tx,
    actor: Actor,
    organisationId: string,
    userId: string,
    allowed: (asking: { role: Role; userId: string }, role: Role) => boolean,
  ): Promise<MemberRow> {
    const stranger = actor.token && actor.token.organisationId !== organisationId;
    const own = stranger ? null : await store.roleOf(tx.q, organisationId, actor.userId);
    if (!own) throw notFound();
    const row = await store.member(tx.q, organisationId, userId);
    if (!row) throw new PortholeError('not_found', 'There is no such member.');
    if (!allowed({ role: own, userId: actor.userId }, row.role)) throw forbidden();
    return row;
  }
}

export const organisationSources: FeedSource[] = [
  {
    table: 'organisations',
    async readAll(q, id) {
      const row = await store.organisation(q, id);
      return row ? [row] : [];
    },
  },
  { table: 'members', readAll: (q, id) => store.members(q, id) },
];

export const notFound = () => new PortholeError('not_found', 'There is no such organisation.');
const forbidden = () => new PortholeError('forbidden', 'Your role in this organisation does not allow this.');
const lastOwner = () =>
  new PortholeError('last_owner', 'This is the last owner. Make somebody else an owner first.');
