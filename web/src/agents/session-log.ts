/**
 * One session as this device has it: a gapless stretch of its events up to the newest, the entries and the head
 * folded from them, and the texts that still grow (AG1, AG3). Plain: no socket, no clock, no storage; session-feed.ts
 * brings those. Invariant: `events` has no gap and no double, whatever arrives in whatever order.
 */
import { Entries } from '@porthole/shared/agent-entries';
import type { SessionEvent } from '@porthole/shared/agent-events';
import { applyToHead, emptyHead, type SessionHead } from '@porthole/shared/agent-head';
import type { SessionServerMessage } from '@porthole/shared/session-socket';
import type { PartialText } from './timeline-props.ts';

type Attached = Extract<SessionServerMessage, { type: 'attached' }>;
type Delta = Omit<Extract<SessionServerMessage, { type: 'delta' }>, 'type'>;

/** A text of an agent grows no longer than this here; the finished item is cut as well. UTF-16 units. */
const PARTIAL_CHARS = 1024 * 1024;

export class SessionLog {
  events: SessionEvent[] = [];
  entries = new Entries();
  /** null: not known yet. */
  head: SessionHead | null = null;
  readonly #partials = new Map<string, PartialText>();
  /** What the stretch begins after, while it is empty. */
  #base = 0;

  /** The last event there is here; 0: none. */
  get last(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  /** The first event there is here; what is before it can be paged. */
  get first(): number {
    return this.events[0]?.seq ?? this.#base + 1;
  }

  get partials(): PartialText[] {
    return [...this.#partials.values()];
  }

  /** What the device has kept. */
  restore(events: SessionEvent[], head: SessionHead | null): void {
    this.events = [];
    this.entries = new Entries();
    this.head = head;
    this.#base = 0;
    this.append(events);
  }

  /** Nothing of before counts: the stretch begins after `seq`. */
  startAfter(seq: number): void {
    this.events = [];
    this.entries = new Entries();
    this.#base = seq;
    // With an empty log as well: what the head said was of another one.
    if (seq === 0 || !this.headFits) this.head = null;
  }

  /** Takes what continues the stretch; what it has already is left out. Answers those that are new, in order. */
  append(events: readonly SessionEvent[]): SessionEvent[] {
    const fresh: SessionEvent[] = [];
    for (const event of events) {
      const next = this.events.length > 0 ? this.last + 1 : this.#base === 0 ? event.seq : this.#base + 1;
      if (event.seq !== next) continue;
      this.events.push(event);
      this.entries.apply(event);
      this.#settle(event);
      fresh.push(event);
    }
    this.#foldHead(fresh);
    return fresh;
  }

  /** Whether `events` begin later than the stretch ends. */
  leavesGap(events: readonly SessionEvent[]): boolean {
    const first = events[0]?.seq;
    const end = this.events.length > 0 ? this.last : this.#base;
    return first !== undefined && end > 0 && first > end + 1;
  }

  /** An older page that ends where the stretch begins. What its last turns show may change. */
  prepend(events: readonly SessionEvent[]): boolean {
    const fitting = events.filter(({ seq }) => seq < this.first);
    if (fitting.length === 0 || fitting.at(-1)?.seq !== this.first - 1) return false;
    this.entries.prepend(fitting, this.events);
    this.events = [...fitting, ...this.events];
    this.#foldHead([]);
    return true;
  }

  /** As the server knows it. One that is older than the stretch's end goes on from there. */
  setHead(head: SessionHead): void {
    if (this.head && this.head.seq >= head.seq) return;
    // It ends before the stretch begins: what lies between is not known here.
    if (head.seq < this.first - 1) return;
    this.head = this.events.reduce(applyToHead, head);
  }

  /** The head can be folded on from here; otherwise the server has to be asked for it. */
  get headFits(): boolean {
    return this.head !== null && this.head.seq >= this.first - 1;
  }

  setPartials(partials: Attached['partials']): void {
    this.#partials.clear();
    for (const partial of partials) this.grow({ ...partial, at: 0 });
  }

  /** From `at` on the text is this. One that begins later than what is here waits for the whole. */
  grow({ turn, item, kind, at, text }: Delta): void {
    const key = `${turn} ${item}`;
    if (this.entries.get(key) !== undefined) return;
    const before = this.#partials.get(key)?.text ?? '';
    if (at > before.length || at + text.length > PARTIAL_CHARS) return;
    this.#partials.set(key, { turn, item, kind, text: before.slice(0, at) + text });
  }

  /** A finished text takes the place of the one that grew; with its turn all that grew ends. */
  #settle(event: SessionEvent): void {
    if (event.type === 'text') this.#partials.delete(`${event.turn} ${event.item}`);
    if (event.type !== 'turn_ended') return;
    for (const [key, partial] of this.#partials) if (partial.turn === event.turn) this.#partials.delete(key);
  }

  #foldHead(fresh: readonly SessionEvent[]): void {
    if (this.head && !this.headFits) this.head = null;
    if (this.head) this.head = fresh.reduce(applyToHead, this.head);
    else if (this.first === 1 && this.events.length > 0)
      this.head = this.events.reduce(applyToHead, emptyHead());
  }
}
