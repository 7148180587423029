/**
 * The migrations, oldest first, the same on SQLite and PostgreSQL.
 * Invariant: a released migration never changes; a database newer than this program is refused, not guessed at.
 */
import { type Kysely, Migrator } from 'kysely';
import { DatabaseOpenError } from '../faults.ts';
import { initial } from './0001-initial.ts';
import { defaultBranch } from './0002-default-branch.ts';
import { sessions } from './0003-sessions.ts';
import { sessionYield } from './0004-session-yield.ts';
import { waitingAttachments } from './0005-waiting-attachments.ts';
import { trust } from './0006-trust.ts';
import { unreachable } from './0007-unreachable.ts';

/** Where the two dialects name one thing differently. */
export interface ColumnTypes {
  bytes: 'blob' | 'bytea';
}

export interface Migration {
  /** Sorts by name: four digits first. */
  name: string;
  up(db: Kysely<unknown>, types: ColumnTypes): Promise<void>;
}

export const migrations: readonly Migration[] = [
  initial,
  defaultBranch,
  sessions,
  sessionYield,
  waitingAttachments,
  trust,
  unreachable,
];

/** Brings the tables up to date. `where` names the database in messages. */
export async function migrate<S>(db: Kysely<S>, types: ColumnTypes, where: string): Promise<void> {
  await refuseNewer(db, where);
  const provider = {
    getMigrations: async () =>
      Object.fromEntries(
        migrations.map(({ name, up }) => [name, { up: (q: Kysely<unknown>) => up(q, types) }]),
      ),
  };
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (!error) return;
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
  throw new DatabaseOpenError(`Migration ${failed ?? ''} of ${where} failed; it is as it was before.`, error);
}

/** Changes nothing; throws where the tables are not exactly this program's. */
export async function expectCurrent<S>(db: Kysely<S>, where: string): Promise<void> {
  await refuseNewer(db, where);
  const missing = migrations.length - (await appliedTo(db)).length;
  if (missing > 0)
    throw new DatabaseOpenError(
      `${where} is not up to date. Start this version of Porthole once, then try again.`,
    );
}

async function refuseNewer<S>(db: Kysely<S>, where: string): Promise<void> {
  const unknown = (await appliedTo(db)).find((name) => !migrations.some((each) => each.name === name));
  if (unknown)
    throw new DatabaseOpenError(
      `${where} was written by a newer Porthole (it has ${unknown}). Start that version, or restore a backup.`,
    );
}

/** Names of migrations. */
async function appliedTo<S>(db: Kysely<S>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const applied = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return applied.map(({ name }) => name);
}
