/** Who may be trusted with what belongs to the operator or an admin. */
import type { Kysely } from 'kysely';
import type { Migration } from './index.ts';

export const trust: Migration = {
  name: '0006-trust',
  async up(db) {
    await firstOrganisation(db);
  },
};

type Db = Kysely<unknown>;

/** The one that set-up has made, and so the oldest; it is written down at set-up from now on. */
async function firstOrganisation(db: Db): Promise<void> {
  const q = db.withTables<{
    organisations: { id: string; created_at: number };
    server_facts: { key: string; value: string };
  }>();
  const oldest = await q
    .selectFrom('organisations')
    .select('id')
    .orderBy('created_at')
    .orderBy('id')
    .executeTakeFirst();
  if (oldest)
    await q.insertInto('server_facts').values({ key: 'first_organisation', value: oldest.id }).execute();
}
