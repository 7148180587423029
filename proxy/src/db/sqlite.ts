/**
 * SQLite in one file, through libsql behind Kysely's dialect.
 * Invariant: what a transaction has committed is on the disk (WAL with synchronous=FULL) before anybody hears of it.
 */
import { join } from 'node:path';
import {
  type DatabaseConnection,
  type Dialect,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  sql,
} from 'kysely';
import Libsql from 'libsql';
import type { Logger } from '../lib/log.ts';
import { makePrivate } from './data-folder.ts';
import type { Database } from './database.ts';
import { DatabaseOpenError, toFault } from './faults.ts';
import { expectCurrent, migrate } from './migrations/index.ts';
import type { Schema } from './schema.ts';
import { Transactions } from './transactions.ts';

const BUSY_TIMEOUT_MS = 5_000;
/** In the data folder. */
export const DATABASE_FILE = 'porthole.db';

export interface SqliteOptions {
  folder: string;
  log: Logger;
  checks: boolean;
  /** The server has it, or had it: the tables are as they are. */
  visit?: boolean;
}

export async function openSqlite({ folder, log, checks, visit }: SqliteOptions): Promise<Database> {
  const file = join(folder, DATABASE_FILE);
  const raw = openFile(file);
  const transactions: Transactions = new Transactions({
    begin: (work) => q.transaction().execute(work),
    log,
    checks,
    pause: async () => {},
  });
  const q = new Kysely<Schema>({ dialect: dialect(raw, () => transactions.assertOutside()) });
  try {
    await (visit ? expectCurrent(q, file) : migrate(q, { bytes: 'blob' }, file));
  } catch (error) {
    await q.destroy();
    throw error;
  }
  return {
    dialect: 'sqlite',
    q,
    transaction: (work) => transactions.run(work),
    async close() {
      await transactions.idle();
      // The file alone is then the whole database, for whoever copies it.
      if (!visit) await sql`pragma wal_checkpoint(truncate)`.execute(q).catch(() => {});
      await q.destroy();
    },
  };
}

function openFile(file: string): SqliteDatabase {
  try {
    makePrivate(file);
    const db = new Libsql(file);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return db as unknown as SqliteDatabase;
  } catch (error) {
    throw new DatabaseOpenError(`Cannot open ${file}: ${(error as Error).message}`, error);
  }
}

function dialect(database: SqliteDatabase, beforeQuery: () => void): Dialect {
  const stock = new SqliteDialect({ database });
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => new Driver(database, beforeQuery),
    createQueryCompiler: () => stock.createQueryCompiler(),
    createIntrospector: (db) => stock.createIntrospector(db),
  };
}

class Adapter extends SqliteAdapter {
  /** SQLite rolls schema changes back like any other: a failed migration leaves nothing behind. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class Driver extends SqliteDriver {
  readonly #beforeQuery: () => void;
  constructor(database: SqliteDatabase, beforeQuery: () => void) {
    super({ database });
    this.#beforeQuery = beforeQuery;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#beforeQuery();
    return wrap(await super.acquireConnection());
  }

  /** A read that becomes a write later cannot fail then. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery({
      sql: 'begin immediate',
      parameters: [],
      query: { kind: 'RawNode', sqlFragments: ['begin immediate'], parameters: [] } as never,
      queryId: { queryId: 'begin' },
    });
  }
}

/** libsql answers blobs as ArrayBuffer, and in a statement that failed the driver's own error. */
function wrap(connection: DatabaseConnection): DatabaseConnection {
  return {
    async executeQuery<R>(query: Parameters<DatabaseConnection['executeQuery']>[0]) {
      try {
        const result = await connection.executeQuery<R>(query);
        for (const row of result.rows as Record<string, unknown>[])
          for (const key in row) {
            const value = row[key];
            if (value instanceof ArrayBuffer) row[key] = new Uint8Array(value);
          }
        return result;
      } catch (error) {
        throw toFault(error);
      }
    },
    streamQuery: (query, size) => connection.streamQuery(query, size),
  };
}
