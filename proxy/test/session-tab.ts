/** Agent sessions from outside: a browser tab that follows one, and its fold of the log. */
import { PROTOCOL_VERSION } from '@porthole/shared';
import { decodeEvent, type SessionEvent } from '@porthole/shared/agent-events';
import { applyToHead, emptyHead, type SessionHead } from '@porthole/shared/agent-head';
import { SessionServerMessage } from '@porthole/shared/session-socket';
import { newId } from '../src/lib/ids.ts';
import { type Person, TestSocket } from './harness.ts';
import type { Client } from './harness-client.ts';

export class SessionTab {
  readonly events: SessionEvent[] = [];
  readonly messages: SessionServerMessage[] = [];
  /** Unfinished texts, by item. */
  readonly texts = new Map<string, string>();
  head: SessionHead = emptyHead();
  from = 0;
  #read = 0;

  private constructor(
    readonly socket: TestSocket,
    readonly id: string,
  ) {}

  static async open(client: Client, session: string, after: number | null = null): Promise<SessionTab> {
    const tab = new SessionTab(await TestSocket.open(client, `/ws/sessions/${session}`), session);
    tab.socket.send({ type: 'attach', version: PROTOCOL_VERSION, after });
    await tab.until(() => tab.from > 0);
    return tab;
  }

  /** Folds frames in until the condition holds; throws when the socket closes first. */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.fold();
      if (condition()) return;
      if (!this.socket.isOpen) throw new Error(`closed: ${JSON.stringify(await this.socket.closed)}`);
      const heard = this.socket.heard();
      if (this.#read < this.socket.frames.length) continue;
      await heard;
    }
  }

  async event<T extends SessionEvent['type']>(
    type: T,
    which: (event: Extract<SessionEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<SessionEvent, { type: T }>> {
    const find = () =>
      this.events.find(
        (e): e is Extract<SessionEvent, { type: T }> =>
          e.type === type && which(e as Extract<SessionEvent, { type: T }>),
      );
    await this.until(() => find() !== undefined);
    return find()!;
  }

  async settled(): Promise<void> {
    const id = Math.floor(Math.random() * 2 ** 31);
    this.socket.send({ type: 'ping', id });
    await this.until(() => this.messages.some((m) => m.type === 'pong' && m.id === id));
  }

  close(): void {
    this.socket.close();
  }

  fold(): void {
    for (; this.#read < this.socket.frames.length; this.#read += 1) {
      const message = SessionServerMessage.parse(this.socket.frames[this.#read]);
      this.messages.push(message);
      if (message.type === 'attached') this.#attached(message);
      else if (message.type === 'events') for (const each of message.events) this.#event(each);
      else if (message.type === 'delta') this.#delta(message);
    }
  }

  #attached({ from, partials }: Extract<SessionServerMessage, { type: 'attached' }>): void {
    this.from = from;
    for (const partial of partials) this.#delta(partial);
  }

  #event(value: object): void {
    const event = decodeEvent(value);
    if (!event) throw new Error(`no event: ${JSON.stringify(value)}`);
    const last = this.events.at(-1)?.seq ?? this.from - 1;
    if (event.seq !== last + 1) throw new Error(`gap: ${event.seq} after ${last}`);
    this.events.push(event);
    this.head = applyToHead(this.head, event);
    if (event.type === 'text') this.texts.delete(event.item);
  }

  #delta({ item, at, text }: { item: string; at: number; text: string }): void {
    const known = this.texts.get(item) ?? '';
    if (known.length < at) return;
    const end = at + text.length;
    this.texts.set(item, known.slice(0, at) + text + known.slice(end));
  }
}

export async function newSession(person: Person, workspace: string, prompt?: string) {
  const id = newId('session');
  const promptId = newId('prompt');
  await person.client.call('createSession', {
    params: { workspace },
    body: { id, agent: 'scripted', ...(prompt ? { prompt: { id: promptId, text: prompt } } : {}) },
  });
  return { id, prompt: promptId };
}

export async function send(
  person: Person,
  session: string,
  text: string,
  more: object = {},
): Promise<string> {
  const id = newId('prompt');
  await person.client.call('sendPrompt', { params: { session }, body: { id, text, ...more } });
  return id;
}
