/** A viewer of an agent session without a screen: counts events and deltas, and says when each came. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { decodeText, idFromBytes, PROTOCOL_VERSION } from '@porthole/shared';
import { SCRIPTED_AGENT } from '@porthole/shared/agents';
import { endpoints } from '@porthole/shared/http';
import { SessionServerMessage } from '@porthole/shared/session-socket';
import WebSocket from 'ws';
import type { Api } from '../lib/api.ts';

type Message<T extends SessionServerMessage['type']> = Extract<SessionServerMessage, { type: T }>;
type SentEvent = Message<'events'>['events'][number];

/** Frames are up to a page of events. */
const FRAME_CHARS = 16 * 1024 * 1024;

export const newId = (kind: 'session' | 'prompt') => idFromBytes(kind, randomBytes(20));

export class SessionClient {
  events = 0;
  onEvents: (events: readonly SentEvent[]) => void = () => {};
  onDelta: (delta: Message<'delta'>) => void = () => {};

  private constructor(
    readonly socket: WebSocket,
    readonly attached: Promise<Message<'attached'>>,
  ) {}

  static async attach(api: Api, session: string, after: number | null): Promise<SessionClient> {
    const socket = new WebSocket(`${api.url.replace(/^http/, 'ws')}/ws/sessions/${session}`, {
      headers: { cookie: api.cookie, origin: api.url },
      perMessageDeflate: false,
    });
    let resolve: (attached: Message<'attached'>) => void = () => {};
    const client = new SessionClient(socket, new Promise((done) => (resolve = done)));
    socket.on('message', (data: Buffer) => {
      const decoded = decodeText(SessionServerMessage, data.toString(), FRAME_CHARS);
      if (!decoded.ok) throw new Error(decoded.reason);
      const { message } = decoded;
      if (message.type === 'attached') resolve(message);
      else if (message.type === 'delta') client.onDelta(message);
      else if (message.type === 'events') {
        client.events += message.events.length;
        client.onEvents(message.events);
      } else if (message.type === 'error') throw new Error(message.message);
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'attach', version: PROTOCOL_VERSION, after }));
    await client.attached;
    return client;
  }

  /** The first event of which this is true. */
  event(which: (event: SentEvent) => boolean): Promise<SentEvent> {
    return new Promise((resolve) => {
      const before = this.onEvents;
      this.onEvents = (events) => {
        before(events);
        const found = events.find(which);
        if (!found) return;
        this.onEvents = before;
        resolve(found);
      };
    });
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }
}

export async function makeSession(api: Api, workspace: string): Promise<string> {
  const id = newId('session');
  await api.call(endpoints.createSession, { params: { workspace }, body: { id, agent: SCRIPTED_AGENT } });
  return id;
}

export async function prompt(api: Api, session: string, text: string): Promise<string> {
  const id = newId('prompt');
  await api.call(endpoints.sendPrompt, { params: { session }, body: { id, text } });
  return id;
}

/** A turn to its end, seen by `viewer`. */
export async function turn(api: Api, session: string, viewer: SessionClient, text: string): Promise<void> {
  const ended = viewer.event(({ type }) => type === 'turn_ended');
  await prompt(api, session, text);
  const event = await ended;
  if (event.outcome !== 'done') throw new Error(`the turn failed: ${JSON.stringify(event)}`);
}
