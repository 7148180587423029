/** Queries of password resets, and of all that signs a person in. */
import type { Database, Tx } from '../db/database.ts';
import type { ResetsTable } from '../db/schema.ts';

type Q = Database['q'];
export type ResetRecord = ResetsTable;

export async function insertReset(tx: Tx, reset: ResetRecord): Promise<void> {
  await tx.q.insertInto('resets').values(reset).execute();
}

export const resetBySecret = (q: Q, secretHash: string): Promise<ResetRecord | undefined> =>
  q.selectFrom('resets').selectAll().where('secret_hash', '=', secretHash).executeTakeFirst();

/** Answers false when somebody else was faster. */
export async function takeReset(tx: Tx, secretHash: string, now: number): Promise<boolean> {
  const taken = await tx.q
    .updateTable('resets')
    .set({ used_at: now })
    .where('secret_hash', '=', secretHash)
    .where('used_at', 'is', null)
    .returning('secret_hash')
    .execute();
  return taken.length > 0;
}

/** Those that nobody has used. */
export async function deleteResets(tx: Tx, userId: string): Promise<void> {
  await tx.q.deleteFrom('resets').where('user_id', '=', userId).where('used_at', 'is', null).execute();
}

export async function deleteOldResets(q: Q, now: number): Promise<void> {
  await q.deleteFrom('resets').where('expires_at', '<=', now).execute();
}

/** Answers the ids of the API tokens. */
export async function deleteTokens(tx: Tx, userId: string): Promise<string[]> {
  const gone = await tx.q.deleteFrom('api_tokens').where('user_id', '=', userId).returning('id').execute();
  return gone.map(({ id }) => id);
}

export async function deleteAccounts(tx: Tx, userId: string): Promise<void> {
  await tx.q.deleteFrom('oauth_accounts').where('user_id', '=', userId).execute();
}
