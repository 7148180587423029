/** A conversation with a FAKE transport, by the test's clock. */
import { BRIDGE_LINE_CHARS } from '@porthole/shared/agent-limits';
import type { FromBridge, ToBridge } from '@porthole/shared/bridge';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CountingListener } from '../../test/agents-link-listener.ts';
import { FakeClock } from '../../test/fake-clock.ts';
import { newId } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import {
  Conversation,
  PING_MS,
  SILENT_MS,
  UNACKNOWLEDGED_CHARS,
  WAITING_CHARS,
  WELCOME_MS,
} from './links-conversation.ts';
import { LinkError, type Transport, TransportEvents } from './links-transport.ts';

class FakeTransport implements Transport {
  readonly events = new TransportEvents();
  readonly written: ToBridge[] = [];
  paused = false;
  closed = false;
  slow = false;
  onDrain = (listener: () => void) => this.events.drain.on(listener);
  onLine = (listener: (line: string) => void) => this.events.line.on(listener);
  onEnd = (listener: (why: LinkError) => void) => this.events.onEnd(listener);
  write(line: string): boolean {
    this.written.push(JSON.parse(line));
    return !this.slow;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  close(): void {
    this.closed = true;
  }
  say(message: FromBridge | object | string): void {
    this.events.line.fire(typeof message === 'string' ? message : JSON.stringify(message));
  }
}

const session = newId('session');
const welcome = {
  ...{ type: 'welcome', protocol: 1, build: 'b', bridge: 'log', first: 1, last: 0, sessions: [] },
};
const textEvent = (n: number, text: string) => ({
  ...{ type: 'event', n, session },
  event: { type: 'text', turn: newId('prompt'), item: 'i', kind: 'message', text },
});

let clock: FakeClock;
let transport: FakeTransport;
let listener: CountingListener;
let conversation: Conversation;
let ended: LinkError[];

beforeEach(async () => {
  clock = new FakeClock();
  transport = new FakeTransport();
  listener = new CountingListener();
  ended = [];
  conversation = new Conversation({
    ...{ transport, listener, clock, build: 'b', log: silentLogger, workspaceId: newId('workspace') },
    onWelcome: () => {},
    onEnd: (why) => ended.push(why),
  });
  await Promise.resolve();
  await Promise.resolve();
});

const codes = () => ended.map(({ fault }) => fault.code);

describe('a conversation with a bridge', () => {
  it('[AG4] says hello with its place first, and nothing else before the welcome', () => {
    expect(transport.written).toMatchObject([
      { type: 'hello', protocol: 1, bridge: null, stored: 0, build: 'b' },
    ]);
    expect(conversation.send({ type: 'ack', stored: 1 })).toBe(false);
    transport.say(welcome);
    expect(listener.welcomes).toHaveLength(1);
    expect(conversation.send({ type: 'ack', stored: 1 })).toBe(true);
    expect(transport.written.at(-1)).toEqual({ type: 'ack', stored: 1 });
  });

  it.each([
    ['an event', textEvent(1, 'x')],
    [
      'a delta',
      { type: 'delta', session, turn: newId('prompt'), item: 'i', kind: 'message', at: 0, text: 'x' },
    ],
  ])('[W3] ends over %s before the welcome', (_, message) => {
    transport.say(message);
    expect(codes()).toEqual(['agent_protocol']);
    expect([transport.closed, listener.events]).toEqual([true, []]);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['no type', '{}'],
    ['a message of the wrong shape', '{"type":"welcome"}'],
    ['an event without a number', '{"type":"event","session":"x"}'],
    ['another protocol', JSON.stringify({ ...welcome, protocol: 2 })],
  ])('[SE5] [W3] ends over %s with a named fault, once', (_, line) => {
    transport.say(line);
    transport.say(line);
    transport.events.end(new LinkError('internal', 'later'));
    expect(codes()).toEqual(['agent_protocol']);
    expect(transport.closed).toBe(true);
  });

  it('[AG1] keeps the place of an event that it cannot read, and passes over messages of a newer bridge', () => {
    transport.say(welcome);
    transport.say({ type: 'from_the_future', x: 1 });
    transport.say({ type: 'event', n: 1, session, event: { type: 'hologram', light: 3 } });
    transport.say({ type: 'event', n: 2, session, event: { type: 'text', text: 5 } });
    expect(listener.events.map(({ n, event }) => [n, event])).toEqual([
      [1, { type: 'hologram' }],
      [2, { type: 'overflow', dropped: 1 }],
    ]);
    expect(ended).toEqual([]);
  });

  it('[SE7] does not fill the server’s log with what is wrong with a machine', () => {
    const warned: unknown[] = [];
    const log = { ...silentLogger, warn: (what: unknown) => void warned.push(what) };
    const wire = new FakeTransport();
    const heard = new CountingListener();
    const talk = new Conversation({
      ...{ transport: wire, listener: heard, clock, build: 'b', log, workspaceId: newId('workspace') },
      onWelcome: () => {},
      onEnd: () => {},
    });
    wire.say(welcome);
    for (let n = 1; n <= 1_000; n += 1)
      wire.say({ type: 'event', n, session, event: { type: 'text', text: 5 } });
    expect(heard.events).toHaveLength(1_000);
    expect(warned.length).toBeGreaterThan(0);
    expect(warned.length).toBeLessThan(50);
    talk.close();
  });

  it('gives up a bridge that does not welcome it', () => {
    clock.advance(WELCOME_MS);
    expect(codes()).toEqual(['machine_unreachable']);
  });

  it('says why the bridge would not have it', () => {
    transport.say({
      type: 'refused',
      session: null,
      fault: { code: 'limit', message: 'full', details: null },
    });
    expect(codes()).toEqual(['limit']);
  });

  it('[AG6c] takes the goodbye of a bridge of another protocol for no failure: it is there again soon', () => {
    transport.say({ type: 'leaving', session: null, prompt: null, of: 'a later version' });
    expect(ended).toMatchObject([{ soon: true, fault: { code: 'machine_unreachable' } }]);
    expect(transport.closed).toBe(true);
  });

  it('[AG6c] goes on with a bridge that leaves until it has ended, and says which prompt it did not begin', () => {
    const prompt = newId('prompt');
    transport.say(welcome);
    transport.say({ type: 'leaving', session: null, prompt: null });
    transport.say({ type: 'leaving', session, prompt });
    transport.say(textEvent(1, 'still here'));
    expect([listener.leaving, listener.events.length, ended]).toEqual([[null, prompt], 1, []]);
    transport.events.end(new LinkError('machine_unreachable', 'The way ended.'));
    expect(ended).toMatchObject([{ soon: true }]);
  });

  it('[W4] finds a silent bridge within 40 s, and takes any line for a sign of life', () => {
    transport.say(welcome);
    for (let i = 0; i < 10; i += 1) {
      clock.advance(PING_MS);
      const ping = transport.written.at(-1);
      expect(ping).toMatchObject({ type: 'ping' });
      transport.say({ type: 'pong', id: (ping as { id: number }).id });
    }
    expect(ended).toEqual([]);
    clock.advance(SILENT_MS + PING_MS);
    expect(codes()).toEqual(['machine_unreachable']);
    expect(SILENT_MS).toBeLessThanOrEqual(40_000);
  });

  it('[SE7] has a bridge wait that is faster than what is stored, and does not take that for silence', () => {
    listener.acknowledges = false;
    transport.say(welcome);
    const text = 'x'.repeat(500_000);
    let n = 0;
    while (!transport.paused) transport.say(textEvent(++n, text));
    expect(n * text.length).toBeLessThan(UNACKNOWLEDGED_CHARS + 2 * text.length);
    clock.advance(10 * SILENT_MS);
    expect(ended).toEqual([]);
    conversation.send({ type: 'ack', stored: Math.floor(n / 4) });
    expect(transport.paused).toBe(true);
    conversation.send({ type: 'ack', stored: n });
    expect(transport.paused).toBe(false);
    clock.advance(SILENT_MS - PING_MS);
    expect(ended).toEqual([]);
  });

  it('[SE7] waits for a bridge that is slow to read, in order, up to a bound', () => {
    transport.say(welcome);
    transport.slow = true;
    const close = (name: string) =>
      conversation.send({ type: 'answer', session, request: name, option: 'o' });
    for (const name of ['a', 'b', 'c']) close(name);
    expect(transport.written).toHaveLength(2);
    transport.slow = false;
    transport.events.drain.fire();
    expect(transport.written.slice(1)).toMatchObject([{ request: 'a' }, { request: 'b' }, { request: 'c' }]);
    transport.slow = true;
    const large = 'x'.repeat(BRIDGE_LINE_CHARS - 1_000);
    let sent = 0;
    while (close(large)) sent += 1;
    expect(sent * large.length).toBeLessThanOrEqual(WAITING_CHARS + large.length);
    expect(codes()).toEqual(['machine_unreachable']);
  });

  it('[SE7] does not send a line that is too long, and says so to its session', () => {
    transport.say(welcome);
    const request = 'x'.repeat(BRIDGE_LINE_CHARS);
    expect(conversation.send({ type: 'answer', session, request, option: 'o' })).toBe(true);
    expect(listener.refusals).toEqual([{ session, code: 'limit' }]);
    expect([ended, transport.written]).toMatchObject([[], [{ type: 'hello' }]]);
  });

  it('ends when the log cannot be read, and when its listener fails', async () => {
    listener.onWelcome = () => {
      throw new Error('a bad listener');
    };
    transport.say(welcome);
    expect(codes()).toEqual(['internal']);
  });

  it('[SE5] [W3] takes any lines at all: the listener hears messages of the right shape, or the end has a name', () => {
    const turn = newId('prompt');
    const valid = [
      welcome,
      textEvent(1, 'x'),
      { type: 'delta', session, turn, item: 'i', kind: 'message', at: 0, text: 'x' },
      { type: 'session', session, agentSession: 'a' },
      { type: 'refused', session, fault: { code: 'limit', message: 'm', details: null } },
      { type: 'pong', id: 1 },
    ];
    const junk = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.jsonValue(),
      fc.constant('__proto__'),
    );
    const mutated = fc
      .constantFrom(...valid)
      .chain((message) =>
        fc
          .tuple(fc.constantFrom(...Object.keys(message), 'extra'), junk)
          .map(([key, value]) => ({ ...message, [key]: value })),
      );
    const line = fc.oneof(
      fc.constantFrom<object>(...valid).map((message) => JSON.stringify(message)),
      mutated.map((message) => JSON.stringify(message)),
      fc.json(),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const ends: LinkError[] = [];
        const wire = new FakeTransport();
        const hears = new CountingListener();
        const talk = new Conversation({
          ...{ transport: wire, listener: hears, clock, build: 'b', log: silentLogger },
          workspaceId: newId('workspace'),
          onWelcome: () => {},
          onEnd: (why) => ends.push(why),
        });
        for (const each of lines) wire.say(each);
        expect(ends.length).toBeLessThanOrEqual(1);
        for (const { fault } of ends) expect(['agent_protocol', 'limit']).toContain(fault.code);
        if (hears.welcomes.length === 0) expect([...hears.events, ...hears.deltas]).toEqual([]);
        for (const { n, event } of hears.events)
          expect([typeof n, typeof event.type]).toEqual(['number', 'string']);
        talk.close();
      }),
      { numRuns: 100 },
    );
  });
});
