/** The log of sessions, on SQLite and on PostgreSQL. */
import { afterAll, beforeAll, describe } from 'vitest';
import { openPostgres } from '../src/db/postgres.ts';
import { silentLogger } from '../src/lib/log.ts';
import { agentLogContract } from './agents-log-contract.ts';
import { openTestDatabase } from './database.ts';
import { type Cluster, findPostgres, startCluster } from './postgres.ts';

describe('the log of sessions on SQLite', () => {
  agentLogContract(async () => {
    const db = await openTestDatabase();
    return { db, dispose: () => db.dispose() };
  });
});

const bin = findPostgres();

describe.skipIf(bin === null)('the log of sessions on PostgreSQL', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(bin!);
  });
  afterAll(() => cluster.stop());

  agentLogContract(async () => {
    const url = await cluster.createDatabase();
    const db = await openPostgres({ url, log: silentLogger, checks: true, exclusive: false });
    return { db, dispose: () => db.close() };
  });
});
