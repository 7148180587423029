/** What an organisation, a disk and a command may come to, and what is said beyond it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { EndpointName } from '@porthole/shared/http';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ROWS } from '../src/db/bound.ts';
import { newId } from '../src/lib/ids.ts';
import { Client, type Person, signUpOwner, startProxy } from './harness.ts';
import { workspaceOf } from './terminal-tab.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
let owner: Person;
beforeAll(async () => {
  proxy = await startProxy();
  owner = await signUpOwner(proxy);
});
afterAll(() => proxy.dispose());

const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

describe('an organisation that has all it may have', () => {
  let full: Person;
  beforeAll(async () => {
    const { id: organisation_id } = await owner.client.call('createOrganisation', { body: { name: 'Full' } });
    full = { ...owner, org: organisation_id };
    const { q } = proxy.server.db;
    const common = { organisation_id, created_at: 0, name: 'x' };
    const users = many(MAX_ROWS.members - 1, (n) => ({
      ...{ id: newId('user'), email: `full${n}@example.com`, name: 'x', password_hash: null, created_at: 0 },
    }));
    const memberships = users.map(({ id }) => ({
      organisation_id,
      user_id: id,
      role: 'member',
      created_at: 0,
    }));
    const repositories = many(MAX_ROWS.repositories, (n) => ({
      ...{ ...common, id: newId('repository'), url: `https://x/${n}`, default_branch: 'main' },
    }));
    const hosts = many(MAX_ROWS.hosts, () => ({
      ...{ ...common, id: newId('host'), address: 'x', port: 22, username: 'x', auth: 'agent' },
    }));
    const credentials = many(MAX_ROWS.credentials, () => ({
      ...{ ...common, id: newId('credential'), kind: 'ssh_key', secret: 'x' },
    }));
    const workspaces = many(MAX_ROWS.workspaces, () => ({
      ...{
        ...common,
        id: newId('workspace'),
        provider: 'local',
        branch: 'x',
        status: 'stopped',
        steps: '[]',
      },
      ...{ auto_stop_minutes: 0, created_by: owner.userId, active_at: 0, attempt: 0 },
    }));
    await q.insertInto('users').values(users).execute();
    await q.insertInto('members').values(memberships).execute();
    await q
      .insertInto('repositories')
      .values(repositories as never)
      .execute();
    await q
      .insertInto('hosts')
      .values(hosts as never)
      .execute();
    await q
      .insertInto('credentials')
      .values(credentials as never)
      .execute();
    await q
      .insertInto('workspaces')
      .values(workspaces as never)
      .execute();
  });

  it.each<[EndpointName, object]>([
    ['createRepository', { url: 'https://example.com/a/b' }],
    ['createCredential', { kind: 'https_token', name: 'x', host: 'example.com', token: 'x' }],
    ['createHost', { name: 'x', address: 'x', port: 22, username: 'x', auth: 'key' }],
    ['createWorkspace', { provider: 'local' }],
  ])('[SE7] %s is refused by name, and elsewhere it is not', async (name, body) => {
    const call = (org: string) => owner.client.refusal(name, { params: { org }, body } as never);
    expect(await call(full.org)).toBe('too_many');
    expect(
      (await owner.client.call(name, { params: { org: owner.org }, body } as never)) as object,
    ).toHaveProperty('id');
  });

  it('[SE7] takes in nobody more, and an invite is good once there is room', async () => {
    const { path } = await full.client.call('createInvite', {
      params: { org: full.org },
      body: { role: 'member', days: 1 },
    });
    const body = {
      secret: path.split('#')[1]!,
      person: { name: 'Late', email: 'late@example.com', password: 'a long enough password' },
    };
    const visitor = new Client(proxy.url);
    expect(await visitor.refusal('acceptInvite', { body })).toBe('too_many');
    await proxy.server.db.q
      .deleteFrom('members')
      .where('organisation_id', '=', full.org)
      .where('user_id', '!=', owner.userId)
      .execute();
    expect((await visitor.call('acceptInvite', { body })).organisations).toMatchObject([{ id: full.org }]);
  });
});

describe('a full disk', () => {
  it('[SE7] is said to whoever writes, keeps nobody from reading, and passes', async () => {
    const small = await startProxy();
    const { client, org } = await signUpOwner(small);
    const { db } = small.server;
    const limit = (pages: number) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(db.q);
    // SQLite takes what there is for the least.
    await limit(1);
    const note = 'n'.repeat(200);
    const write = () =>
      client.call('createInvite', {
        params: { org },
        body: { role: 'member', days: 1, note },
      });
    let refused = '';
    for (let tries = 0; refused === '' && tries < 150; tries += 1)
      await write().catch((error: { code: string; status: number }) => {
        refused = `${error.status} ${error.code}`;
      });
    expect(refused).toBe('507 storage_full');
    expect((await client.call('listMembers', { params: { org } })).members).toHaveLength(1);
    await limit(2 ** 30);
    await write();
    await small.dispose();
  });
});

describe('a command over HTTP', () => {
  it('[SE7] says which limit has ended it, with what it had printed', async () => {
    const params = { workspace: await workspaceOf(owner) };
    const exec = (body: { command: string; timeoutSeconds?: number; maxOutputBytes?: number }) =>
      owner.client.call('execInWorkspace', { params, body });
    const late = await exec({ command: 'echo begun; sleep 31417', timeoutSeconds: 2 });
    expect(late).toMatchObject({ stdout: 'begun\n', exitCode: null, limit: 'time' });
    const loud = await exec({ command: 'yes', maxOutputBytes: 1_000 });
    expect(loud).toMatchObject({ exitCode: null, limit: 'output', stdout: 'y\n'.repeat(500) });
    expect(running('sleep 31417')).toBe(0);
    for (const body of [{ command: 'true', timeoutSeconds: 601 }, { command: 'x'.repeat(20_001) }])
      expect(await owner.client.refusal('execInWorkspace', { params, body })).toBe('bad_request');
  });

  it('is ended when whoever asked has gone', async () => {
    const workspace = await workspaceOf(owner);
    const gone = new AbortController();
    const asked = owner.client.raw('POST', `/api/workspaces/${workspace}/exec`, {
      body: JSON.stringify({ command: 'sleep 31418' }),
      headers: { 'content-type': 'application/json' },
      signal: gone.signal,
    });
    asked.catch(() => {});
    await until(() => running('sleep 31418') > 0);
    gone.abort();
    await until(() => running('sleep 31418') === 0);
    await expect(asked).rejects.toThrow();
  });
});

/** Processes whose command line is exactly this. */
function running(command: string): number {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `${command.replaceAll(' ', '\0')}\0`;
    } catch {
      return false;
    }
  }).length;
}

/** There is no event for what other processes do. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
