/** Deleting a workspace whose sessions have kept much: others write meanwhile, and a proxy that goes down goes on. */
import { describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { ProviderError } from '../src/workspaces/provider.ts';
import { at, create, provider, send, setUp, world } from './workspaces-steered.ts';

const EVENTS = 2_000;

/** A workspace that runs, with a session of so many events and a few uploads. */
async function withLongLog(): Promise<{ id: string; session: string }> {
  await setUp();
  const { id } = await create();
  await at(id, 'running');
  const session = newId('session');
  const { q } = world.db;
  const named = {
    organisation_id: world.org,
    workspace_id: id,
    title: 't',
    agent: 'scripted',
    status: 'idle',
  };
  const plain = { head: EVENTS, agent_session: null, checkpoint: null, archived_at: null, active_at: 1 };
  const made = { created_by: world.member.userId, created_at: 1 };
  await q
    .insertInto('sessions')
    .values({ id: session, ...named, ...plain, ...made })
    .execute();
  const body = JSON.stringify({ type: 'agent_failed' });
  for (let seq = 1; seq <= EVENTS; seq += 100) {
    const rows = Array.from({ length: 100 }, (_, i) => ({ session_id: session, seq: seq + i, at: 1, body }));
    await q.insertInto('session_events').values(rows).execute();
  }
  const upload = { name: 'a', media_type: 'text/plain', size: 1, data: new Uint8Array([1]), created_at: 1 };
  for (let i = 0; i < 20; i += 1)
    await q
      .insertInto('session_attachments')
      .values({ id: newId('attachment'), session_id: session, ...upload })
      .execute();
  return { id, session };
}

/** So many events are left. */
const count = async (table: 'session_events' | 'session_attachments' | 'sessions') =>
  (await world.db.q.selectFrom(table).selectAll().execute()).length;

/** Another's transaction: writes, and says how many events it saw. */
async function write(n: number): Promise<number> {
  await new Promise(setImmediate);
  return world.db.transaction(async ({ q }) => {
    await q
      .updateTable('organisations')
      .set({ name: `Acme ${n}` })
      .execute();
    return (await q.selectFrom('session_events').select('seq').execute()).length;
  });
}

describe('a workspace with long logs', () => {
  it('[WS1] is deleted in pieces, between which others write', async () => {
    const { id } = await withLongLog();
    await send('deleteWorkspace', id);
    const seen: number[] = [];
    do seen.push(await write(seen.length));
    while (seen.at(-1) !== 0);
    await world.workspaceGone(id);
    expect(new Set(seen.filter((left) => left > 0 && left < EVENTS)).size).toBeGreaterThan(3);
    expect(await count('session_attachments')).toBe(0);
    expect(await count('sessions')).toBe(0);
  });

  it('[WS1] is deleted to its end after the proxy went down in the middle', async () => {
    const { id } = await withLongLog();
    await send('deleteWorkspace', id);
    let left = EVENTS;
    for (let n = 0; left === EVENTS; n += 1) left = await write(n);
    expect(left).toBeGreaterThan(0);
    const before = provider;
    await world.restart();
    await world.workspaceGone(id);
    expect([before.calls.at(-1), provider.calls]).toEqual(['destroy', ['destroy']]);
    expect(await count('session_events')).toBe(0);
    expect(await count('sessions')).toBe(0);
  });

  it('[WS1] keeps its logs while the machine could not be deleted, and loses them when it is given up', async () => {
    const { id } = await withLongLog();
    const refused = () => new ProviderError('no', 'permanent', 'It is not there.', null);
    provider.failures = [refused()];
    await send('deleteWorkspace', id);
    expect(await at(id, 'error')).toMatchObject({ error: { code: 'delete_failed' } });
    expect(await count('session_events')).toBe(EVENTS);
    expect(await count('session_attachments')).toBe(20);
    provider.failures = [refused()];
    await send('deleteWorkspace', id);
    await world.workspaceGone(id);
    expect(await count('session_events')).toBe(0);
  });
});
