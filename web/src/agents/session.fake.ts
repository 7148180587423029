/** For tests: a session's log at a server that answers only what the test lets it, and events to put into it. */
import type { SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';
import { applyToHead, emptyHead } from '@porthole/shared/agent-head';
import type { SessionServerMessage } from '@porthole/shared/session-socket';
import { ApiError } from '../net/api-error.ts';
import { FakeNetwork } from '../net/socket.fake.ts';
import type * as calls from './session-calls.ts';

export const idOf = (prefix: string, n: number) => `${prefix}_${String(n).padStart(20, '0')}`;
export const SESSION = idOf('ses', 1);
export const ORG = idOf('org', 1);
export const ANA = idOf('usr', 1);

/** A turn: the prompt, texts, and its end. Any log is made of these. */
export function bodyAt(seq: number): SessionEventBody {
  const turn = idOf('prm', Math.ceil(seq / 6));
  switch (seq % 6) {
    case 1:
      return {
        type: 'prompt_queued',
        prompt: turn,
        by: ANA,
        text: `prompt ${turn}`,
        attachments: [],
        choices: {},
        retryOf: null,
      };
    case 2:
      return { type: 'turn_started', turn };
    case 3:
      return { type: 'tool', turn, call: 'c', title: 'Read', status: 'running' };
    case 4:
      return { type: 'tool', turn, call: 'c', status: 'done' };
    case 5:
      return { type: 'text', turn, item: 'i', kind: 'message', text: `text ${seq}` };
    default:
      return { type: 'turn_ended', turn, outcome: 'done', fault: null };
  }
}

export const eventAt = (seq: number): SessionEvent => ({ seq, at: seq, ...bodyAt(seq) });
export const events = (from: number, to: number): SessionEvent[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => eventAt(from + index));

/** As it travels. */
export const wire = (from: number, to: number) => events(from, to).map((event) => ({ ...event }));

export class FakeSessionServer {
  readonly network = new FakeNetwork();
  /** The log has this many events. */
  length = 0;
  /** HTTP requests, as they came. */
  readonly asked: string[] = [];
  offline = false;
  /** While set, HTTP answers wait for it. */
  gate: Promise<unknown> | null = null;

  readonly http: Pick<typeof calls, 'listEvents' | 'getSession'> = {
    listEvents: async (_session, { after, before, limit = 500 }) => {
      this.asked.push(after === undefined ? `before ${before}` : `after ${after}`);
      await this.#answer();
      const from = after === undefined ? Math.max(1, (before ?? 1) - limit) : after + 1;
      const to = after === undefined ? (before ?? 1) - 1 : after + limit;
      return { events: wire(from, Math.min(to, this.length)), head: this.length };
    },
    getSession: async () => {
      this.asked.push('head');
      await this.#answer();
      const head = events(1, this.length).reduce(applyToHead, emptyHead());
      return { session: {} as never, head };
    },
  };

  async #answer(): Promise<void> {
    await this.gate;
    if (this.offline) throw new ApiError('offline', 'no network');
  }

  /** Answers the newest attach as the relay does: from after what it has, or the newest page. */
  attach(newest = 500): void {
    const { socket } = this.network;
    if (socket.readyState !== 1) socket.accept();
    const hello = socket.messages.filter(({ type }) => type === 'attach').at(-1) as { after: number | null };
    const from = Math.max((hello.after ?? 0) + 1, this.length - newest + 1, 1);
    this.say({ type: 'attached', from, head: this.length, partials: [] });
    if (from <= this.length) this.say({ type: 'events', events: wire(from, this.length) });
  }

  /** The log grows, and the socket says so. */
  grow(by = 1): void {
    this.length += by;
    this.say({ type: 'events', events: wire(this.length - by + 1, this.length) });
  }

  say(message: SessionServerMessage): void {
    this.network.socket.deliver(message);
  }
}
