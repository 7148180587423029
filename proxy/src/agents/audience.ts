/**
 * Who looks at a session. The log is the queue: a viewer is a socket and a number (AG1).
 *
 * Invariants: a viewer gets events in order and without a gap; one that reads slowly holds up nobody, gets no deltas
 * and is caught up from the log when it reads again; what waits for it in the proxy is bounded.
 */
import { CloseCode, PortholeError } from '@porthole/shared';
import { EVENT_PAGE, MAX_VIEWERS_PER_SESSION, VIEWER_BACKLOG_BYTES } from '@porthole/shared/agent-limits';
import type { SessionServerMessage } from '@porthole/shared/session-socket';
import type { Disposable } from '../lib/disposable.ts';
import { toDisposable } from '../lib/disposable.ts';
import type { SocketLike } from '../ws/socket.ts';
import type { LoggedEvent } from './event-log.ts';
import type { Partial } from './partials.ts';
import { type StoredEvent, wireOf } from './store.ts';

interface Viewer {
  socket: SocketLike;
  /** The last seq that it was sent. */
  sent: number;
  /** False while it is caught up from the log. */
  live: boolean;
  gone: boolean;
}

export interface AudienceDeps {
  head(): number;
  partials(): Partial[];
  /** What is being done to reach the agent's machine. */
  note(): string | null;
  eventsAfter(after: number, limit: number): Promise<StoredEvent[]>;
  onFault(error: unknown): void;
}

/** Of one `events` frame; a single event may be longer. UTF-16 units. */
const FRAME_CHARS = 512 * 1024;

const text = (message: SessionServerMessage): string => JSON.stringify(message);

export class Audience {
  readonly #deps: AudienceDeps;
  readonly #viewers = new Set<Viewer>();

  constructor(deps: AudienceDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** Throws `too_many`. */
  attach(socket: SocketLike, after: number | null): Disposable {
    if (this.#viewers.size >= MAX_VIEWERS_PER_SESSION)
      throw new PortholeError('too_many', `A session has at most ${MAX_VIEWERS_PER_SESSION} viewers.`);
    const head = this.#deps.head();
    const from = firstSent(head, after);
    const viewer: Viewer = { socket, sent: from - 1, live: false, gone: false };
    this.#viewers.add(viewer);
    socket.send(text({ type: 'attached', from, head, partials: this.#deps.partials() }));
    const note = this.#deps.note();
    if (note !== null) socket.send(text({ type: 'link', note }));
    if (from > head) viewer.live = true;
    else this.#catchUp(viewer);
    return toDisposable(() => {
      viewer.gone = true;
      this.#viewers.delete(viewer);
    });
  }

  deliver(events: readonly LoggedEvent[]): void {
    const first = events[0];
    const last = events.at(-1);
    if (!first || !last) return;
    let shared: string[] | null = null;
    for (const viewer of this.#viewers) {
      if (!viewer.live || viewer.sent >= last.event.seq) continue;
      if (isSlow(viewer) || viewer.sent + 1 < first.event.seq) {
        viewer.live = false;
        this.#catchUp(viewer);
      } else if (viewer.sent + 1 === first.event.seq) {
        shared ??= frames(events.map(({ wire }) => wire));
        for (const frame of shared) viewer.socket.send(frame);
        viewer.sent = last.event.seq;
      } else {
        const rest = events.filter(({ event }) => event.seq > viewer.sent).map(({ wire }) => wire);
        for (const frame of frames(rest)) viewer.socket.send(frame);
        viewer.sent = last.event.seq;
      }
    }
  }

  delta(delta: Partial): void {
    let frame: string | null = null;
    for (const viewer of this.#viewers) {
      if (!viewer.live || isSlow(viewer)) continue;
      frame ??= deltaFrame(delta);
      viewer.socket.send(frame);
    }
  }

  /** Also to who reads slowly: it is short, and comes with a change alone. */
  onNote(note: string | null): void {
    const frame = text({ type: 'link', note });
    for (const { socket } of this.#viewers) socket.send(frame);
  }

  closeAll(code: CloseCode, reason: 'not_found' | 'going_away'): void {
    for (const { socket } of [...this.#viewers]) socket.close(code, reason);
  }

  #catchUp(viewer: Viewer): void {
    this.#readOn(viewer).catch((error: unknown) => {
      if (viewer.gone) return;
      this.#deps.onFault(error);
      viewer.socket.close(CloseCode.goingAway, 'internal');
    });
  }

  async #readOn(viewer: Viewer): Promise<void> {
    for (;;) {
      await viewer.socket.drained();
      if (viewer.gone) return;
      if (viewer.sent >= this.#deps.head()) break;
      const page = await this.#deps.eventsAfter(viewer.sent, EVENT_PAGE);
      if (viewer.gone) return;
      if (page[0]?.seq !== viewer.sent + 1) throw new Error(`no event ${viewer.sent + 1} in the log`);
      for (const frame of frames(page.map(wireOf))) viewer.socket.send(frame);
      viewer.sent = page.at(-1)?.seq ?? viewer.sent;
    }
    // In the same turn as the look at the head: nothing is missed between the two.
    viewer.live = true;
    for (const partial of this.#deps.partials()) viewer.socket.send(deltaFrame(partial));
  }
}

/** The newest page for who has nothing, has fallen too far behind, or is ahead of a backup that was restored. */
function firstSent(head: number, after: number | null): number {
  const newest = Math.max(1, head - EVENT_PAGE + 1);
  return after === null || after > head || after + 1 < newest ? newest : after + 1;
}

const isSlow = ({ socket }: Viewer): boolean => socket.buffered > VIEWER_BACKLOG_BYTES;

const deltaFrame = (delta: Partial): string => text({ type: 'delta', ...delta });

function frames(wires: readonly string[]): string[] {
  const result: string[] = [];
  let batch: string[] = [];
  let size = 0;
  const close = () => {
    if (batch.length > 0) result.push(`{"type":"events","events":[${batch.join(',')}]}`);
    batch = [];
    size = 0;
  };
  for (const wire of wires) {
    if (batch.length >= EVENT_PAGE || size + wire.length > FRAME_CHARS) close();
    batch.push(wire);
    size += wire.length;
  }
  close();
  return result;
}
