/** Who may be trusted with what belongs to the operator or an admin. */
import type { Kysely } from 'kysely';
import type { Migration } from './index.ts';

export const trust: Migration = {
  name: '0006-trust',
  async up(db) {
    await firstOrganisation(db);
    await credentialHosts(db);
    await resets(db);
  },
};

type Db = Kysely<unknown>;

async function resets(db: Db): Promise<void> {
  await db.schema
    .createTable('resets')
    .addColumn('secret_hash', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('created_by', 'text', (c) => c.references('users.id').onDelete('cascade'))
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint')
    .execute();
  await db.schema.createIndex('resets_user_id').on('resets').columns(['user_id']).execute();
}

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

/** The host of the repositories that use a token, where all have one. Of others an admin says it, by using it. */
async function credentialHosts(db: Db): Promise<void> {
  await db.schema.alterTable('credentials').addColumn('host', 'text').execute();
  const q = db.withTables<{
    credentials: { id: string; kind: string; host: string | null };
    repositories: { url: string; credential_id: string | null };
  }>();
  const used = await q
    .selectFrom('repositories')
    .innerJoin('credentials', 'credentials.id', 'repositories.credential_id')
    .select(['credentials.id', 'url'])
    .where('kind', '=', 'https_token')
    .execute();
  const hosts = new Map<string, Set<string | null>>();
  for (const { id, url } of used) hosts.set(id, (hosts.get(id) ?? new Set()).add(hostOf(url)));
  for (const [id, [host, ...others]] of hosts)
    if (host && others.length === 0)
      await q.updateTable('credentials').set({ host }).where('id', '=', id).execute();
}

function hostOf(url: string): string | null {
  const found = /^https:\/\/(?:[\w.~+-]*@)?((?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?)\//i.exec(url)?.[1];
  return found?.toLowerCase().replace(/:443$/, '') ?? null;
}
