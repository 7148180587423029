/** Messages recorded from released versions: they decode for ever, or the protocol version is raised. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { decodeEvent, SessionEventBody } from '../src/agent-events.ts';
import {
  decodeText,
  SyncClientMessage,
  SyncServerMessage,
  TerminalClientMessage,
  TerminalServerMessage,
} from '../src/index.ts';
import { SessionClientMessage, SessionServerMessage } from '../src/session-socket.ts';

const released = JSON.parse(readFileSync(new URL('./released/v1.json', import.meta.url), 'utf8')) as Record<
  string,
  { type: string }[]
>;

const sockets = {
  terminalClient: TerminalClientMessage,
  terminalServer: TerminalServerMessage,
  syncClient: SyncClientMessage,
  syncServer: SyncServerMessage,
  sessionClient: SessionClientMessage,
  sessionServer: SessionServerMessage,
};

describe.each(Object.entries(sockets))('%s', (name, schema) => {
  const messages = released[name] ?? [];

  it.each(messages.map((message, i) => [`${message.type} ${i}`, message] as const))(
    '[W1] decodes a released %s unchanged',
    (_, message) => {
      expect(decodeText(schema, JSON.stringify(message))).toEqual({ ok: true, message });
    },
  );

  it('[W1] has a recording of every type', () => {
    const types = schema.def.options.map((option) => option.def.shape.type.def.values[0]);
    expect(new Set(messages.map((message) => message.type))).toEqual(new Set(types));
  });

  it('[W6] drops unknown keys and refuses unknown types', () => {
    const message = messages[0];
    expect(decodeText(schema, JSON.stringify({ ...message, later: 1 }))).toEqual({ ok: true, message });
    expect(decodeText(schema, '{"type":"later"}')).toMatchObject({ ok: false, code: 'bad_frame' });
  });

  it('[W3] names what is wrong with a frame', () => {
    expect(decodeText(schema, '{')).toEqual({ ok: false, code: 'bad_frame', reason: 'not JSON' });
    expect(decodeText(schema, 'null')).toMatchObject({ ok: false, code: 'bad_frame' });
    expect(decodeText(schema, ' '.repeat(70_000))).toMatchObject({ ok: false, code: 'too_large' });
  });
});

describe('stored events of sessions', () => {
  const events = released.storedEvents ?? [];

  it.each(events.map((event, i) => [`${event.type} ${i}`, event] as const))(
    '[AG1] decodes a stored %s unchanged',
    (_, event) => {
      expect(decodeEvent({ seq: 7, at: 1, ...event })).toEqual({ seq: 7, at: 1, ...event });
    },
  );

  it('[AG1] has a recording of every type', () => {
    const types = SessionEventBody.def.options.map((option) => option.def.shape.type.def.values[0]);
    expect(new Set(events.map((event) => event.type))).toEqual(new Set(types));
  });

  it('[AG1] keeps the place of what is not known, or known differently', () => {
    const unknown = { seq: 7, at: 1, type: 'unknown', name: 'later' };
    expect(decodeEvent({ seq: 7, at: 1, type: 'later', more: 1 })).toEqual(unknown);
    expect(decodeEvent({ seq: 7, at: 1, type: 'text' })).toEqual({ ...unknown, name: 'text' });
    expect(decodeEvent({ seq: 0, at: 1, type: 'text' })).toBeNull();
  });
});

it('[W3] says where in the message the fault is', () => {
  const decoded = decodeText(z.object({ a: z.object({ b: z.int() }) }), '{"a":{"b":"x"}}');
  expect(decoded).toMatchObject({ ok: false, reason: expect.stringMatching(/^a\.b: /) });
});
