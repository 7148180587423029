/**
 * The data folder: the database, the key file, and what the providers keep.
 * Invariants: readable by its owner only; used by one proxy at a time, by a lock of the operating system that goes
 * with the process however it ends (a SQLite transaction on a file of its own, so that the database stays
 * readable for a backup).
 */
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
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
