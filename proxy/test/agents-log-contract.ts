/** What the log of sessions must do on every database. */
import { decodeEvent } from '@porthole/shared/agent-events';
import { applyToHead, emptyHead } from '@porthole/shared/agent-head';
import { EVENT_PAGE, MAX_SESSIONS_PER_WORKSPACE } from '@porthole/shared/agent-limits';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ImageStore } from '../src/agents/image-store.ts';
import { wireOf } from '../src/agents/store.ts';
import type { Database } from '../src/db/database.ts';
import { newId } from '../src/lib/ids.ts';
import { FakeSocket, type RelayWorld, relayWorld } from './agents-kit.ts';
import { png } from './pictures.ts';

export function agentLogContract(open: () => Promise<{ db: Database; dispose(): Promise<void> }>): void {
  let db: Database;
  let dispose: () => Promise<void>;
  let world: RelayWorld;
  const commits = { fail: 0 };
  beforeEach(async () => {
    ({ db, dispose } = await open());
    commits.fail = 0;
    world = await relayWorld(db, commits);
  });
  afterEach(async () => {
    await world.dispose();
    await dispose();
  });

  const say = (session: string, turn: string, text: string) =>
    world.bridge.emit(session, { type: 'text', turn, item: text, kind: 'message', text });
  const logOf = async (session: string) => {
    const all = [];
    for (let after = 0; ; after = all.at(-1)!.seq) {
      const page = await world.store.eventsAfter(session, after, EVENT_PAGE);
      if (page.length === 0) return all;
      all.push(...page.map((stored) => decodeEvent(JSON.parse(wireOf(stored)))!));
    }
  };
  const texts = async (session: string) =>
    (await logOf(session)).flatMap((event) => (event.type === 'text' ? [event.text] : []));

  it('[AG1] gives every session its own seq without a gap, in the order of the bridge, and tells what is stored', async () => {
    const sessions = await Promise.all([0, 1, 2, 3].map(() => world.newSession()));
    const turns = new Map<string, string>();
    const sockets = new Map<string, FakeSocket>();
    for (const id of sessions) {
      turns.set(id, await world.beginTurn(id));
      const socket = new FakeSocket();
      sockets.set(id, socket);
      (await world.hub.get(id)).audience.attach(socket, 0);
    }
    for (let i = 0; i < 400; i += 1) {
      const id = sessions[i % sessions.length]!;
      say(id, turns.get(id)!, `${i}`);
      if (i % 97 === 0) await new Promise(setImmediate);
    }
    for (const [at, id] of sessions.entries()) {
      const socket = sockets.get(id)!;
      await socket.until(() => socket.seqs().length >= 103);
      const log = await logOf(id);
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
      expect(socket.seqs()).toEqual(log.map(({ seq }) => seq));
      expect(await texts(id)).toEqual(Array.from({ length: 100 }, (_, i) => `${i * 4 + at}`));
    }
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    expect(await world.store.place(world.workspace)).toEqual({
      bridge: world.bridge.id,
      stored: world.bridge.last,
    });
  });

  it('[AG4] counts what a turn has cost once, to who asked for it, also when a write has failed', async () => {
    const id = await world.newSession();
    await world.beginTurn(id);
    const cost = async (amount: number) => {
      world.bridge.emit(id, { type: 'usage', used: 1, size: 2, cost: { amount, currency: 'USD' } });
      await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    };
    await cost(0.25);
    commits.fail = 2;
    await cost(0.75);
    await cost(0.75);
    const day = new Date((await logOf(id)).at(-1)!.at).toISOString().slice(0, 10);
    expect(await world.db.q.selectFrom('session_costs').selectAll().execute()).toEqual([
      {
        ...{ organisation_id: world.org, day, user_id: world.user, session_id: id },
        ...{ currency: 'USD', micros: 750_000 },
      },
    ]);
  });

  it('[AG4] [AG10] keeps a picture in the commit of the event that names it, byte by byte, once, also when a write has failed', async () => {
    const id = await world.newSession();
    await world.beginTurn(id);
    const picture = png(7, 5, 'any bytes: \0\xff');
    const report = async (name: string) => {
      world.bridge.emit(id, { type: 'image', name, data: picture.toString('base64') });
      await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    };
    commits.fail = 2;
    await report('a.png');
    await report('b.png');
    const named = (await logOf(id)).flatMap((event) => (event.type === 'artifact' ? [event] : []));
    expect(named.map(({ artifact }) => artifact.title)).toEqual(['a.png', 'b.png']);
    const kept = await world.db.q.selectFrom('session_images').select(['id', 'size', 'seq']).execute();
    const image = named[1]!.artifact.image!;
    expect(kept).toEqual([{ id: image.id, size: picture.length, seq: named[1]!.seq }]);
    const found = await new ImageStore(world.db).get(id, image.id);
    expect(found?.mediaType).toBe('image/png');
    expect(Buffer.from(found!.data).equals(picture)).toBe(true);
    expect(await new ImageStore(world.db).get(newId('session'), image.id)).toBeNull();
  });

  it('[AG4] events and how far the bridge is stored stand or fall together: after a failed write each is there once', async () => {
    const id = await world.newSession();
    const turn = await world.beginTurn(id);
    const expected = Array.from({ length: 40 }, (_, i) => `t${i}`);
    for (const [i, text] of expected.entries()) {
      if (i === 10 || i === 25) commits.fail = 2;
      say(id, turn, text);
      if (i % 5 === 4) await new Promise(setImmediate);
    }
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    expect(await texts(id)).toEqual(expected);
    expect(world.bridge.kept).toBe(0);
  });

  it('[AG4] what a bridge sends again after a restart of the proxy changes nothing', async () => {
    const id = await world.newSession();
    const turn = await world.beginTurn(id);
    for (let i = 0; i < 30; i += 1) say(id, turn, `before ${i}`);
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    const before = await logOf(id);
    world.restart();
    // Said while no proxy was there.
    say(id, turn, 'meanwhile');
    await world.hub.start();
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    const after = await logOf(id);
    expect(after.slice(0, before.length)).toEqual(before);
    expect((await texts(id)).at(-1)).toBe('meanwhile');
    expect(await texts(id)).toHaveLength(31);
  });

  it('[AG1] what is loaded from a checkpoint is what folding from the first event gives', async () => {
    const id = await world.newSession();
    for (let i = 0; i < 3; i += 1) {
      const turn = await world.beginTurn(id);
      for (let j = 0; j < 250; j += 1) say(id, turn, `${i} ${j}`);
      world.bridge.emit(id, {
        type: 'plan',
        turn,
        entries: [{ text: `plan ${i}`, priority: 'high', status: 'running' }],
      });
      if (i < 2) world.bridge.emit(id, { type: 'turn_ended', turn, outcome: 'done', fault: null });
    }
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    const { checkpoint } = (await world.store.load(id))!;
    expect(JSON.parse(checkpoint!).seq).toBeLessThan(await world.store.lastSeq(id));
    const whole = (await logOf(id)).reduce(applyToHead, emptyHead());
    expect((await world.hub.get(id)).live.state.head).toEqual(whole);
    const again = await world.restart().get(id);
    expect(again.live.state.head).toEqual(whole);
  });

  it('[AG1a] [SE5] an event that claims a place of its own gets the next one, and what follows it too', async () => {
    const id = await world.newSession();
    const turn = await world.beginTurn(id);
    const socket = new FakeSocket();
    (await world.hub.get(id)).audience.attach(socket, 0);
    for (const [seq, at] of [
      [900, 1],
      [1, 1],
      [-1, 'x'],
    ])
      world.bridge.emit(id, { type: 'hologram', seq, at } as never);
    say(id, turn, 'after them');
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    const log = await logOf(id);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
    await socket.until(() => socket.seqs().length >= log.length);
    expect(socket.seqs()).toEqual(log.map(({ seq }) => seq));
    expect(log.at(-1)).toMatchObject({ type: 'text', text: 'after them' });
  });

  it('keeps what a newer bridge may say as unknown, and an event of a deleted session costs nothing', async () => {
    const id = await world.newSession();
    const turn = await world.beginTurn(id);
    world.bridge.emit(newId('session'), { type: 'turn_started', turn });
    world.bridge.emit(id, { type: 'from_the_future', turn, what: 1 } as never);
    say(id, turn, 'still here');
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    const log = await logOf(id);
    expect(log.at(-2)).toMatchObject({ type: 'unknown', name: 'from_the_future' });
    expect(log.at(-1)).toMatchObject({ type: 'text', text: 'still here' });
  });

  it('[SE7] an event that is too large is named as lost, and the turn goes on', async () => {
    const id = await world.newSession();
    const turn = await world.beginTurn(id);
    say(id, turn, 'x'.repeat(600 * 1024));
    world.bridge.emit(id, { type: 'turn_ended', turn, outcome: 'done', fault: null });
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    expect((await logOf(id)).slice(-2).map(({ type }) => type)).toEqual(['overflow', 'turn_ended']);
  });

  it('[AG4] a prompt is of one session; one for a session that is gone is refused, and neither holds up others', async () => {
    const [one, two, dead] = await Promise.all([0, 1, 2].map(() => world.newSession()));
    const prompt = { by: world.user, text: 'go', attachments: [], choices: {}, retryOf: null };
    const [first, second, doomed, bystander] = [
      ...[await world.hub.get(one!), await world.hub.get(two!), await world.hub.get(dead!)],
      await world.hub.get(await world.newSession()),
    ];
    await db.q.deleteFrom('sessions').where('id', '=', dead!).execute();
    const same = newId('prompt');
    const outcomes = await Promise.allSettled([
      first!.people.prompt({ ...prompt, id: same }),
      second!.people.prompt({ ...prompt, id: same }),
      doomed!.people.prompt({ ...prompt, id: newId('prompt') }),
      bystander!.people.prompt({ ...prompt, id: newId('prompt') }),
    ]);
    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'sent' : outcome.reason.code)),
    ).toEqual([...['sent', 'conflict', 'not_found', 'sent']]);
  });

  it('[FD1] a row that a killed proxy left behind its log is put right, and a log that cannot be read stops nobody', async () => {
    const [id, broken] = [await world.newSession(), await world.newSession()];
    const turn = await world.beginTurn(id);
    say(id, turn, 'hello');
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    await db.q.updateTable('sessions').set({ head: 1, status: 'queued' }).where('id', '=', id).execute();
    await db.q
      .updateTable('session_events')
      .set({ body: '{"half' })
      .where('session_id', '=', broken)
      .execute();
    await db.q.updateTable('sessions').set({ status: 'thinking' }).where('id', '=', broken).execute();
    const hub = world.restart();
    await hub.start();
    const { live } = await hub.get(id);
    await (await hub.get(id)).people.change({});
    const row = (await world.store.get(id))!;
    expect([row.head, row.status]).toEqual([live.state.head.seq, 'thinking']);
  });

  it('[SE7] a workspace has so many sessions; the archived ones do not count', async () => {
    const base = await world.newSession();
    const row = (await db.q.selectFrom('sessions').selectAll().where('id', '=', base).executeTakeFirst())!;
    const more = Array.from({ length: MAX_SESSIONS_PER_WORKSPACE - 1 }, () => ({
      ...row,
      id: newId('session'),
    }));
    await db.q.insertInto('sessions').values(more).execute();
    await expect(world.newSession()).rejects.toMatchObject({ code: 'too_many' });
    await db.q.updateTable('sessions').set({ archived_at: 1 }).where('id', '=', base).execute();
    await world.newSession();
  });

  it('[FD1] a thousand events of a turn cost the feed a handful of rows', async () => {
    const id = await world.newSession();
    const count = async () =>
      (await db.q.selectFrom('feed').select('seq').where('row_id', '=', id).execute()).length;
    const turn = await world.beginTurn(id);
    for (let i = 0; i < 1000; i += 1) {
      const status = i % 2 ? ('done' as const) : ('running' as const);
      world.bridge.emit(id, { type: 'tool', turn, call: `c${i >> 1}`, title: 't', status });
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    world.bridge.emit(id, { type: 'turn_ended', turn, outcome: 'done', fault: null });
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    expect(await count()).toBeLessThan(20);
    const row = (await world.store.get(id))!;
    expect([row.status, row.head]).toEqual(['idle', await world.store.lastSeq(id)]);
  });

  it('[AG2] a log of 100,000 events is paged to its beginning; a device that is far behind gets the newest page', async () => {
    const id = await world.newSession();
    const body = JSON.stringify({
      type: 'text',
      turn: newId('prompt'),
      item: 'i',
      kind: 'message',
      text: 'hello',
    });
    for (let seq = 2; seq <= 100_000; seq += 5_000) {
      const last = Math.min(100_000, seq + 4_999);
      const rows = Array.from({ length: last - seq + 1 }, (_, i) => ({
        session_id: id,
        seq: seq + i,
        at: 1,
        body,
      }));
      await db.q.insertInto('session_events').values(rows).execute();
    }
    const socket = new FakeSocket();
    const session = await world.hub.get(id);
    session.audience.attach(socket, 17);
    await socket.until(() => socket.seqs().at(-1) === 100_000);
    expect(socket.seqs()).toHaveLength(EVENT_PAGE);
    let before = socket.seqs()[0]!;
    let seen = EVENT_PAGE;
    while (before > 1) {
      const page = await world.store.eventsBefore(id, before, EVENT_PAGE);
      expect(page.at(-1)!.seq).toBe(before - 1);
      before = page[0]!.seq;
      seen += page.length;
    }
    expect(seen).toBe(100_000);
  }, 60_000);
}
