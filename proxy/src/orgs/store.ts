/** Queries of organisations, members and invites. Each that is mirrored answers rows of `shared`. */
import type { MemberRow, OrganisationRow, Role } from '@porthole/shared';
import type { Database, Tx } from '../db/database.ts';
import type { InvitesTable } from '../db/schema.ts';

type Q = Database['q'];
export type InviteRecord = InvitesTable;

export async function organisation(q: Q, id: string): Promise<OrganisationRow | null> {
  const row = await q.selectFrom('organisations').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? { id: row.id, name: row.name, createdAt: row.created_at } : null;
}

export async function insertOrganisation(tx: Tx, row: OrganisationRow): Promise<void> {
  await tx.q
    .insertInto('organisations')
    .values({ id: row.id, name: row.name, created_at: row.createdAt })
    .execute();
}

export async function renameOrganisation(tx: Tx, id: string, name: string): Promise<void> {
  await tx.q.updateTable('organisations').set({ name }).where('id', '=', id).execute();
}

export async function organisationsOf(
  q: Q,
  userId: string,
): Promise<{ id: string; name: string; role: Role }[]> {
  const rows = await q
    .selectFrom('members')
    .innerJoin('organisations', 'organisations.id', 'members.organisation_id')
    .select(['organisations.id', 'organisations.name', 'members.role'])
    .where('members.user_id', '=', userId)
    .orderBy('members.created_at')
    .orderBy('organisations.id')
    .execute();
  return rows.map(({ id, name, role }) => ({ id, name, role: role as Role }));
}

const membersQuery = (q: Q) =>
  q
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['users.id', 'users.name', 'users.email', 'organisation_id', 'role', 'members.created_at']);

type MemberResult = Awaited<ReturnType<ReturnType<typeof membersQuery>['execute']>>[number];

const toMember = (row: MemberResult): MemberRow => ({
  id: row.id,
  organisationId: row.organisation_id,
  name: row.name,
  email: row.email,
  role: row.role as Role,
  joinedAt: row.created_at,
});

export async function members(q: Q, organisationId: string): Promise<MemberRow[]> {
  const rows = await membersQuery(q)
    .where('organisation_id', '=', organisationId)
    .orderBy('members.created_at')
    .orderBy('users.id')
    .execute();
  return rows.map(toMember);
}

export async function member(q: Q, organisationId: string, userId: string): Promise<MemberRow | null> {
  const row = await membersQuery(q)
    .where('organisation_id', '=', organisationId)
    .where('users.id', '=', userId)
    .executeTakeFirst();
  return row ? toMember(row) : null;
}

export async function membershipsOf(q: Q, userId: string): Promise<MemberRow[]> {
  return (await membersQuery(q).where('users.id', '=', userId).execute()).map(toMember);
}

export async function roleOf(q: Q, organisationId: string, userId: string): Promise<Role | null> {
  const row = await q
    .selectFrom('members')
    .select('role')
    .where('organisation_id', '=', organisationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row ? (row.role as Role) : null;
}

/** Whether the first person owns every organisation that the second belongs to, and there is one. */
export async function ownsAllOf(q: Q, ownerId: string, userId: string): Promise<boolean> {
  const theirs = await q
    .selectFrom('members')
    .select('organisation_id')
    .where('user_id', '=', userId)
    .execute();
  const own = await q
    .selectFrom('members')
    .select('organisation_id')
    .where('user_id', '=', ownerId)
    .where('role', '=', 'owner')
    .execute();
  const owned = new Set(own.map(({ organisation_id }) => organisation_id));
  return theirs.length > 0 && theirs.every(({ organisation_id }) => owned.has(organisation_id));
}

export async function owners(q: Q, organisationId: string): Promise<number> {
  const rows = await q
    .selectFrom('members')
    .select('user_id')
    .where('organisation_id', '=', organisationId)
    .where('role', '=', 'owner')
    .execute();
  return rows.length;
}

/** Answers false when the person is a member already. */
export async function insertMember(
  tx: Tx,
  organisationId: string,
  userId: string,
  role: Role,
  now: number,
): Promise<boolean> {
  const added = await tx.q
    .insertInto('members')
    .values({ organisation_id: organisationId, user_id: userId, role, created_at: now })
    .onConflict((c) => c.doNothing())
    .returning('user_id')
    .execute();
  return added.length > 0;
}

export async function updateRole(tx: Tx, organisationId: string, userId: string, role: Role): Promise<void> {
  await tx.q
    .updateTable('members')
    .set({ role })
    .where('organisation_id', '=', organisationId)
    .where('user_id', '=', userId)
    .execute();
}

export async function deleteMember(tx: Tx, organisationId: string, userId: string): Promise<void> {
  await tx.q
    .deleteFrom('members')
    .where('organisation_id', '=', organisationId)
    .where('user_id', '=', userId)
    .execute();
  // They would be good for nothing, and good again when the person came back.
  await tx.q
    .deleteFrom('api_tokens')
    .where('organisation_id', '=', organisationId)
    .where('user_id', '=', userId)
    .execute();
}

// ── invites ──

export async function insertInvite(q: Q, invite: InviteRecord): Promise<void> {
  await q.insertInto('invites').values(invite).execute();
}

/** Unused ones that are still good. */
export const openInvites = (q: Q, organisationId: string, now: number): Promise<InviteRecord[]> =>
  q
    .selectFrom('invites')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('used_by', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .execute();

export const invite = (q: Q, organisationId: string, id: string): Promise<InviteRecord | undefined> =>
  q
    .selectFrom('invites')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('id', '=', id)
    .executeTakeFirst();

export const inviteBySecret = (q: Q, secretHash: string): Promise<InviteRecord | undefined> =>
  q.selectFrom('invites').selectAll().where('secret_hash', '=', secretHash).executeTakeFirst();

export async function deleteInvite(q: Q, id: string): Promise<void> {
  await q.deleteFrom('invites').where('id', '=', id).execute();
}

/** Answers false when somebody else was faster. */
export async function takeInvite(tx: Tx, id: string, userId: string, now: number): Promise<boolean> {
  const taken = await tx.q
    .updateTable('invites')
    .set({ used_by: userId, used_at: now })
    .where('id', '=', id)
    .where('used_by', 'is', null)
    .returning('id')
    .execute();
  return taken.length > 0;
}

export async function nameOf(q: Q, userId: string): Promise<string> {
  const row = await q.selectFrom('users').select('name').where('id', '=', userId).executeTakeFirst();
  return row?.name ?? '';
}
