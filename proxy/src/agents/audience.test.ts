import { EVENT_PAGE, MAX_VIEWERS_PER_SESSION, VIEWER_BACKLOG_BYTES } from '@porthole/shared/agent-limits';
import { describe, expect, it } from 'vitest';
import { FakeSocket } from '../../test/agents-kit.ts';
import { Audience } from './audience.ts';
import type { LoggedEvent } from './event-log.ts';
import { Partials } from './partials.ts';
import { type StoredEvent, wireOf } from './store.ts';

/** A log in memory, and who looks at it. */
function session() {
  let note: string | null = null;
  const stored: StoredEvent[] = [];
  const partials = new Partials();
  const audience = new Audience({
    head: () => stored.length,
    partials: () => partials.all(),
    note: () => note,
    eventsAfter: async (after, limit) => {
      await new Promise(setImmediate);
      return stored.slice(after, after + limit);
    },
    onFault: (error) => {
      throw error;
    },
  });
  const append = (count: number, text = 'x') => {
    const events: LoggedEvent[] = [];
    for (let i = 0; i < count; i += 1) {
      const body = JSON.stringify({ type: 'text', turn: 't', item: 'i', kind: 'message', text });
      const each = { seq: stored.length + 1, at: 1, body };
      stored.push(each);
      events.push({ event: JSON.parse(wireOf(each)), wire: wireOf(each) });
    }
    audience.deliver(events);
  };
  const say = (at: number, text: string) => {
    const delta = { turn: 't', item: 'live', kind: 'message' as const, at, text };
    partials.apply(delta);
    audience.delta(delta);
  };
  const reach = (now: string | null) => {
    note = now;
    audience.onNote(now);
  };
  return { audience, append, say, reach, stored, partials };
}
const deltas = (socket: FakeSocket) =>
  socket.frames.map((frame) => JSON.parse(frame)).filter(({ type }) => type === 'delta');
const gapless = (socket: FakeSocket) => {
  const seqs = socket.seqs();
  expect(seqs).toEqual(seqs.map((_, i) => seqs[0]! + i));
};

describe('who looks at a session', () => {
  it('[AG2] is sent the newest page, or what follows what it has', async () => {
    const { audience, append } = session();
    append(1200);
    for (const [after, from] of [
      [null, 1200 - EVENT_PAGE + 1],
      [3, 1200 - EVENT_PAGE + 1],
      [1200 - EVENT_PAGE, 1200 - EVENT_PAGE + 1],
      [1190, 1191],
      [1200, 1201],
      [5000, 1200 - EVENT_PAGE + 1],
    ] as const) {
      const socket = new FakeSocket();
      audience.attach(socket, after);
      expect(JSON.parse(socket.frames[0]!)).toEqual({ type: 'attached', from, head: 1200, partials: [] });
      if (from <= 1200) await socket.until(() => socket.seqs().at(-1) === 1200);
      expect(socket.seqs()[0]).toBe(from <= 1200 ? from : undefined);
      gapless(socket);
    }
  });

  it('[AG1] misses nothing that comes while its page is read', async () => {
    const { audience, append } = session();
    append(100);
    const socket = new FakeSocket();
    audience.attach(socket, 0);
    append(3);
    await new Promise(setImmediate);
    append(3);
    await socket.until(() => socket.seqs().at(-1) === 106);
    append(1);
    expect(socket.seqs()).toHaveLength(107);
    gapless(socket);
  });

  it('[AG3] a slow one gets no deltas, costs a bounded amount, holds up nobody, and is caught up when it reads', async () => {
    const { audience, append, say } = session();
    const [slow, quick] = [new FakeSocket(), new FakeSocket()];
    for (const socket of [slow, quick]) audience.attach(socket, null);
    slow.reads = false;
    const text = 'x'.repeat(10_000);
    for (let i = 0; i < 1000; i += 1) append(1, text);
    say(0, 'never seen by the slow one');
    expect(quick.seqs()).toHaveLength(1000);
    expect(deltas(quick)).toHaveLength(1);
    expect(slow.buffered).toBeLessThan(VIEWER_BACKLOG_BYTES + 2 * text.length);
    expect(deltas(slow)).toHaveLength(0);
    slow.readAll();
    await slow.until(() => slow.seqs().at(-1) === 1000 && deltas(slow).length > 0);
    gapless(slow);
    expect(deltas(slow)[0]).toMatchObject({ at: 0, text: 'never seen by the slow one' });
    append(1);
    expect(slow.seqs()).toHaveLength(1001);
  });

  it('[SE7] are so many at the most; one that leaves makes room', () => {
    const { audience } = session();
    const seats = Array.from({ length: MAX_VIEWERS_PER_SESSION }, () =>
      audience.attach(new FakeSocket(), null),
    );
    expect(() => audience.attach(new FakeSocket(), null)).toThrow('at most');
    seats[0]!.dispose();
    audience.attach(new FakeSocket(), null);
    expect(audience.size).toBe(MAX_VIEWERS_PER_SESSION);
  });

  it('[AG3] fifty see the same text grow, and the same events', () => {
    const { audience, append, say } = session();
    const sockets = Array.from({ length: 50 }, () => new FakeSocket());
    for (const socket of sockets) audience.attach(socket, null);
    for (let i = 0; i < 20; i += 1) {
      say(i * 3, 'abc');
      append(2);
    }
    for (const socket of sockets) expect(socket.frames).toEqual(sockets[0]!.frames);
    expect(sockets[0]!.seqs()).toHaveLength(40);
    expect(deltas(sockets[0]!)).toHaveLength(20);
  });

  it('[AG6] hears what is done to reach the machine, and who comes meanwhile hears it too', () => {
    const { audience, reach } = session();
    const notes = (socket: FakeSocket) =>
      socket.frames.map((frame) => JSON.parse(frame)).flatMap((m) => (m.type === 'link' ? [m.note] : []));
    const [first, second, third] = [new FakeSocket(), new FakeSocket(), new FakeSocket()];
    audience.attach(first, null);
    reach('Starting the machine');
    audience.attach(second, null);
    reach('Installing the bridge');
    reach(null);
    audience.attach(third, null);
    expect(notes(first)).toEqual(['Starting the machine', 'Installing the bridge', null]);
    expect(notes(second)).toEqual(notes(first));
    expect(notes(third)).toEqual([]);
  });
});
