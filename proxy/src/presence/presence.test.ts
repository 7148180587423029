import { type Connection, PRESENCE_STALE_MS, type SyncServerMessage, TYPING_MS } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/fake-clock.ts';
import { left, nobody, passed, spoke } from './fold.ts';
import { PresenceRooms } from './rooms.ts';

const NOW = 1_000_000;
const place = { workspaceId: null, terminalId: null };
const connection = (id: string, change: Partial<Connection> = {}): Connection => ({
  ...{
    id,
    userId: 'usr_a',
    name: 'A',
    device: 'laptop',
    status: 'online',
    place,
    typing: false,
    seenAt: NOW,
  },
  ...change,
});

describe('the fold of presence', () => {
  it('[PR1] takes who is silent for two minutes for offline, once, and back when they speak', () => {
    let { present } = spoke(nobody, connection('a'));
    expect(passed(present, NOW + PRESENCE_STALE_MS - 1).updates).toEqual([]);
    const stale = passed(present, NOW + PRESENCE_STALE_MS);
    expect(stale.updates.map(({ status }) => status)).toEqual(['offline']);
    expect(passed(stale.present, NOW + PRESENCE_STALE_MS * 2).updates).toEqual([]);
    ({ present } = spoke(stale.present, connection('a', { seenAt: NOW + PRESENCE_STALE_MS * 3 })));
    expect(present.get('a')?.status).toBe('online');
  });

  it('[PR1] believes that somebody types for so long as they say so', () => {
    const { present } = spoke(nobody, connection('a', { typing: true }));
    expect(passed(present, NOW + TYPING_MS - 1).updates).toEqual([]);
    expect(passed(present, NOW + TYPING_MS).updates).toEqual([connection('a')]);
  });

  it('[PR3] keeps two devices of one person apart, and changes nothing in place', () => {
    const one = spoke(nobody, connection('a')).present;
    const two = spoke(one, connection('b', { device: 'phone' })).present;
    expect([nobody.size, one.size, two.size, left(two, 'a').size]).toEqual([0, 1, 2, 1]);
  });
});

describe('a room', () => {
  const who = (id: string, userId = 'usr_a') => ({ id, userId, name: userId, device: 'laptop' as const });
  const setUp = () => {
    const clock = new FakeClock();
    const heard: Record<string, string[]> = {};
    const send = (name: string) => (message: SyncServerMessage) => {
      heard[name] ??= [];
      if (message.type === 'presence_sync')
        heard[name].push(`sync ${message.connections.map(({ id }) => id)}`);
      if (message.type === 'presence_update')
        heard[name].push(
          `${message.connection.id} ${message.connection.status} ${message.connection.typing}`,
        );
      if (message.type === 'presence_leave') heard[name].push(`${message.id} left`);
    };
    return { clock, heard, send, rooms: new PresenceRooms(clock) };
  };

  it('[PR2] tells the newcomer of everybody once, and the others of every change', () => {
    const { heard, send, rooms, clock } = setUp();
    const a = rooms.join('org', who('a'), send('a'));
    const b = rooms.join('org', who('b', 'usr_b'), send('b'));
    rooms.join('elsewhere', who('c'), send('c'));
    b.say({ status: 'idle', place, typing: true });
    clock.advance(TYPING_MS + 1_000);
    a.dispose();
    expect(heard).toEqual({
      a: ['sync a', 'b online false', 'b idle true', 'b idle false'],
      b: ['sync a,b', 'b idle false', 'a left'],
      c: ['sync c'],
    });
  });

  it('[PR3] gives a device that comes back its seat, and the socket that died later takes nothing away', () => {
    const { heard, send, rooms } = setUp();
    const old = rooms.join('org', who('a'), send('old'));
    old.say({ status: 'online', place: { workspaceId: 'wsp_x', terminalId: null }, typing: false });
    rooms.join('org', who('b', 'usr_b'), send('b'));
    const fresh = rooms.join('org', who('a'), send('new'));
    old.say({ status: 'idle', place, typing: false });
    old.dispose();
    expect(heard.b).toEqual(['sync a,b', 'a online false']);
    fresh.dispose();
    expect(heard.b?.at(-1)).toBe('a left');
  });

  it('refuses a connection id that another person has', () => {
    const { send, rooms } = setUp();
    rooms.join('org', who('a'), send('a'));
    expect(() => rooms.join('org', who('a', 'usr_b'), send('b'))).toThrow('taken');
  });
});
