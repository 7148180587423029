import type { Connection } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { type Connections, describeDevices, foldPresence, peopleOf } from './fold.ts';
import { placeOf } from './place.ts';

const connection = (id: string, userId: string, more: Partial<Connection> = {}): Connection => ({
  id,
  userId,
  name: userId === 'u1' ? 'Ana' : 'Bo',
  device: 'laptop',
  status: 'online',
  place: { workspaceId: 'w1', terminalId: null },
  typing: false,
  seenAt: 0,
  ...more,
});
const all = (...list: Connection[]): Connections => Object.fromEntries(list.map((one) => [one.id, one]));

describe('foldPresence', () => {
  it('[PR2] a sync replaces everybody; updates and leaves change one', () => {
    let now: Connections = all(connection('old', 'u9'));
    now = foldPresence(now, {
      type: 'presence_sync',
      connections: [connection('a', 'u1'), connection('b', 'u2')],
    });
    expect(Object.keys(now)).toEqual(['a', 'b']);
    now = foldPresence(now, { type: 'presence_update', connection: connection('b', 'u2', { typing: true }) });
    expect(now.b?.typing).toBe(true);
    now = foldPresence(now, { type: 'presence_leave', id: 'a' });
    now = foldPresence(now, { type: 'presence_leave', id: 'unknown' });
    expect(Object.keys(now)).toEqual(['b']);
  });
});

describe('peopleOf', () => {
  it('[PR3] a phone and a laptop are one person with two devices', () => {
    const people = peopleOf(
      all(
        connection('a', 'u1', { device: 'phone', status: 'idle' }),
        connection('b', 'u1', { typing: true }),
        connection('c', 'u1'),
      ),
    );
    expect(people).toMatchObject([
      {
        userId: 'u1',
        status: 'online',
        devices: ['laptop', 'phone'],
        typing: true,
        connections: [{}, {}, {}],
      },
    ]);
    expect(describeDevices(people[0]!.devices)).toBe('laptop and phone');
  });

  it('[PR1] who is offline is not here', () => {
    expect(peopleOf(all(connection('a', 'u1', { status: 'offline' })))).toEqual([]);
  });

  it('counts only what is within: typing elsewhere is not typing here', () => {
    const here = { workspaceId: 'w1', terminalId: 't1' };
    const everyone = all(
      connection('a', 'u1', { place: here }),
      connection('b', 'u1', {
        device: 'phone',
        place: { workspaceId: 'w2', terminalId: 't2' },
        typing: true,
      }),
      connection('c', 'u2', { place: { workspaceId: 'w1', terminalId: null } }),
    );
    expect(peopleOf(everyone, { terminalId: 't1' })).toMatchObject([
      { userId: 'u1', typing: false, devices: ['laptop'] },
    ]);
    expect(peopleOf(everyone, { workspaceId: 'w1' }).map(({ name }) => name)).toEqual(['Ana', 'Bo']);
  });
});

describe('placeOf', () => {
  const w = `wsp_${'0'.repeat(20)}`;
  const t = `trm_${'z'.repeat(20)}`;
  it('names workspace and terminal, and nothing that is no id', () => {
    const none = { terminalId: null, sessionId: null };
    const s = `ses_${'1'.repeat(20)}`;
    expect(placeOf(`/w/${w}/t/${t}`)).toEqual({ ...none, workspaceId: w, terminalId: t });
    expect(placeOf(`/w/${w}/s/${s}`)).toEqual({ ...none, workspaceId: w, sessionId: s });
    expect(placeOf(`/w/${w}`)).toEqual({ ...none, workspaceId: w });
    for (const path of ['/', '/settings/hosts', '/w/wsp_x', `/w/${w}l`]) {
      expect(placeOf(path)).toEqual({ ...none, workspaceId: null });
    }
  });
});
