/**
 * Keeps a session up to date: what the device has kept first (AG2), then the socket, and HTTP for what lies between
 * and before. Plain: the caller closes it. Invariants: events reach the log in order; what the socket brings while a
 * gap is being filled waits; what is new is written to the device a moment later, and at the end.
 */
import { decodeEvent, type SessionEvent } from '@porthole/shared/agent-events';
import { EVENT_PAGE } from '@porthole/shared/agent-limits';
import { type SessionClientMessage, SessionServerMessage } from '@porthole/shared/session-socket';
import { PROTOCOL_VERSION } from '@porthole/shared/version';
import { makeSocket, type Socket, type SocketEnvironment, type SocketState } from '../net/socket.ts';
import { readBefore, readNewest, writeLog } from './cache.ts';
import * as calls from './session-calls.ts';
import { SessionLog } from './session-log.ts';

/** Of the device's events, so many are folded before the first sight; the rest is paged. */
export const FIRST_EVENTS = 1_000;
/** A longer gap is not filled: the stretch begins anew at its far end, and what is before is paged on demand. */
export const GAP_EVENTS = 4 * EVENT_PAGE;
/** A frame has a page of events at the most; one event may be long, but not all of them. UTF-16 units. */
const FRAME_CHARS = 32 * 1024 * 1024;
/** Events that wait for a gap to be filled; beyond it they are asked for again. */
const MAX_WAITING = 4 * EVENT_PAGE;
const WRITE_AFTER_MS = 300;
const RETRY_MS = 3_000;

export interface SessionFeedOptions {
  sessionId: string;
  organisationId: string;
  /** The log, or what is said of it below, is another than before. */
  onChange: () => void;
  onState?: (state: SocketState) => void;
  onProblem?: (problem: { code: string; message: string }) => void;
  /** Another network, for tests. */
  environment?: SocketEnvironment;
  http?: Pick<typeof calls, 'listEvents' | 'getSession'>;
}

export type SessionFeed = Awaited<ReturnType<typeof makeSessionFeed>>;

export async function makeSessionFeed(options: SessionFeedOptions) {
  const { sessionId, organisationId, onChange, environment } = options;
  const http = options.http ?? calls;
  const log = new SessionLog();
  let closed = false;
  let filling = false;
  let waiting: SessionEvent[] = [];
  let askingHead = false;
  let older: 'idle' | 'loading' | { fault: string } = 'idle';
  /** The server has answered: what is here is as it says. */
  let current = false;
  /** It was made just now: a socket that has asked for it before may be told only then that it is not there. */
  let isNew = false;
  /** What is being done to reach the agent's machine, as long as the server says so. */
  let note: string | null = null;
  const timers = new Set<ReturnType<typeof setTimeout>>();

  // ── the device ──

  let unwritten: SessionEvent[] = [];
  let replace = false;
  let writeTimer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  function keep(events: readonly SessionEvent[]): void {
    unwritten.push(...events);
    writeTimer ??= setTimeout(write, WRITE_AFTER_MS);
  }

  function write(): Promise<unknown> {
    clearTimeout(writeTimer);
    writeTimer = undefined;
    const events = unwritten;
    const again = replace;
    unwritten = [];
    replace = false;
    if (events.length === 0 && !again) return writing;
    // It fails when storage is full: then less is kept, and nothing else is lost.
    writing = writing
      .then(() =>
        writeLog({ organisationId, sessionId, events, head: log.head, at: Date.now(), replace: again }),
      )
      .catch(() => {});
    return writing;
  }

  const cached = await readNewest(sessionId, FIRST_EVENTS).catch(() => ({ events: [], head: null }));
  log.restore(cached.events, cached.head);

  // ── the server ──

  const socket: Socket = makeSocket({
    url: `/ws/sessions/${sessionId}`,
    schema: SessionServerMessage,
    textLimit: FRAME_CHARS,
    hello: () => frame({ type: 'attach', version: PROTOCOL_VERSION, after: log.last || null }),
    onMessage: receive,
    onState(state) {
      if (state.name !== 'open') {
        current = false;
        note = null;
      }
      if (state.name === 'closed' && isNew) {
        isNew = false;
        queueMicrotask(() => socket.reconnect());
      }
      options.onState?.(state);
      onChange();
    },
    ...(environment ? { environment } : {}),
  });

  function receive(message: SessionServerMessage): void {
    if (message.type === 'attached') attached(message);
    else if (message.type === 'events') arrived(decodeAll(message.events));
    else if (message.type === 'delta') log.grow(message);
    else if (message.type === 'link') note = message.note;
    else if (message.type === 'error') options.onProblem?.(message);
    onChange();
  }

  function attached({ from, head, partials }: Extract<SessionServerMessage, { type: 'attached' }>): void {
    if (head < log.last) {
      // The server's log is another one than this device has seen: a backup was put back.
      restart(0);
      socket.restart('log_replaced');
      return;
    }
    waiting = [];
    if (log.last === 0 || from - log.last > GAP_EVENTS) restart(Math.max(0, from - 1));
    log.setPartials(partials);
    if (log.last > 0 && from > log.last + 1) void fill(from - 1);
    else current = true;
    if (!log.headFits && log.first > 1) void askHead();
  }

  function restart(after: number): void {
    log.startAfter(after);
    unwritten = [];
    replace = true;
  }

  function arrived(events: SessionEvent[]): void {
    if (filling) {
      waiting = [...waiting, ...events].slice(-MAX_WAITING);
      return;
    }
    keep(log.append(events));
    if (log.leavesGap(events)) {
      waiting = events;
      void fill((events[0]?.seq ?? 1) - 1);
    }
  }

  /** Brings what is missing up to `to`, then what has waited. */
  async function fill(to: number): Promise<void> {
    if (filling) return;
    filling = true;
    try {
      while (!closed && log.last < to) {
        const page = await http.listEvents(sessionId, { after: log.last, limit: EVENT_PAGE });
        const fresh = log.append(decodeAll(page.events));
        if (fresh.length === 0) break;
        keep(fresh);
        onChange();
      }
    } catch {
      if (!closed) later(() => void fill(to));
      return;
    } finally {
      filling = false;
    }
    if (closed) return;
    current = true;
    const held = waiting;
    waiting = [];
    arrived(held);
    onChange();
  }

  async function askHead(): Promise<void> {
    if (askingHead) return;
    askingHead = true;
    try {
      log.setHead((await http.getSession(sessionId)).head);
    } catch {
      if (!closed) later(() => void askHead());
    }
    askingHead = false;
    onChange();
  }

  function later(run: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!closed) run();
    }, RETRY_MS);
    timers.add(timer);
  }

  /** One page before the stretch: the device's, or the server's. */
  async function loadOlder(): Promise<boolean> {
    if (older === 'loading' || log.first <= 1) return false;
    older = 'loading';
    onChange();
    try {
      const before = log.first;
      const kept = await readBefore(sessionId, before, EVENT_PAGE).catch(() => []);
      const events =
        kept.length > 0
          ? kept
          : decodeAll((await http.listEvents(sessionId, { before, limit: EVENT_PAGE })).events);
      older = 'idle';
      const grew = log.prepend(events);
      if (log.first <= 1 && !log.head) log.append([]);
      return grew;
    } catch (fault) {
      older = { fault: fault instanceof Error ? fault.message : String(fault) };
      return false;
    } finally {
      if (!closed) onChange();
    }
  }

  return {
    log,
    get older() {
      return older;
    },
    get current() {
      return current;
    },
    get note() {
      return note;
    },
    get state() {
      return socket.state;
    },
    loadOlder,
    /** Pages back until the event is there. */
    async reach(seq: number): Promise<void> {
      while (!closed && seq < log.first && (await loadOlder()));
    },
    /** AG8. */
    typing: () => socket.send(frame({ type: 'typing' })),
    reconnect: () => socket.reconnect(),
    appeared(): void {
      isNew = true;
      socket.reconnect();
    },
    /** What was new is on the device when this resolves. */
    close(): Promise<unknown> {
      closed = true;
      socket.close();
      for (const timer of timers) clearTimeout(timer);
      return write();
    },
  };
}

const frame = (message: SessionClientMessage): string => JSON.stringify(message);

/** What is not even an event, or out of order, breaks the chain there: the rest is asked for again. */
function decodeAll(raw: readonly unknown[]): SessionEvent[] {
  const events: SessionEvent[] = [];
  for (const one of raw) {
    const event = decodeEvent(one);
    if (!event) break;
    events.push(event);
  }
  return events;
}
