/** Databases for tests: SQLite in a folder of its own, gone when the test is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../src/db/database.ts';
import { openDatabase } from '../src/db/open.ts';
import { silentLogger } from '../src/lib/log.ts';

export interface TestDatabase extends Database {
  /** Closes it and removes its folder. */
  dispose(): Promise<void>;
}

export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-db-'));
  const db = await openDatabase({ folder, url: null, log: silentLogger, checks: true });
  return {
    ...db,
    async dispose() {
      await db.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
