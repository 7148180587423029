/** Opens the database that the configuration names, with its tables up to date. */
import type { Logger } from '../lib/log.ts';
import { visitDataFolder } from './data-folder.ts';
import type { Database } from './database.ts';
import { openPostgres } from './postgres.ts';
import { DATABASE_FILE, openSqlite } from './sqlite.ts';

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

/**
 * For a command that runs beside the server, or without it: takes no lock and changes no table. What it writes has to be
 * for nobody's memory: the server is told nothing. Throws `DatabaseOpenError`, also where the tables are not this program's.
 */
export async function visitDatabase({ folder, url, log, checks }: DatabaseOptions): Promise<Database> {
  if (url !== null) return openPostgres({ url, log, checks, exclusive: false, visit: true });
  visitDataFolder(folder, DATABASE_FILE);
  return openSqlite({ folder, log, checks, visit: true });
}
