/**
 * Invites. Invariants: the secret is in the link's fragment and its hash in the database; a link is used once, whoever
 * clicks at the same time; nobody invites to a role above their own.
 */
import { PortholeError, type Role } from '@porthole/shared';
import type { Invite } from '@porthole/shared/http';
import type { Actor } from '../auth/actor.ts';
import type { Database, Tx } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';
import { hashSecret, newId, newSecret } from '../lib/ids.ts';
import type { Organisations } from './organisations.ts';
import * as store from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Open at the same time, per organisation. */
const MAX_OPEN = 200;

export interface InvitesDeps {
  db: Database;
  clock: Clock;
  organisations: Organisations;
}

export class Invites {
  readonly #deps: InvitesDeps;

  constructor(deps: InvitesDeps) {
    this.#deps = deps;
  }

  async list(actor: Actor, organisationId: string): Promise<Invite[]> {
    await this.#deps.organisations.require(actor, organisationId, 'invite.list');
    const open = await store.openInvites(this.#deps.db.q, organisationId, this.#deps.clock.now());
    return open.map(toInvite);
  }

  async create(
    actor: Actor,
    organisationId: string,
    { role, note, days }: { role: Role; note: string | null; days: number },
  ): Promise<{ invite: Invite; path: string }> {
    const { db, clock, organisations } = this.#deps;
    await organisations.require(actor, organisationId, 'invite.create', { role });
    const now = clock.now();
    if ((await store.openInvites(db.q, organisationId, now)).length >= MAX_OPEN)
      throw new PortholeError('too_many', `At most ${MAX_OPEN} invites are open at once. Revoke some first.`);
    const secret = newSecret();
    const record: store.InviteRecord = {
      id: newId('invite'),
      secret_hash: hashSecret(secret),
      organisation_id: organisationId,
      role,
      note,
      created_by: actor.userId,
      created_at: now,
      expires_at: now + days * DAY_MS,
      used_by: null,
      used_at: null,
    };
    await store.insertInvite(db.q, record);
    return { invite: toInvite(record), path: `/invite#${secret}` };
  }

  async revoke(actor: Actor, organisationId: string, id: string): Promise<void> {
    const { db, organisations } = this.#deps;
    await organisations.require(actor, organisationId, 'invite.list');
    const record = await store.invite(db.q, organisationId, id);
    if (!record || record.used_by !== null)
      throw new PortholeError('not_found', 'There is no such open invite.');
    await organisations.require(actor, organisationId, 'invite.revoke', { role: record.role as Role });
    await store.deleteInvite(db.q, id);
  }

  /** Throws `not_found`, `invite_used` and `invite_expired`. */
  async preview(
    secret: string,
  ): Promise<{ organisation: string; role: Role; invitedBy: string; expiresAt: number }> {
    const { q } = this.#deps.db;
    const record = await this.#good(q, secret);
    const organisation = await store.organisation(q, record.organisation_id);
    return {
      organisation: organisation?.name ?? '',
      role: record.role as Role,
      invitedBy: await store.nameOf(q, record.created_by),
      expiresAt: record.expires_at,
    };
  }

  /** Uses the invite up for this person. Throws as `preview` does. */
  async accept(tx: Tx, secret: string, userId: string): Promise<void> {
    const record = await this.#good(tx.q, secret);
    if (await store.roleOf(tx.q, record.organisation_id, userId))
      throw new PortholeError(
        'conflict',
        'You are a member already. The invite stays good for somebody else.',
      );
    if (!(await store.takeInvite(tx, record.id, userId, this.#deps.clock.now()))) throw used();
    await this.#deps.organisations.join(tx, record.organisation_id, userId, record.role as Role);
  }

  async #good(q: Database['q'], secret: string): Promise<store.InviteRecord> {
    const record = await store.inviteBySecret(q, hashSecret(secret));
    if (!record) throw new PortholeError('not_found', 'There is no such invite. It may have been revoked.');
    if (record.used_by !== null) throw used();
    if (record.expires_at <= this.#deps.clock.now())
      throw new PortholeError('invite_expired', 'This invite is over. Ask for another one.');
    // Whoever invited must still be able to: an admin who was removed leaves no door open.
    const inviter = await store.roleOf(q, record.organisation_id, record.created_by);
    if (inviter === null || inviter === 'member' || (record.role === 'owner' && inviter !== 'owner'))
      throw new PortholeError('not_found', 'There is no such invite. It may have been revoked.');
    return record;
  }
}

const used = () => new PortholeError('invite_used', 'This invite has been used. Ask for another one.');

const toInvite = (record: store.InviteRecord): Invite => ({
  id: record.id,
  role: record.role as Role,
  note: record.note,
  createdBy: record.created_by,
  createdAt: record.created_at,
  expiresAt: record.expires_at,
  usedBy: record.used_by,
});
