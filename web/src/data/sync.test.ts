import 'fake-indexeddb/auto';
import type { SyncServerMessage } from '@porthole/shared';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeNetwork } from '../net/socket.fake.ts';
import { db } from './database.ts';
import { forgetEverything } from './forget.ts';
import { makeSync, type Sync, type SyncOptions } from './sync.ts';

const org = (n: number) => `org_${String(n).padStart(20, '0')}`;
const member = (organisation: number, n: number, name = 'Ana') => ({
  id: `usr_${String(n).padStart(20, '0')}`,
  organisationId: org(organisation),
  name,
  email: 'ana@example.com',
  role: 'member' as const,
  joinedAt: 1,
});
const put = (seq: number, row: ReturnType<typeof member>) => ({
  seq,
  table: 'members' as const,
  id: row.id,
  op: 'put' as const,
  row,
});

let network: FakeNetwork;
let sync: Sync | undefined;

async function start(more: Partial<SyncOptions> = {}) {
  const told = { caughtUp: vi.fn(), lost: vi.fn(), problem: vi.fn(), presence: vi.fn() };
  sync = await makeSync({
    organisationId: org(1),
    device: 'laptop',
    onState: () => {},
    onLatency: () => {},
    onPresence: told.presence,
    onCaughtUp: told.caughtUp,
    onMembershipLost: told.lost,
    onProblem: told.problem,
    environment: network,
    ...more,
  });
  network.socket.accept();
  return told;
}
const deliver = (message: SyncServerMessage) => network.socket.deliver(message);
const subscriptions = () => network.socket.messages.filter(({ type }) => type === 'subscribe');
const changes = (cursor: number, list: ReturnType<typeof put>[], organisation = 1): SyncServerMessage => ({
  type: 'changes',
  organisationId: org(organisation),
  cursor,
  changes: list,
  caughtUp: true,
});
function reset(organisation: number, cursor: number, ...rows: ReturnType<typeof member>[]): void {
  deliver({ type: 'reset', organisationId: org(organisation) });
  deliver({ type: 'rows', organisationId: org(organisation), table: 'members', rows });
  deliver({ type: 'reset_done', organisationId: org(organisation), cursor });
}
const names = async () => (await db.members.toArray()).map(({ name }) => name);

beforeEach(async () => {
  network = new FakeNetwork();
  await forgetEverything();
});
afterEach(() => sync?.close());

describe('makeSync', () => {
  it('[FD2] an empty device asks without a cursor and keeps what the reset brings, at its end', async () => {
    const told = await start();
    expect(subscriptions()).toMatchObject([{ cursor: null, organisationId: org(1), version: 1 }]);
    deliver({ type: 'reset', organisationId: org(1) });
    deliver({ type: 'rows', organisationId: org(1), table: 'members', rows: [member(1, 1)] });
    expect(await names()).toEqual([]);
    deliver({ type: 'reset_done', organisationId: org(1), cursor: 7 });
    await vi.waitFor(() => expect(told.caughtUp).toHaveBeenCalledWith(org(1)));
    expect(await names()).toEqual(['Ana']);
  });

  it('[FD2] after a reconnect it asks from where it is', async () => {
    const told = await start();
    reset(1, 7, member(1, 1));
    deliver(changes(8, [put(8, member(1, 1, 'Ana S'))]));
    await vi.waitFor(() => expect(told.caughtUp).toHaveBeenCalledTimes(2));
    network.socket.fail();
    network.socket.accept();
    expect(subscriptions()).toMatchObject([{ cursor: 8 }]);
    expect(await names()).toEqual(['Ana S']);
  });

  it('[FD2] a gap is answered by subscribing again, and a gap that stays by fetching everything', async () => {
    const told = await start();
    reset(1, 1, member(1, 1));
    await vi.waitFor(() => expect(told.caughtUp).toHaveBeenCalled());
    for (const expected of [1, 1, null]) {
      const before = subscriptions().length;
      deliver(changes(9, [put(9, member(1, 2))]));
      await vi.waitFor(() => expect(subscriptions()).toHaveLength(before + 1));
      expect(subscriptions().at(-1)).toMatchObject({ cursor: expected });
    }
    expect(await names()).toEqual(['Ana']);
  });

  it('[FD2] a reset that a reconnect cut off leaves nothing half done', async () => {
    const told = await start();
    deliver({ type: 'reset', organisationId: org(1) });
    deliver({ type: 'rows', organisationId: org(1), table: 'members', rows: [member(1, 1, 'Half')] });
    network.socket.fail();
    network.socket.accept();
    deliver({ type: 'reset_done', organisationId: org(1), cursor: 3 });
    reset(1, 4, member(1, 2, 'Whole'));
    await vi.waitFor(() => expect(told.caughtUp).toHaveBeenCalled());
    expect(await names()).toEqual(['Whole']);
  });

  it('switches organisations on the same socket; what is late of the old one changes nothing', async () => {
    const told = await start();
    reset(1, 1, member(1, 1));
    await vi.waitFor(() => expect(told.caughtUp).toHaveBeenCalledWith(org(1)));
    sync?.subscribe(org(2));
    await vi.waitFor(() =>
      expect(subscriptions().at(-1)).toMatchObject({ organisationId: org(2), cursor: null }),
    );
    deliver(changes(2, [put(2, member(1, 1, 'Late'))]));
    reset(2, 5, member(2, 1, 'Ana elsewhere'));
    await vi.waitFor(() => expect(told.caughtUp).toHaveBeenCalledWith(org(2)));
    expect((await names()).sort()).toEqual(['Ana', 'Ana elsewhere']);
  });

  it('[PR2] presence updates count only after the full answer; the own presence is told on every connection', async () => {
    const told = await start();
    const presence = {
      status: 'online',
      place: { workspaceId: null, terminalId: null },
      typing: false,
    } as const;
    sync?.setPresence(presence);
    deliver({ type: 'presence_leave', id: `con_${'0'.repeat(20)}` });
    expect(told.presence).not.toHaveBeenCalled();
    deliver({ type: 'presence_sync', connections: [] });
    deliver({ type: 'presence_leave', id: `con_${'0'.repeat(20)}` });
    expect(told.presence).toHaveBeenCalledTimes(2);
    network.socket.fail();
    network.socket.accept();
    expect(network.socket.messages.map(({ type }) => type)).toEqual(['subscribe', 'ping', 'presence']);
  });

  it('[FD4] tells of a lost membership', async () => {
    const told = await start();
    deliver({ type: 'membership_lost', organisationId: org(1) });
    await vi.waitFor(() => expect(told.lost).toHaveBeenCalledWith(org(1)));
  });

  it('[FD4] an organisation that was lost and is given back is subscribed to anew', async () => {
    const told = await start();
    reset(1, 1, member(1, 1));
    await vi.waitFor(() => expect(told.caughtUp).toHaveBeenCalledWith(org(1)));
    sync?.subscribe(org(1));
    deliver({ type: 'membership_lost', organisationId: org(1) });
    await vi.waitFor(() => expect(told.lost).toHaveBeenCalledWith(org(1)));
    expect(subscriptions()).toHaveLength(1);
    sync?.subscribe(org(1));
    await vi.waitFor(() => expect(subscriptions()).toHaveLength(2));
  });

  it('[W1] a row that this app cannot read means that the app is too old: it stops and says so', async () => {
    const told = await start();
    reset(1, 1, { ...member(1, 1), role: 'emperor' as 'member' });
    await vi.waitFor(() => expect(told.problem).toHaveBeenCalled());
    expect(told.problem.mock.calls[0]?.[0]).toMatchObject({ code: 'version_mismatch' });
    expect(network.socket.closedWith).not.toBeNull();
    expect(await names()).toEqual([]);
  });
});
