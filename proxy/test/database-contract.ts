/** What every dialect of the database must do. Run on SQLite and on PostgreSQL. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Tx } from '../src/db/database.ts';
import { isTaken } from '../src/db/faults.ts';
import { newId } from '../src/lib/ids.ts';

export interface Opened {
  db: Database;
  /** The same database, opened again. */
  reopen(): Promise<Database>;
  dispose(): Promise<void>;
}

const ORG = newId('organisation');

const addOrg = (tx: Tx, id: string, name = 'Acme') =>
  tx.q.insertInto('organisations').values({ id, name, created_at: 1_795_229_022_350 }).execute();

export function databaseContract(open: () => Promise<Opened>): void {
  let opened: Opened;
  let db: Database;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
  });
  afterEach(() => opened.dispose());

  const names = async () =>
    (await db.q.selectFrom('organisations').select('name').orderBy('name').execute()).map((row) => row.name);

  it('keeps a number, a null, text and bytes as they were', async () => {
    const user = newId('user');
    const workspace = newId('workspace');
    const terminal = newId('terminal');
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
    await db.transaction(async (tx) => {
      await addOrg(tx, ORG, 'Ünïcode 🚪 \n');
      await tx.q
        .insertInto('users')
        .values({ id: user, email: 'a@example.com', name: 'A', password_hash: null, created_at: 2 ** 53 - 1 })
        .execute();
      await tx.q
        .insertInto('workspaces')
        .values({
          ...{ id: workspace, organisation_id: ORG, name: 'w', repository_id: null, provider: 'local' },
          ...{ host_id: null, branch: '', base_branch: null, status: 'running', steps: '[]', error: null },
          ...{ machine: null, folder: null, auto_stop_minutes: 30, pending: null, attempt: 0 },
          ...{ created_by: user, created_at: 1, active_at: 1, paused_at: null },
        })
        .execute();
      await tx.q
        .insertInto('terminals')
        .values({
          ...{ id: terminal, organisation_id: ORG, workspace_id: workspace, name: null, title: null },
          ...{ number: 1, status: 'running', ended: null, cols: 80, rows: 24, others_may: 'write' },
          ...{ bell_at: null, created_by: user, created_at: 1 },
        })
        .execute();
      await tx.q
        .insertInto('terminal_screens')
        .values({
          terminal_id: terminal,
          epoch: 'e',
          seq: 9_007_199_254_740_991,
          cols: 80,
          rows: 24,
          screen: bytes,
          saved_at: 1,
        })
        .execute();
    });
    const row = await db.q.selectFrom('users').selectAll().executeTakeFirstOrThrow();
    expect(row).toEqual({
      id: user,
      email: 'a@example.com',
      name: 'A',
      password_hash: null,
      created_at: 2 ** 53 - 1,
    });
    const screen = await db.q.selectFrom('terminal_screens').selectAll().executeTakeFirstOrThrow();
    expect(screen.seq).toBe(9_007_199_254_740_991);
    expect(screen.screen).toBeInstanceOf(Uint8Array);
    expect(Buffer.compare(Buffer.from(screen.screen), Buffer.from(bytes))).toBe(0);
    expect(await names()).toEqual(['Ünïcode 🚪 \n']);
    const counted = await db.q
      .selectFrom('users')
      .select((e) => e.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    expect(counted.n).toBe(1);
  });

  it('rolls back everything when the work throws, and tells nobody', async () => {
    const told: string[] = [];
    const work = db.transaction(async (tx) => {
      tx.afterCommit(() => told.push('no'));
      await addOrg(tx, ORG);
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await names()).toEqual([]);
    expect(told).toEqual([]);
  });

  it('tells after the commit, in the order of the commits, whatever one listener throws', async () => {
    const told: number[] = [];
    const orders: string[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        db.transaction(async (tx) => {
          await addOrg(tx, newId('organisation'), String(i).padStart(2, '0'));
          orders.push(String(i));
          tx.afterCommit(() => {
            throw new Error('a bad listener');
          });
          tx.afterCommit(() => told.push(i));
        }),
      ),
    );
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect((await names()).length).toBe(20);
  });

  it('loses no update among many that read and then write', async () => {
    await db.transaction(async (tx) => {
      await tx.q.insertInto('server_facts').values({ key: 'n', value: '0' }).execute();
    });
    await Promise.all(
      Array.from({ length: 40 }, () =>
        db.transaction(async (tx) => {
          const { value } = await tx.q.selectFrom('server_facts').select('value').executeTakeFirstOrThrow();
          await tx.q
            .updateTable('server_facts')
            .set({ value: String(Number(value) + 1) })
            .execute();
        }),
      ),
    );
    expect(await db.q.selectFrom('server_facts').select('value').executeTakeFirstOrThrow()).toEqual({
      value: '40',
    });
  });

  it('names a key that is taken', async () => {
    const add = () => db.transaction((tx) => addOrg(tx, ORG));
    await add();
    const error = await add().catch((e: unknown) => e);
    expect(isTaken(error)).toBe(true);
  });

  it('keeps foreign keys', async () => {
    const orphan = db.transaction(async (tx) => {
      await tx.q
        .insertInto('members')
        .values({ organisation_id: ORG, user_id: newId('user'), role: 'member', created_at: 1 })
        .execute();
    });
    await expect(orphan).rejects.toThrow();
  });

  it('refuses the outer database and a second transaction within one, instead of waiting for itself', async () => {
    await expect(db.transaction(async () => db.transaction(async () => 1))).rejects.toThrow(
      /inside a transaction/,
    );
    if (db.dialect === 'sqlite')
      await expect(
        db.transaction(async () => db.q.selectFrom('users').selectAll().execute()),
      ).rejects.toThrow(/inside a transaction/);
  });

  it('finds everything again when it is opened anew, and migrates nothing twice', async () => {
    await db.transaction((tx) => addOrg(tx, ORG));
    await db.close();
    db = await opened.reopen();
    expect(await names()).toEqual(['Acme']);
  });

  it('refuses a database that a newer version has written', async () => {
    const ledger = db.q as unknown as import('kysely').Kysely<{
      kysely_migration: { name: string; timestamp: string };
    }>;
    await ledger.insertInto('kysely_migration').values({ name: '9999-later', timestamp: 'now' }).execute();
    await db.close();
    await expect(opened.reopen()).rejects.toThrow(/newer Porthole \(it has 9999-later\)/);
  });

  describe('text', () => {
    it('answers a NUL character with a named error or keeps it', async () => {
      const result = await db
        .transaction((tx) => addOrg(tx, ORG, 'a\u0000b'))
        .then(
          () => 'kept',
          (error: { code?: string }) => error.code,
        );
      expect(result).toBe(db.dialect === 'sqlite' ? 'kept' : 'bad_request');
    });
  });
}
