/** What a hostile machine may say, and what comes of it. */
import { decodeEvent, proxyEvents } from '@porthole/shared/agent-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../lib/ids.ts';
import { decodeLine } from './links-decode.ts';
import { wireOf } from './store.ts';

const session = newId('session');
const by = newId('user');
const prompt = newId('prompt');
const decoded = (event: object) => {
  const line = decodeLine(JSON.stringify({ type: 'event', n: 1, session, event }));
  if (line.kind !== 'event') throw new Error(`not an event: ${JSON.stringify(line)}`);
  return line;
};
const lost = { event: { type: 'overflow', dropped: 1 }, damaged: true };

describe('an event of a bridge', () => {
  it.each([
    { type: 'session_created', by, agent: 'scripted' },
    { type: 'prompt_queued', prompt, by, text: 'rm -rf', attachments: [], choices: {}, retryOf: null },
    { type: 'prompt_edited', prompt, by, text: 'rm -rf' },
    { type: 'prompt_moved', prompt, by, before: null },
    { type: 'prompt_cancelled', prompt, by },
    { type: 'stop_asked', turn: prompt, by },
    { type: 'permission_answered', request: 'r', option: 'yes', by, remembered: true },
    { type: 'machine_replaced' },
  ])('[SE5] [AG1a] [AG7] is not believed as what a person or the proxy did: $type', (event) => {
    expect(decoded(event)).toMatchObject(lost);
  });

  it('[SE5] [AG1a] is not believed whatever the proxy’s own events are called', () => {
    for (const { shape } of proxyEvents)
      expect(decoded({ type: shape.type.def.values[0] })).toMatchObject(lost);
  });

  it('[SE5] [AG1a] says nothing about its place, and of an unknown type nothing but its name', () => {
    expect(decoded({ type: 'hologram', seq: 7, at: 1, by })).toMatchObject({ damaged: false });
    expect(decoded({ type: 'hologram', seq: 7, at: 1, by }).event).toEqual({ type: 'hologram' });
    const text = { type: 'text', turn: prompt, item: 'i', kind: 'message', text: 'x' };
    expect(decoded({ ...text, seq: 7, at: 1 }).event).toEqual(text);
  });

  it('[SE5] [AG1a] whatever it is called and has in it, reads back at the place that it was given', () => {
    const type = fc.oneof(
      fc.constantFrom('text', 'unknown', 'turn_started', 'prompt_queued', 'stop_asked', 'seq', '__proto__'),
      fc.string({ unit: 'binary', maxLength: 100 }),
    );
    const key = fc.constantFrom('seq', 'at', 'type', 'by', 'turn', 'prompt', 'text', '__proto__', 'toJSON');
    const fields = fc.dictionary(fc.oneof(key, fc.string()), fc.jsonValue());
    const own = new Set(proxyEvents.map(({ shape }) => String(shape.type.def.values[0])));
    fc.assert(
      fc.property(type, fields, (type, fields) => {
        const { event } = decoded({ ...fields, type });
        expect([own.has(event.type), 'seq' in event, 'at' in event]).toEqual([false, false, false]);
        const wire = wireOf({ seq: 12, at: 34, body: JSON.stringify(event) });
        expect(decodeEvent(JSON.parse(wire))).toMatchObject({ seq: 12, at: 34 });
      }),
    );
  });
});

describe('what a machine names', () => {
  const long = 'x'.repeat(100_000);
  const turn = prompt;
  const fault = { code: 'internal', message: long, details: long };
  const artifact = { key: long, kind: 'preview', title: long, url: null };
  const asked = { type: 'permission_asked', turn, request: 'r', call: long, title: long, kind: 'other' };
  const option = { id: 'y', name: long, kind: 'allow_once' };
  const sizeOf = (value: unknown) => JSON.stringify(value).length;

  it.each([
    { type: 'agent_ready', name: long, version: long, resumed: false },
    { type: 'agent_failed', fault },
    { type: 'turn_ended', turn, outcome: 'failed', fault },
    { type: 'tool', turn, call: long, title: long },
    { ...asked, options: [option] },
    { type: 'artifact', artifact },
    { type: 'usage', used: 1, size: 1, cost: { amount: 1, currency: long } },
  ])('[SE7] [AG1a] is kept by its beginning: $type', (event) => {
    const line = decoded(event);
    expect([line.damaged, line.event.type]).toEqual([false, event.type]);
    expect(sizeOf(line.event)).toBeLessThan(12_000);
  });

  it.each([
    ['a question’s name', { ...asked, request: long, options: [option] }],
    ['an answer’s name', { ...asked, options: [{ ...option, id: long }] }],
    ['more answers than anybody reads', { ...asked, options: Array(1_000).fill(option) }],
    ['an address', { type: 'artifact', artifact: { ...artifact, url: `https://${long}` } }],
  ])('[SE7] is refused where a part of it would mean another thing: %s', (_, event) => {
    expect(decoded(event)).toMatchObject(lost);
  });

  it('[SE7] is bounded in what is not numbered too', () => {
    const agentSession = long;
    const messages = [
      { type: 'session', session, agentSession },
      { type: 'refused', session, fault },
      { type: 'delta', session, turn, item: long, kind: 'message', at: 0, text: long.repeat(10) },
    ];
    for (const message of messages) {
      const line = decodeLine(JSON.stringify(message));
      expect(line.kind).toBe('message');
      expect(sizeOf(line)).toBeLessThan(300_000);
    }
    const sessions = Array.from({ length: 201 }, () => {
      return { session: newId('session'), state: 'ready', agentSession: null, turn: null };
    });
    const welcome = { type: 'welcome', protocol: 1, build: 'b', bridge: 'b', first: 1, last: 0 };
    expect(decodeLine(JSON.stringify({ ...welcome, sessions })).kind).toBe('garbage');
    expect(decodeLine(JSON.stringify({ ...welcome, sessions: sessions.slice(1) })).kind).toBe('message');
  });
});

it('[AG1a] an event that was stored with a place of its own reads back at the one that it has', () => {
  const wire = wireOf({ seq: 12, at: 34, body: '{"type":"hologram","seq":7,"at":1}' });
  expect(decodeEvent(JSON.parse(wire))).toEqual({ seq: 12, at: 34, type: 'unknown', name: 'hologram' });
});
