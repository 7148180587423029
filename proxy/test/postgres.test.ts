import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../src/db/postgres.ts';
import { silentLogger } from '../src/lib/log.ts';
import { databaseContract } from './database-contract.ts';
import { feedContract } from './feed-contract.ts';
import { addMember, SyncClient, signUpOwner, startProxy } from './harness.ts';
import { type Cluster, findPostgres, startCluster } from './postgres.ts';
import { subscriptionContract } from './subscription-contract.ts';

const bin = findPostgres();

describe.skipIf(bin === null)('PostgreSQL', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(bin!);
  });
  afterAll(() => cluster.stop());

  const open = (url: string, exclusive = false) =>
    openPostgres({ url, log: silentLogger, checks: true, exclusive });

  databaseContract(async () => {
    const url = await cluster.createDatabase();
    const databases = [await open(url)];
    return {
      db: databases[0]!,
      async reopen() {
        const db = await open(url);
        databases.push(db);
        return db;
      },
      async dispose() {
        for (const db of databases) await db.close().catch(() => {});
      },
    };
  });

  describe('the feed', () => {
    feedContract(async () => {
      const url = await cluster.createDatabase();
      const [a, b] = [await open(url), await open(url)];
      return {
        a,
        b,
        async dispose() {
          await a.close();
          await b.close();
        },
      };
    });
  });

  describe('a subscription', () => {
    subscriptionContract(async () => {
      const db = await open(await cluster.createDatabase());
      return { db, dispose: () => db.close() };
    });
  });

  it('belongs to one proxy at a time', async () => {
    const url = await cluster.createDatabase();
    const first = await open(url, true);
    await expect(open(url, true)).rejects.toThrow(/Another Porthole already uses postgresql:/);
    await first.close();
    await (await open(url, true)).close();
  });

  it('is visited beside the proxy that has it, and not before there are tables', async () => {
    const url = await cluster.createDatabase();
    const visit = () => openPostgres({ url, log: silentLogger, checks: true, exclusive: false, visit: true });
    await expect(visit()).rejects.toThrow('is not up to date');
    const proxy = await open(url, true);
    const visitor = await visit();
    await visitor.q.insertInto('server_facts').values({ key: 'a', value: '1' }).execute();
    expect((await proxy.q.selectFrom('server_facts').selectAll().execute()).length).toBe(1);
    await visitor.close();
    await proxy.close();
  });

  it('does a transaction again when another connection got in between', async () => {
    const url = await cluster.createDatabase();
    const [a, b] = [await open(url), await open(url)];
    await a.q.insertInto('server_facts').values({ key: 'n', value: '0' }).execute();
    const add = (db: typeof a) =>
      db.transaction(async (tx) => {
        const { value } = await tx.q.selectFrom('server_facts').select('value').executeTakeFirstOrThrow();
        await tx.q
          .updateTable('server_facts')
          .set({ value: String(Number(value) + 1) })
          .execute();
      });
    await Promise.all(Array.from({ length: 30 }, (_, i) => add(i % 2 ? a : b)));
    expect(await a.q.selectFrom('server_facts').select('value').executeTakeFirstOrThrow()).toEqual({
      value: '30',
    });
    await a.close();
    await b.close();
  });

  it('carries a whole proxy: people, the feed, rows of every kind, and a restart', async () => {
    const env = { PORTHOLE_DATABASE_URL: await cluster.createDatabase() };
    let proxy = await startProxy({ env });
    await expect(startProxy({ env })).rejects.toThrow(/Another Porthole already uses/);
    const owner = await signUpOwner(proxy);
    const { client, org } = owner;
    await addMember(owner, 'Mate');
    const sync = await SyncClient.open(client, org);
    const params = { org };
    const url = 'https://example.com/a/b.git';
    const repository = await client.call('createRepository', { params, body: { url } });
    const named = { url: 'https://example.com/a/c.git', name: 'a\u0000b' };
    expect(await client.refusal('createRepository', { params, body: named })).toBe('bad_request');
    const workspace = await client.call('createWorkspace', { params, body: { provider: 'local' } });
    const status = () => sync.rows('workspaces').find(({ id }) => id === workspace.id)?.status;
    await sync.until(() => status() === 'running' || status() === 'error');
    expect(status()).toBe('running');
    await client.call('createTerminal', { params: { workspace: workspace.id }, body: {} });
    await sync.until(() => sync.rows('terminals').length === 1);
    const { cursor } = sync;
    await proxy.stop();
    proxy = await startProxy({ env, dataFolder: proxy.dataFolder });
    Object.assign(client, { url: proxy.url, origin: proxy.url });
    const back = await SyncClient.open(client, org, cursor);
    expect(back.resets).toBe(0);
    const fresh = await SyncClient.open(client, org);
    expect(fresh.rows('members').length).toBe(2);
    expect(fresh.rows('repositories')).toEqual([repository]);
    expect(fresh.rows('terminals')).toMatchObject([{ status: 'ended', end: { reason: 'proxy_stopped' } }]);
    await proxy.dispose();
  });

  it('says which setting is wrong when nobody answers', async () => {
    await expect(open('postgresql://x:secret@127.0.0.1:1/none', true)).rejects.toThrow(
      /PORTHOLE_DATABASE_URL/,
    );
    await expect(open('postgresql://x:secret@127.0.0.1:1/none', true)).rejects.not.toThrow(/secret/);
  });
});
