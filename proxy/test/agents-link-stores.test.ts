/** What the gateway counts, agents, secrets and bridges' tokens, on SQLite and on PostgreSQL. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AttachmentStore } from '../src/agents/attachment-store.ts';
import { BridgeTokenStore } from '../src/agents/links-store.ts';
import { AgentStore } from '../src/agents/registry-store.ts';
import { SecretStore } from '../src/agents/secrets-store.ts';
import type { Database } from '../src/db/database.ts';
import { openPostgres } from '../src/db/postgres.ts';
import { GatewayStore } from '../src/gateway/store.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import { createSecretBox } from '../src/lib/secrets.ts';
import { openTestDatabase } from './database.ts';
import { type Cluster, findPostgres, startCluster } from './postgres.ts';

interface Opened {
  db: Database;
  dispose(): Promise<void>;
}

function contract(open: () => Promise<Opened>): void {
  let opened: Opened;
  let db: Database;
  const [org, other, user] = [newId('organisation'), newId('organisation'), newId('user')];
  const [workspace, session] = [newId('workspace'), newId('session')];
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    for (const id of [org, other])
      await db.q.insertInto('organisations').values({ id, name: 'o', created_at: 1 }).execute();
    const person = { email: 'a@example.com', name: 'A', password_hash: null, created_at: 1 };
    await db.q
      .insertInto('users')
      .values({ id: user, ...person })
      .execute();
    await db.q
      .insertInto('workspaces')
      .values({
        ...{ id: workspace, organisation_id: org, name: 'w', repository_id: null, provider: 'local' },
        ...{ host_id: null, branch: '', base_branch: null, status: 'running', steps: '[]', error: null },
        ...{ machine: null, folder: null, auto_stop_minutes: 30, pending: null, attempt: 0 },
        ...{ created_by: user, created_at: 1, active_at: 1, paused_at: null },
      })
      .execute();
    await db.q
      .insertInto('sessions')
      .values({
        ...{ id: session, organisation_id: org, workspace_id: workspace, title: 't', agent: 'claude' },
        ...{ status: 'idle', head: 0, agent_session: null, checkpoint: null, archived_at: null },
        ...{ created_by: user, created_at: 1, active_at: 1 },
      })
      .execute();
  });
  afterEach(() => opened.dispose());

  it('[SE7] keeps uploads that a prompt has come for, and the others for a while', async () => {
    const store = new AttachmentStore(db);
    const data = new Uint8Array([1, 2, 3]);
    const upload = (at: number) => {
      const meta = { id: newId('attachment'), name: 'a', mediaType: 'text/plain', size: data.length };
      return store.insert(session, meta, data, at);
    };
    const early = await Promise.all(Array.from({ length: 25 }, () => upload(1)));
    const [used, late] = [await upload(1), await upload(5)];
    expect(await store.use(session, [used.id])).toEqual([used]);
    const missing = store.use(session, [early[0]!.id, newId('attachment')]);
    await expect(missing).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(store.use(newId('session'), [used.id])).rejects.toMatchObject({ code: 'unprocessable' });
    await store.sweep(5);
    for (const { id } of early) expect(await store.get(session, id)).toBeNull();
    expect(await store.get(session, used.id)).toEqual({ meta: used, data });
    expect(await store.get(session, late.id)).toEqual({ meta: late, data });
    expect(await db.q.selectFrom('waiting_attachments').select('id').execute()).toEqual([{ id: late.id }]);
    // Uploaded anew it waits anew.
    await store.insert(session, early[0]!, data, 6);
    await store.sweep(6);
    expect(await store.get(session, late.id)).toBeNull();
    expect(await store.use(session, [early[0]!.id])).toEqual([early[0]]);
    await store.sweep(100);
    expect(await store.get(session, early[0]!.id)).not.toBeNull();
  });

  it('sums usage as numbers, per day, person and model, and of one session', async () => {
    const store = new GatewayStore(db);
    expect(await store.tokensSince(org, '2026-01-01')).toBe(0);
    const entry = {
      ...{ organisationId: org, day: '2026-11-20', userId: user, sessionId: session },
      ...{ upstream: 'anthropic' as const, model: 'm', inputTokens: 2_000_000_000, outputTokens: 7 },
    };
    await Promise.all([1, 2, 3].map(() => store.add(entry)));
    await store.add({ ...entry, sessionId: newId('session'), inputTokens: 1, outputTokens: 1 });
    await store.add({ ...entry, day: '2026-10-31' });
    await store.add({ ...entry, organisationId: other });
    expect(await store.tokensSince(org, '2026-11-01')).toBe(6_000_000_023);
    const row = { day: '2026-11-20', userId: user, upstream: 'anthropic', model: 'm' };
    expect(await store.summary(org, '2026-11-01', null)).toEqual([
      { ...row, requests: 4, inputTokens: 6_000_000_001, outputTokens: 22 },
    ]);
    expect(await store.summary(org, '2026-11-01', session)).toEqual([
      { ...row, requests: 3, inputTokens: 6_000_000_000, outputTokens: 21 },
    ]);
    expect((await store.summary(org, '2026-01-01', null)).map(({ day }) => day)).toEqual([
      '2026-11-20',
      '2026-10-31',
    ]);
  });

  it('sums per session and person, and what agents say they have cost, the most first and so many', async () => {
    const store = new GatewayStore(db);
    const [small, large] = [newId('session'), newId('session')];
    const entry = {
      ...{ organisationId: org, day: '2026-11-20', userId: user, sessionId: small },
      ...{ upstream: 'anthropic' as const, model: 'm', inputTokens: 5, outputTokens: 1 },
    };
    for (const model of ['m', 'n']) await store.add({ ...entry, model });
    await store.add({ ...entry, sessionId: large, inputTokens: 3_000_000_000 });
    await store.add({ ...entry, sessionId: large, day: '2026-10-31' });
    await store.add({ ...entry, organisationId: other });
    const lines = [
      { session: large, userId: user, requests: 1, inputTokens: 3_000_000_000, outputTokens: 1 },
      { session: small, userId: user, requests: 2, inputTokens: 10, outputTokens: 2 },
    ];
    expect(await store.bySession(org, '2026-11-01', null, 10)).toEqual(lines);
    expect(await store.bySession(org, '2026-11-01', null, 1)).toEqual(lines.slice(0, 1));
    expect(await store.bySession(org, '2026-11-01', small, 10)).toEqual(lines.slice(1));

    const cost = { organisation_id: org, day: '2026-11-20', user_id: user, session_id: small };
    await db.q
      .insertInto('session_costs')
      .values([
        { ...cost, currency: 'USD', micros: 120_000 },
        { ...cost, day: '2026-11-21', currency: 'USD', micros: 1 },
        { ...cost, currency: 'EUR', micros: 3_000_000_000 },
        { ...cost, day: '2026-10-31', currency: 'USD', micros: 9 },
        { ...cost, organisation_id: other, currency: 'USD', micros: 9 },
      ])
      .execute();
    expect(await store.costs(org, '2026-11-01', null, 10)).toEqual([
      { session: small, userId: user, currency: 'EUR', amount: 3_000 },
      { session: small, userId: user, currency: 'USD', amount: 0.120001 },
    ]);
    expect(await store.costs(org, '2026-11-01', large, 10)).toEqual([]);
  });

  it('knows a session while neither it nor its workspace is over', async () => {
    const store = new GatewayStore(db);
    expect(await store.session(session)).toEqual({ id: session, organisationId: org, createdBy: user });
    await db.q.updateTable('sessions').set({ archived_at: 5 }).execute();
    expect(await store.session(session)).toBeNull();
    await db.q.updateTable('sessions').set({ archived_at: null }).execute();
    await db.q.updateTable('workspaces').set({ status: 'deleting' }).execute();
    expect(await store.session(session)).toBeNull();
  });

  it('keeps one token of a machine beside what is stored of its bridge', async () => {
    const store = new BridgeTokenStore(db);
    expect(await store.get(workspace)).toBeNull();
    await store.set(workspace, 'first');
    await db.q.updateTable('bridges').set({ bridge: 'log', stored: 9 }).execute();
    await store.set(workspace, 'second');
    expect(await store.get(workspace)).toBe('second');
    await store.set(workspace, null);
    const rows = await db.q.selectFrom('bridges').selectAll().execute();
    expect(rows).toEqual([{ workspace_id: workspace, bridge: 'log', stored: 9, token_hash: null }]);
  });

  it('replaces a secret, and gives an agent back as it was added', async () => {
    const secrets = new SecretStore(db, createSecretBox(new Uint8Array(32).fill(1)));
    await secrets.set(org, 'KEY', 'old', 1);
    await secrets.set(org, 'KEY', 'new ü', 2);
    expect(await secrets.list(org)).toEqual([{ name: 'KEY', setAt: 2 }]);
    expect([await secrets.open(org, 'KEY'), await secrets.open(other, 'KEY')]).toEqual(['new ü', null]);
    const agents = new AgentStore(db, { put: async () => {}, delete: async () => {} });
    const agent = {
      ...{
        id: newId('agent'),
        organisationId: org,
        name: 'n',
        command: 'c',
        args: ['a b'],
        secrets: ['KEY'],
      },
      createdAt: 3,
    };
    await agents.insert(agent);
    expect([await agents.list(org), await agents.list(other)]).toEqual([[agent], []]);
    expect(await agents.remove(other, agent.id)).toBe(false);
    expect(await agents.remove(org, agent.id)).toBe(true);
  });
}

describe('stores of agents on SQLite', () => {
  contract(async () => {
    const db = await openTestDatabase();
    return { db, dispose: () => db.dispose() };
  });
});

const bin = findPostgres();

describe.skipIf(bin === null)('stores of agents on PostgreSQL', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(bin!);
  });
  afterAll(() => cluster.stop());

  contract(async () => {
    const url = await cluster.createDatabase();
    const db = await openPostgres({ url, log: silentLogger, checks: true, exclusive: false });
    return { db, dispose: () => db.close() };
  });
});
