/**
 * PostgreSQL by a connection string.
 * Invariants: transactions are serializable, as they are on SQLite, and done again when PostgreSQL asks for that;
 * bigints are numbers (every one here is a time or a count below 2^53).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Logger } from '../lib/log.ts';
import type { Database } from './database.ts';
import { DatabaseOpenError } from './faults.ts';
import { expectCurrent, migrate } from './migrations/index.ts';
import type { Schema } from './schema.ts';
import { Transactions } from './transactions.ts';

const POOL_SIZE = 10;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 30_000;
/** Held by the proxy that uses this database: "port" in ASCII. */
const LOCK_KEY = 0x706f7274;
const INT8 = 20;

export interface PostgresOptions {
  url: string;
  log: Logger;
  checks: boolean;
  /** Off: several proxies share the database (with a bus between them). */
  exclusive: boolean;
  /** The server has it, or had it: the tables are as they are. */
  visit?: boolean;
}

export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { url, log, checks, exclusive, visit } = options;
  const where = withoutPassword(url);
  const config: pg.PoolConfig = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    application_name: 'porthole',
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  };
  const release = exclusive ? await takeLock(config, where, log) : async () => {};
  const pool = new pg.Pool({ ...config, max: POOL_SIZE });
  // A connection that breaks while idle is replaced by the pool.
  pool.on('error', (error) => log.warn({ err: error }, 'database connection lost'));
  const q = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const transactions = new Transactions({
    begin: (work) => q.transaction().setIsolationLevel('serializable').execute(work),
    log,
    checks,
    pause: async (tries) => {
      await sleep(Math.random() * 5 * 2 ** Math.min(tries, 6));
    },
  });
  const close = async () => {
    await transactions.idle();
    await q.destroy();
    await release();
  };
  try {
    await (visit ? expectCurrent(q, where) : migrate(q, { bytes: 'bytea' }, where));
  } catch (error) {
    await close();
    throw error instanceof DatabaseOpenError ? error : unreachable(where, error);
  }
  return { dialect: 'postgres', q, transaction: (work) => transactions.run(work), close };
}

/** A session-level lock on a connection of its own; it goes with the process, however that ends. */
async function takeLock(config: pg.ClientConfig, where: string, log: Logger): Promise<() => Promise<void>> {
  const client = new pg.Client({ ...config, keepAlive: true });
  let closing = false;
  client.on('error', (error) => {
    if (!closing) log.error({ err: error }, 'lost the lock on the database; restart when it is back');
  });
  const end = async () => {
    closing = true;
    await client.end().catch(() => {});
  };
  try {
    await client.connect();
    const { rows } = await client.query('select pg_try_advisory_lock($1) as held', [LOCK_KEY]);
    if (rows[0]?.held === true) return end;
  } catch (error) {
    await end();
    throw unreachable(where, error);
  }
  await end();
  throw new DatabaseOpenError(`Another Porthole already uses ${where}. Stop it first.`);
}

const unreachable = (where: string, error: unknown) =>
  new DatabaseOpenError(`Cannot use ${where} (PORTHOLE_DATABASE_URL): ${(error as Error).message}`, error);

function parserOf(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text');
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '…';
    return decodeURI(parsed.href);
  } catch {
    return 'the PostgreSQL database';
  }
}
