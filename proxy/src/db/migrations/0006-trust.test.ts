import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Schema } from '../schema.ts';
import { trust } from './0006-trust.ts';
import { migrations } from './index.ts';

/** A database as the version before has left it. */
describe('migration 0006', () => {
  let q: Kysely<Schema>;
  beforeEach(async () => {
    const database = new Libsql(':memory:') as unknown as SqliteDatabase;
    q = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
    for (const each of migrations.slice(0, migrations.indexOf(trust)))
      await each.up(q as unknown as Kysely<unknown>, { bytes: 'blob' });
    for (const [id, created_at] of [
      ['org_b', 2],
      ['org_a', 1],
      ['org_c', 3],
    ] as const)
      await q.insertInto('organisations').values({ id, name: id, created_at }).execute();
  });
  afterEach(() => q.destroy());
  const migrate = () => trust.up(q as unknown as Kysely<unknown>, { bytes: 'blob' });

  it('finds the organisation that set-up made', async () => {
    await migrate();
    expect(await q.selectFrom('server_facts').selectAll().execute()).toEqual([
      { key: 'first_organisation', value: 'org_a' },
    ]);
  });

  it('finds none where nobody owns the server', async () => {
    await q.deleteFrom('organisations').execute();
    await migrate();
    expect(await q.selectFrom('server_facts').selectAll().execute()).toEqual([]);
  });
});
