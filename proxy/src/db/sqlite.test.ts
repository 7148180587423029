import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseContract } from '../../test/database-contract.ts';
import { silentLogger } from '../lib/log.ts';
import { takeDataFolder } from './data-folder.ts';
import { openDatabase, visitDatabase } from './open.ts';

const options = (folder: string) => ({ folder, url: null, log: silentLogger, checks: true });

describe('SQLite', () => {
  databaseContract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'porthole-db-'));
    const databases = [await openDatabase(options(folder))];
    return {
      db: databases[0]!,
      async reopen() {
        const db = await openDatabase(options(folder));
        databases.push(db);
        return db;
      },
      async dispose() {
        for (const db of databases) await db.close().catch(() => {});
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
});

describe('the data folder', () => {
  let parent = '';
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'porthole-data-'));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it('[SE4] is made for its owner only, and so is every file in it', async () => {
    const folder = join(parent, 'a', 'data');
    const lock = takeDataFolder(folder);
    const db = await openDatabase(options(folder));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
    expect(Object.fromEntries(modes)).toEqual(Object.fromEntries(modes.map(([name]) => [name, 0o600])));
    expect(modes.length).toBeGreaterThan(2);
    await db.close();
    lock.dispose();
  });

  it('belongs to one proxy at a time, and the refusal names the folder and the process', () => {
    const lock = takeDataFolder(parent);
    expect(() => takeDataFolder(parent)).toThrow(
      `Another Porthole (process ${process.pid}) already uses the data folder ${parent}.`,
    );
    lock.dispose();
    takeDataFolder(parent).dispose();
  });

  it('is refused by name when it cannot be made', () => {
    expect(() => takeDataFolder('/dev/null/data')).toThrow('/dev/null/data (PORTHOLE_DATA)');
  });
});

describe('a visit to the database', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-data-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads and writes beside the server, which has the folder', async () => {
    const lock = takeDataFolder(folder);
    const server = await openDatabase(options(folder));
    const visitor = await visitDatabase(options(folder));
    await visitor.q.insertInto('server_facts').values({ key: 'a', value: '1' }).execute();
    await server.q.insertInto('server_facts').values({ key: 'b', value: '2' }).execute();
    const keys = (await visitor.q.selectFrom('server_facts').select('key').orderBy('key').execute()).map(
      ({ key }) => key,
    );
    expect(keys).toEqual(['a', 'b']);
    await visitor.close();
    expect((await server.q.selectFrom('server_facts').selectAll().execute()).length).toBe(2);
    await server.close();
    lock.dispose();
  });

  it('makes none where there is none', async () => {
    const nowhere = join(folder, 'nowhere');
    await expect(visitDatabase(options(nowhere))).rejects.toThrow(
      `There is no database in the data folder ${nowhere}.`,
    );
    expect(existsSync(nowhere)).toBe(false);
  });

  it('changes no tables of another version', async () => {
    const server = await openDatabase(options(folder));
    const ledger = server.q.withTables<{ kysely_migration: { name: string; timestamp: string } }>();
    const [last] = await ledger
      .selectFrom('kysely_migration')
      .selectAll()
      .orderBy('name', 'desc')
      .limit(1)
      .execute();
    await ledger
      .deleteFrom('kysely_migration')
      .where('name', '=', last?.name ?? '')
      .execute();
    await expect(visitDatabase(options(folder))).rejects.toThrow('is not up to date');
    await ledger
      .insertInto('kysely_migration')
      .values([last!, { name: '9999-later', timestamp: 'now' }])
      .execute();
    await expect(visitDatabase(options(folder))).rejects.toThrow('was written by a newer Porthole');
    await server.close();
  });
});
