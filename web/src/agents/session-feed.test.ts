import 'fake-indexeddb/auto';
import { Entries } from '@porthole/shared/agent-entries';
import { applyToHead, emptyHead } from '@porthole/shared/agent-head';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { db } from '../data/database.ts';
import { forgetEverything, forgetOrganisation, sweepLogs } from '../data/forget.ts';
import { readNewest, writeLog } from './cache.ts';
import { ANA, events, FakeSessionServer, idOf, ORG, SESSION, wire } from './session.fake.ts';
import { GAP_EVENTS, makeSessionFeed, type SessionFeed } from './session-feed.ts';

let server: FakeSessionServer;
let feed: SessionFeed | undefined;

async function open(): Promise<SessionFeed> {
  await feed?.close();
  feed = await makeSessionFeed({
    sessionId: SESSION,
    organisationId: ORG,
    onChange: () => {},
    environment: server.network,
    http: server.http,
  });
  return feed;
}
const stored = (from: number, to: number) =>
  writeLog({
    organisationId: ORG,
    sessionId: SESSION,
    events: events(from, to),
    head: events(1, to).reduce(applyToHead, emptyHead()),
    at: 1,
    replace: false,
  });
/** The log, entries and head are those of an undisturbed fold of the same stretch. */
function holds({ log }: SessionFeed, from: number, to: number): void {
  expect([log.first, log.last, log.events.length]).toEqual([from, to, to - from + 1]);
  expect(log.entries.list).toEqual(Entries.of(events(from, to)).list);
  expect(log.head).toEqual(events(1, to).reduce(applyToHead, emptyHead()));
}

beforeEach(async () => {
  server = new FakeSessionServer();
  await forgetEverything();
});
afterEach(async () => {
  await feed?.close();
  feed = undefined;
});

describe('a session on this device', () => {
  it.each(['before', 'after'])(
    '[FD3] one that is made %s its socket is refused is attached to all the same',
    async (when) => {
      await open();
      server.network.socket.accept();
      if (when === 'before') feed!.appeared();
      server.network.socket.fail(4404, 'not_found');
      if (when === 'after') feed!.appeared();
      await vi.waitFor(() => expect(server.network.sockets).toHaveLength(2));
      server.length = 3;
      server.attach();
      holds(feed!, 1, 3);
      expect(feed!.state.name).toBe('open');
    },
  );

  it('[AG1] a fresh device gets the newest page and asks what the session is at', async () => {
    server.length = 1_234;
    const { log } = await open();
    server.attach();
    await vi.waitFor(() => expect(log.head).not.toBeNull());
    holds(feed!, 735, 1_234);
    server.grow(3);
    holds(feed!, 735, 1_237);
    expect(server.asked).toEqual(['head']);
  });

  it('[AG2] what the device has is there before the network answers, and is resumed by its last seq', async () => {
    await stored(1, 40);
    server.length = 44;
    await open();
    holds(feed!, 1, 40);
    server.attach();
    expect(server.network.socket.messages[0]).toMatchObject({ type: 'attach', after: 40, version: 1 });
    holds(feed!, 1, 44);
    expect(server.asked).toEqual([]);
  });

  it('[AG2] what is new is on the device when the session is left, and survives as one stretch', async () => {
    server.length = 10;
    await open();
    server.attach();
    server.grow(5);
    await feed?.close();
    const kept = await readNewest(SESSION, 100);
    expect(kept.events).toEqual(events(1, 15));
    expect(kept.head?.seq).toBe(15);
  });

  it('[AG2] a torn write on the device shows less, never wrong', async () => {
    await stored(1, 40);
    await db.events.delete([SESSION, 30]);
    expect((await readNewest(SESSION, 100)).events).toEqual(events(31, 40));
    server.length = 40;
    await open();
    server.attach();
    holds(feed!, 31, 40);
  });

  it('[AG1] a gap is filled over HTTP while live events wait their turn', async () => {
    await stored(1, 40);
    server.length = 940;
    await open();
    let release = () => {};
    server.gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.attach();
    server.grow(2);
    expect(feed?.log.last).toBe(40);
    expect(feed?.current).toBe(false);
    release();
    await vi.waitFor(() => expect(feed?.log.last).toBe(942));
    holds(feed!, 1, 942);
    expect(server.asked).toEqual(['after 40']);
    expect(feed?.current).toBe(true);
  });

  it('[AG1] a frame that was lost on the way is asked for again', async () => {
    server.length = 10;
    await open();
    server.attach();
    server.length = 14;
    server.grow(1);
    await vi.waitFor(() => expect(feed?.log.last).toBe(15));
    holds(feed!, 1, 15);
  });

  it('[AG2] a gap that is too long begins anew at its far end, and can be paged back', async () => {
    await stored(1, 40);
    server.length = 40 + GAP_EVENTS + 600;
    await open();
    server.attach();
    await vi.waitFor(() => expect(feed?.log.head).not.toBeNull());
    const first = server.length - 499;
    holds(feed!, first, server.length);
    expect(await feed?.loadOlder()).toBe(true);
    holds(feed!, first - 500, server.length);
    await feed?.reach(1);
    holds(feed!, 1, server.length);
    expect(await feed?.loadOlder()).toBe(false);
  });

  it('[AG2] older pages come from the device while it has them, then from the server', async () => {
    await stored(801, 2_400);
    server.length = 2_400;
    await open();
    server.attach();
    holds(feed!, 1_401, 2_400);
    await feed?.loadOlder();
    await feed?.loadOlder();
    holds(feed!, 801, 2_400);
    expect(server.asked).toEqual([]);
    await feed?.loadOlder();
    holds(feed!, 301, 2_400);
    expect(server.asked).toEqual(['before 801']);
  });

  it('says why older events did not come, and gets them at the next try', async () => {
    server.length = 900;
    await open();
    server.attach();
    server.offline = true;
    expect(await feed?.loadOlder()).toBe(false);
    expect(feed?.older).toEqual({ fault: 'no network' });
    server.offline = false;
    expect(await feed?.loadOlder()).toBe(true);
    expect(feed?.older).toBe('idle');
  });

  it('a server with a shorter log has had a backup put back: the device takes that', async () => {
    await stored(1, 40);
    server.length = 12;
    await open();
    server.attach();
    server.network.advance(0);
    server.attach();
    holds(feed!, 1, 12);
    await feed?.close();
    expect((await readNewest(SESSION, 100)).events).toEqual(events(1, 12));
  });

  it('[FD4] nothing of a session stays when the membership is lost', async () => {
    await stored(1, 40);
    await db.drafts.put({ place: SESSION, organisationId: ORG, text: 'private', choices: {}, at: 1 });
    await db.reads.put({ sessionId: SESSION, organisationId: ORG, seq: 4 });
    await forgetOrganisation(ORG);
    for (const table of [db.events, db.heads, db.drafts, db.reads]) expect(await table.count()).toBe(0);
  });
});

describe('text that grows', () => {
  const turn = idOf('prm', 3);
  const delta = (at: number, text: string, item = 'x') =>
    ({ type: 'delta', turn, item, kind: 'message', at, text }) as const;
  const texts = () => feed?.log.partials.map(({ text }) => text);

  it('[AG3] who joins in mid-turn has the text so far and goes on from there', async () => {
    server.length = 14;
    await open();
    server.network.socket.accept();
    server.say({
      type: 'attached',
      from: 1,
      head: 14,
      partials: [{ turn, item: 'x', kind: 'message', at: 0, text: 'Half a ' }],
    });
    server.say({ type: 'events', events: wire(1, 14) });
    server.say(delta(7, 'sentence'));
    expect(texts()).toEqual(['Half a sentence']);
    server.say(delta(7, 'sentence.'));
    expect(texts()).toEqual(['Half a sentence.']);
    server.say(delta(40, 'lost a piece'));
    expect(texts()).toEqual(['Half a sentence.']);
  });

  it('[AG3] the finished text takes its place, late pieces of it are left out, and the end of the turn ends all', async () => {
    server.length = 14;
    await open();
    server.attach();
    server.say(delta(0, 'te', 'i'));
    server.say(delta(0, 'thinking', 'other'));
    server.grow(3);
    expect(texts()).toEqual(['thinking']);
    server.say(delta(2, 'xt', 'i'));
    expect(texts()).toEqual(['thinking']);
    server.grow(1);
    expect(texts()).toEqual([]);
  });

  it('[AG6] knows what is done to reach the machine while the server says so, and forgets it with the connection', async () => {
    const { log } = await open();
    expect(feed?.note).toBeNull();
    server.attach();
    server.say({ type: 'link', note: 'Installing the bridge' });
    expect(feed?.note).toBe('Installing the bridge');
    server.network.socket.fail();
    expect(feed?.note, 'nobody says so now').toBeNull();
    expect(log.last).toBe(0);
  });

  it('[AG8] says that somebody types only while connected', async () => {
    await open();
    expect(feed?.typing()).toBe(false);
    server.attach();
    expect(feed?.typing()).toBe(true);
    expect(server.network.socket.messages.at(-1)).toEqual({ type: 'typing' });
    expect(ANA).toMatch(/^usr_/);
  });
});

it('keeps the logs of sessions that there are, those opened last', async () => {
  const keep = (n: number, at: number) =>
    writeLog({
      ...{ organisationId: ORG, sessionId: idOf('ses', n), events: events(1, 3), replace: false },
      ...{ head: { ...emptyHead(), seq: 3 }, at },
    });
  for (const n of [1, 2, 3]) await keep(n, n);
  for (const n of [1, 2]) {
    const more = { agent: 'scripted', status: 'idle', head: 3, archivedAt: null } as const;
    const row = { id: idOf('ses', n), organisationId: ORG, workspaceId: idOf('wsp', 1), title: 'x' };
    await db.sessions.put({ ...row, ...more, createdBy: ANA, createdAt: 1, activeAt: 1 });
  }
  await sweepLogs(1);
  expect((await db.heads.toArray()).map(({ sessionId }) => sessionId)).toEqual([idOf('ses', 2)]);
  expect(await db.events.count()).toBe(3);
});
