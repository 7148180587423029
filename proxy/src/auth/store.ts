/** Queries of people, their devices, their tokens and their accounts elsewhere. */
import type { Database, Tx } from '../db/database.ts';
import type { ApiTokensTable, AuthSessionsTable, UsersTable } from '../db/schema.ts';

type Q = Database['q'];
export type UserRecord = UsersTable;
export type SessionRecord = AuthSessionsTable;
export type TokenRecord = ApiTokensTable;

export const userByEmail = (q: Q, email: string): Promise<UserRecord | undefined> =>
  q.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst();

export const userById = (q: Q, id: string): Promise<UserRecord | undefined> =>
  q.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();

export async function anyUser(q: Q): Promise<boolean> {
  return (await q.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
}

export async function insertUser(tx: Tx, user: UserRecord): Promise<void> {
  await tx.q.insertInto('users').values(user).execute();
}

export async function updateUser(
  tx: Tx,
  id: string,
  change: Partial<Pick<UserRecord, 'name' | 'password_hash'>>,
): Promise<void> {
  await tx.q.updateTable('users').set(change).where('id', '=', id).execute();
}

// ── facts ──

export async function fact(q: Q, key: string): Promise<string | null> {
  const row = await q.selectFrom('server_facts').select('value').where('key', '=', key).executeTakeFirst();
  return row?.value ?? null;
}

/** null forgets it. */
export async function setFact(tx: Tx, key: string, value: string | null): Promise<void> {
  await tx.q.deleteFrom('server_facts').where('key', '=', key).execute();
  if (value !== null) await tx.q.insertInto('server_facts').values({ key, value }).execute();
}

// ── devices ──

export const sessionsOf = (q: Q, userId: string): Promise<SessionRecord[]> =>
  q
    .selectFrom('auth_sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('seen_at', 'desc')
    .execute();

/** Answers whether it was there. */
export async function deleteDevice(q: Q, userId: string, deviceId: string): Promise<boolean> {
  const gone = await q
    .deleteFrom('auth_sessions')
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .returning('device_id')
    .execute();
  return gone.length > 0;
}

/** The devices that were signed out. */
export async function deleteDevices(q: Q, userId: string, except: string | null): Promise<string[]> {
  let query = q.deleteFrom('auth_sessions').where('user_id', '=', userId);
  if (except !== null) query = query.where('device_id', '!=', except);
  return (await query.returning('device_id').execute()).map((row) => row.device_id);
}

/** When the session ends, as it is now; null: it is gone. */
export async function deviceUntil(q: Q, deviceId: string): Promise<number | null> {
  const row = await q
    .selectFrom('auth_sessions')
    .select('expires_at')
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  return row?.expires_at ?? null;
}

export async function touchDevice(q: Q, deviceId: string, seenAt: number): Promise<void> {
  await q.updateTable('auth_sessions').set({ seen_at: seenAt }).where('device_id', '=', deviceId).execute();
}

// ── API tokens ──

export async function insertToken(q: Q, token: TokenRecord): Promise<void> {
  await q.insertInto('api_tokens').values(token).execute();
}

export const tokensOf = (q: Q, userId: string): Promise<TokenRecord[]> =>
  q
    .selectFrom('api_tokens')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .execute();

export async function deleteToken(q: Q, userId: string, id: string): Promise<boolean> {
  const gone = await q
    .deleteFrom('api_tokens')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .returning('id')
    .execute();
  return gone.length > 0;
}

export const tokenBySecret = (
  q: Q,
  secretHash: string,
): Promise<(TokenRecord & { user_name: string; user_email: string }) | undefined> =>
  q
    .selectFrom('api_tokens')
    .innerJoin('users', 'users.id', 'api_tokens.user_id')
    .selectAll('api_tokens')
    .select(['users.name as user_name', 'users.email as user_email'])
    .where('secret_hash', '=', secretHash)
    .executeTakeFirst();

/** When the token ends; null: it is gone. */
export async function tokenUntil(q: Q, id: string): Promise<number | null> {
  const row = await q.selectFrom('api_tokens').select('expires_at').where('id', '=', id).executeTakeFirst();
  return row?.expires_at ?? null;
}

export async function touchToken(q: Q, id: string, usedAt: number): Promise<void> {
  await q.updateTable('api_tokens').set({ used_at: usedAt }).where('id', '=', id).execute();
}

// ── accounts elsewhere ──

export async function userOfAccount(
  q: Q,
  provider: string,
  accountId: string,
): Promise<UserRecord | undefined> {
  return q
    .selectFrom('oauth_accounts')
    .innerJoin('users', 'users.id', 'oauth_accounts.user_id')
    .selectAll('users')
    .where('provider', '=', provider)
    .where('provider_user_id', '=', accountId)
    .executeTakeFirst();
}

export async function hasAccountAt(q: Q, provider: string, userId: string): Promise<boolean> {
  const found = await q
    .selectFrom('oauth_accounts')
    .select('user_id')
    .where('provider', '=', provider)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return found !== undefined;
}

export async function accountsOf(q: Q, userId: string): Promise<{ provider: string; created_at: number }[]> {
  const columns = ['provider', 'created_at'] as const;
  const query = q.selectFrom('oauth_accounts').select(columns).where('user_id', '=', userId);
  return query.orderBy('created_at').execute();
}

/** Answers whether there was one. */
export async function unlinkAccount(tx: Tx, userId: string, provider: string): Promise<boolean> {
  const { numDeletedRows } = await tx.q
    .deleteFrom('oauth_accounts')
    .where('user_id', '=', userId)
    .where('provider', '=', provider)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function linkAccount(
  tx: Tx,
  account: { provider: string; accountId: string; userId: string; at: number },
): Promise<void> {
  await tx.q
    .insertInto('oauth_accounts')
    .values({
      provider: account.provider,
      provider_user_id: account.accountId,
      user_id: account.userId,
      created_at: account.at,
    })
    .onConflict((c) => c.doNothing())
    .execute();
}
