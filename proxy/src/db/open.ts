/** Opens the database that the configuration names, with its tables up to date. */
import type { Logger } from '../lib/log.ts';
import type { Database } from './database.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

export interface DatabaseOptions {
  /** For SQLite: the data folder, already taken. */
  folder: string;
  /** PostgreSQL instead. */
  url: string | null;
  log: Logger;
  /** Catches uses that would wait for themselves; costs some time in every promise. */
  checks: boolean;
}

/** Throws `DatabaseOpenError`, whose message says what to do. */
export function openDatabase({ folder, url, log, checks }: DatabaseOptions): Promise<Database> {
  return url === null
    ? openSqlite({ folder, log, checks })
    : openPostgres({ url, log, checks, exclusive: true });
}
