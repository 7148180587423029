/**
 * The data folder: the database, the key file, and what the providers keep.
 * Invariants: readable by its owner only; used by one proxy at a time, by a lock of the operating system that goes
 * with the process however it ends (a SQLite transaction on a file of its own, so that the database stays
 * readable for a backup).
 */
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { type Disposable, toDisposable } from '../lib/disposable.ts';
import { DatabaseOpenError } from './faults.ts';

/** Creates the folder where needed and takes it. Throws `DatabaseOpenError` when another proxy has it. */
export function takeDataFolder(folder: string): Disposable {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  } catch (error) {
    throw new DatabaseOpenError(
      `Cannot use the data folder ${folder} (PORTHOLE_DATA): ${(error as Error).message}`,
      error,
    );
  }
  const file = join(folder, 'lock');
  const pidFile = join(folder, 'lock.pid');
  makePrivate(file);
  const lock = new Libsql(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new DatabaseOpenError(
      `Another Porthole${whoHas(pidFile)} already uses the data folder ${folder}. ` +
        'Stop it first, or give this one a folder of its own with PORTHOLE_DATA.',
      error,
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return toDisposable(() => lock.close());
}

/**
 * For a command that runs beside the server: the folder is not taken. Throws `DatabaseOpenError` when there is no database
 * in it, or it is another user's: files that SQLite makes for one the other could not use.
 */
export function visitDataFolder(folder: string, database: string): void {
  const file = join(folder, database);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found)
    throw new DatabaseOpenError(
      `There is no database in the data folder ${folder}. Set PORTHOLE_DATA (or PORTHOLE_DATABASE_URL) as the server has it.`,
    );
  const own = process.getuid?.();
  if (own !== undefined && own !== found.uid)
    throw new DatabaseOpenError(
      `${file} is another user’s (${found.uid}). Run this as the user that the server runs as.`,
    );
}

/** SQLite gives its journal and WAL files the mode that the database file has. */
export function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

function whoHas(pidFile: string): string {
  try {
    const pid = readFileSync(pidFile, 'utf8').trim();
    return /^\d+$/.test(pid) ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}
