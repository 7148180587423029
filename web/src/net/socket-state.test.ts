/** Every state × every event, in one table: a missing cell does not compile. */
import { CloseCode, PING_EVERY_MS, RECONNECT_DELAYS_MS, SOCKET_DEAD_MS } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import {
  CONNECT_TIMEOUT_MS,
  deadline,
  LATE_MS,
  PROBE_MS,
  type SocketEffect,
  type SocketEvent,
  type SocketState,
  STABLE_MS,
  step,
  WAKE_PATIENCE_MS,
} from './socket-state.ts';

const T = 1_000_000;

const STATES = {
  idle: { name: 'idle' },
  connecting: { name: 'connecting', attempt: 0, since: T - 2 * WAKE_PATIENCE_MS },
  'connecting, just now': { name: 'connecting', attempt: 2, since: T },
  'connecting, too slow': { name: 'connecting', attempt: 1, since: T - CONNECT_TIMEOUT_MS },
  'connecting, last': { name: 'connecting', attempt: 4, since: T - CONNECT_TIMEOUT_MS },
  open: { name: 'open', attempt: 3, since: T - STABLE_MS, pingAt: T + 1, answerBy: null },
  'open, young': { name: 'open', attempt: 1, since: T - 1, pingAt: T + 1, answerBy: null },
  'open, ping due': { name: 'open', attempt: 0, since: 0, pingAt: T, answerBy: null },
  'open, woken late': { name: 'open', attempt: 0, since: 0, pingAt: T - LATE_MS - 1, answerBy: null },
  'open, asked': { name: 'open', attempt: 0, since: 0, pingAt: T + 9_000, answerBy: T + 5_000 },
  'open, silent': { name: 'open', attempt: 0, since: 0, pingAt: T + 9_000, answerBy: T },
  waiting: { name: 'waiting', attempt: 3, until: T + 1 },
  'waiting, due': { name: 'waiting', attempt: 3, until: T },
  lost: { name: 'lost' },
  closed: { name: 'closed', code: CloseCode.unauthorized, reason: 'unauthenticated' },
  stopped: { name: 'stopped' },
} as const satisfies Record<string, SocketState>;

const EVENTS = {
  start: { type: 'start' },
  ask: { type: 'ask' },
  wake: { type: 'wake' },
  opened: { type: 'opened' },
  heard: { type: 'heard' },
  failed: { type: 'failed', code: 1006, reason: '' },
  refused: { type: 'failed', code: CloseCode.forbidden, reason: 'forbidden' },
  tick: { type: 'tick' },
  stop: { type: 'stop' },
} as const satisfies Record<string, SocketEvent>;

type Cell = 'same' | [SocketState, ...SocketEffect[]];
type StateName = keyof typeof STATES;
type EventName = keyof typeof EVENTS;

const REPLY = SOCKET_DEAD_MS - PING_EVERY_MS;
const connecting = (attempt: number): SocketState => ({ name: 'connecting', attempt, since: T });
const waiting = (attempt: number): SocketState => ({
  name: 'waiting',
  attempt,
  until: T + RECONNECT_DELAYS_MS[attempt - 1]!,
});
const opened = (attempt: number): SocketState => ({
  name: 'open',
  attempt,
  since: T,
  pingAt: T + PING_EVERY_MS,
  answerBy: T + REPLY,
});
const pinged = (from: StateName, answerBy: number): SocketState =>
  ({ ...STATES[from], pingAt: T + PING_EVERY_MS, answerBy }) as SocketState;
const lost: SocketState = { name: 'lost' };
const refused: SocketState = { name: 'closed', code: CloseCode.forbidden, reason: 'forbidden' };
const stopped: SocketState = { name: 'stopped' };

const quiet = { start: 'same', opened: 'same', heard: 'same' } as const;
const detached = { ...quiet, failed: 'same', refused: 'same', tick: 'same' } as const;

const TABLE: Record<StateName, Record<EventName, Cell>> = {
  idle: { ...detached, start: [connecting(0), 'connect'], ask: 'same', wake: 'same', stop: [stopped] },
  connecting: {
    ...quiet,
    opened: [opened(0), 'hello', 'ping'],
    ask: [connecting(1), 'drop', 'connect'],
    wake: [connecting(1), 'drop', 'connect'],
    failed: [connecting(1), 'connect'],
    refused: [refused],
    tick: 'same',
    stop: [stopped, 'drop'],
  },
  'connecting, just now': {
    ...quiet,
    opened: [opened(2), 'hello', 'ping'],
    ask: 'same',
    wake: 'same',
    failed: [waiting(3)],
    refused: [refused],
    tick: 'same',
    stop: [stopped, 'drop'],
  },
  'connecting, too slow': {
    ...quiet,
    opened: [opened(1), 'hello', 'ping'],
    ask: [connecting(1), 'drop', 'connect'],
    wake: [connecting(1), 'drop', 'connect'],
    failed: [waiting(2)],
    refused: [refused],
    tick: [waiting(2), 'drop'],
    stop: [stopped, 'drop'],
  },
  'connecting, last': {
    ...quiet,
    opened: [opened(4), 'hello', 'ping'],
    ask: [connecting(1), 'drop', 'connect'],
    wake: [connecting(1), 'drop', 'connect'],
    failed: [lost],
    refused: [refused],
    tick: [lost, 'drop'],
    stop: [stopped, 'drop'],
  },
  open: {
    ...quiet,
    ask: [pinged('open', T + PROBE_MS), 'ping'],
    wake: [pinged('open', T + PROBE_MS), 'ping'],
    failed: [connecting(1), 'connect'],
    refused: [refused],
    tick: 'same',
    stop: [stopped, 'drop'],
  },
  'open, young': {
    ...quiet,
    ask: [pinged('open, young', T + PROBE_MS), 'ping'],
    wake: [pinged('open, young', T + PROBE_MS), 'ping'],
    failed: [waiting(2)],
    refused: [refused],
    tick: 'same',
    stop: [stopped, 'drop'],
  },
  'open, ping due': {
    ...quiet,
    ask: [pinged('open, ping due', T + PROBE_MS), 'ping'],
    wake: [pinged('open, ping due', T + PROBE_MS), 'ping'],
    failed: [connecting(1), 'connect'],
    refused: [refused],
    tick: [pinged('open, ping due', T + REPLY), 'ping'],
    stop: [stopped, 'drop'],
  },
  'open, woken late': {
    ...quiet,
    ask: [pinged('open, woken late', T + PROBE_MS), 'ping'],
    wake: [pinged('open, woken late', T + PROBE_MS), 'ping'],
    failed: [connecting(1), 'connect'],
    refused: [refused],
    tick: [pinged('open, woken late', T + PROBE_MS), 'ping'],
    stop: [stopped, 'drop'],
  },
  'open, asked': {
    ...quiet,
    heard: [{ ...STATES['open, asked'], answerBy: null }],
    ask: [pinged('open, asked', T + PROBE_MS), 'ping'],
    wake: [pinged('open, asked', T + PROBE_MS), 'ping'],
    failed: [connecting(1), 'connect'],
    refused: [refused],
    tick: 'same',
    stop: [stopped, 'drop'],
  },
  'open, silent': {
    ...quiet,
    heard: [{ ...STATES['open, silent'], answerBy: null }],
    ask: [pinged('open, silent', T), 'ping'],
    wake: [pinged('open, silent', T), 'ping'],
    failed: [connecting(1), 'connect'],
    refused: [refused],
    tick: [connecting(1), 'drop', 'connect'],
    stop: [stopped, 'drop'],
  },
  waiting: {
    ...detached,
    ask: [connecting(1), 'connect'],
    wake: [connecting(1), 'connect'],
    stop: [stopped],
  },
  'waiting, due': {
    ...detached,
    ask: [connecting(1), 'connect'],
    wake: [connecting(1), 'connect'],
    tick: [connecting(3), 'connect'],
    stop: [stopped],
  },
  lost: {
    ...detached,
    ask: [connecting(1), 'connect'],
    wake: [connecting(1), 'connect'],
    stop: [stopped],
  },
  closed: { ...detached, ask: [connecting(1), 'connect'], wake: 'same', stop: [stopped] },
  stopped: { ...detached, ask: 'same', wake: 'same', stop: [stopped] },
};

describe('[TR10] the socket, state by event', () => {
  for (const [name, row] of Object.entries(TABLE) as [StateName, Record<EventName, Cell>][])
    for (const [event, cell] of Object.entries(row) as [EventName, Cell][])
      it(`${name} × ${event}`, () => {
        const result = step(STATES[name], EVENTS[event], T);
        const [state, ...effects] = cell === 'same' ? [STATES[name]] : cell;
        expect(result).toEqual({ state, effects });
      });
});

describe('[TR10] attempts', () => {
  it('come at once, after 1, 3 and 10 s, and then no more', () => {
    let state: SocketState = { name: 'connecting', attempt: 0, since: T };
    const delays: number[] = [];
    for (let now = T; state.name === 'connecting'; ) {
      const failed: SocketState = step(state, EVENTS.failed, now).state;
      if (failed.name === 'waiting') {
        delays.push(failed.until - now);
        now = failed.until;
        state = step(failed, { type: 'tick' }, now).state;
      } else {
        if (failed.name === 'connecting') delays.push(0);
        state = failed;
      }
    }
    expect(delays).toEqual([...RECONNECT_DELAYS_MS]);
    expect(state).toEqual({ name: 'lost' });
  });

  it.each([
    CloseCode.protocolError,
    CloseCode.unauthorized,
    CloseCode.forbidden,
    CloseCode.notFound,
    CloseCode.versionMismatch,
  ])('are not made after close code %i', (code) => {
    const { state } = step(STATES.open, { type: 'failed', code, reason: 'why' }, T);
    expect(state).toEqual({ name: 'closed', code, reason: 'why' });
  });

  it.each([CloseCode.goingAway, CloseCode.silent, CloseCode.tooMuch])('are made after %i', (code) => {
    expect(step(STATES.open, { type: 'failed', code, reason: '' }, T).state.name).toBe('connecting');
  });

  it('have a time at which something happens in every state that is on its way', () => {
    for (const state of Object.values(STATES)) {
      const onItsWay = ['connecting', 'open', 'waiting'].includes(state.name);
      expect(deadline(state) !== null).toBe(onItsWay);
    }
  });
});
