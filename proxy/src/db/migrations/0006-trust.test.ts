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

  it('[SE4] binds a token to the host of its repositories, where they have one', async () => {
    const tokens = { one: ['https://GitHub.com:443/a/b', 'https://x@github.com/c/d'], none: [] as string[] };
    const urls = {
      ...tokens,
      two: ['https://github.com/a/b', 'https://evil.example/a/b'],
      plain: ['http://h/a/b'],
    };
    for (const [id, repositories] of Object.entries(urls)) {
      const credential = { id, organisation_id: 'org_a', kind: 'https_token', name: id, secret: '' };
      await q
        .insertInto('credentials')
        .values({ ...credential, created_at: 1 } as never)
        .execute();
      for (const url of repositories)
        await q
          .insertInto('repositories')
          .values({
            ...{ id: `${id} ${url}`, organisation_id: 'org_a', name: url, url, default_branch: 'main' },
            ...{ credential_id: id, created_at: 1 },
          })
          .execute();
    }
    await migrate();
    const rows = await q.selectFrom('credentials').select(['id', 'host']).orderBy('id').execute();
    expect(rows).toEqual([
      { id: 'none', host: null },
      { id: 'one', host: 'github.com' },
      { id: 'plain', host: null },
      { id: 'two', host: null },
    ]);
  });

  it('finds none where nobody owns the server', async () => {
    await q.deleteFrom('organisations').execute();
    await migrate();
    expect(await q.selectFrom('server_facts').selectAll().execute()).toEqual([]);
  });
});
