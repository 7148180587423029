/**
 * The log of all sessions (AG1): what is appended gets its place, is committed together with what else came within
 * the moment, and is told after the commit.
 *
 * Invariants: `seq` is gapless per session; what is decided is decided on everything before it in the log, also on
 * what is not committed yet; one append that cannot be written holds up no other; a bridge's events are appended in
 * the order of their numbers, each once (AG4), and `stored` is written with them.
 */
import { PortholeError, type SessionRow } from '@porthole/shared';
import type { SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';
import { EVENT_CHARS } from '@porthole/shared/agent-limits';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { toCheckpoint } from './checkpoint.ts';
import { type Cost, spentBetween } from './costs.ts';
import type { KeptImage } from './images.ts';
import type { Now } from './prompt-queue.ts';
import { applyToState, type RelayState } from './relay-state.ts';
import { rowAfter } from './row-pace.ts';
import { type BridgePlace, gone, type LogCommit, type StoredEvent, wireOf } from './store.ts';

/** An event and its JSON, as viewers get it. */
export interface LoggedEvent {
  event: SessionEvent;
  wire: string;
}

/** One session's end of the log, while it is in memory. Changed by the log alone, but for `dispatched` and `onEvents`. */
export interface LiveLog {
  readonly id: string;
  row: SessionRow;
  state: RelayState;
  /** Prompts queued since it was loaded: sent again they are found here (AG4). */
  prompts: Map<string, number>;
  /** The prompt that the bridge was given and has not begun. */
  dispatched: string | null;
  /** Its prompt waits for the machine or the agent. */
  starting: boolean;
  rowWrittenAt: number;
  checkpointAt: number;
  /** After the commit, in order. */
  onEvents(events: LoggedEvent[]): void;
  /** The row has news that it is too early to write. */
  onRowLater(): void;
  gone: boolean;
}

/** One workspace's bridge: which log of it is stored how far. */
export interface LivePlace extends BridgePlace {
  readonly workspace: string;
  onStored(stored: number): void;
}

export interface Append {
  log: LiveLog | null;
  /** What it makes of the session as it is then; throws `PortholeError` to refuse. */
  decide?: (now: Now) => SessionEventBody[];
  row?: Partial<Pick<SessionRow, 'title' | 'archivedAt'>>;
  /** Choices for the whole session. */
  choices?: Record<string, string>;
  /** It is the bridge's event `n`. */
  from?: { place: LivePlace; bridge: string; n: number };
  /** The bridge has a log of this name, of which so much is known or lost. */
  begin?: { place: LivePlace } & BridgePlace;
  /** A picture that is kept with what it decides, if that is anything. */
  image?: KeptImage;
  /** Write the row, whatever its pace. */
  now?: boolean;
}

interface Op {
  append: Append | null;
  note: (() => void) | null;
  resolve(events: SessionEvent[]): void;
  reject(error: unknown): void;
}

export interface EventLogDeps {
  commit(commit: LogCommit): Promise<void>;
  clock: Clock;
  log: Logger;
  /** After each commit: what it wrote, and how long it took. */
  onBatch?: ((batch: { events: number; ms: number }) => void) | undefined;
}

/** When one commit follows another, so much is waited for what else comes. Milliseconds. */
const GATHER_MS = 2;
const MAX_GATHERED = 2_000;
/** Appends that wait; above that the database is lost rather than slow. */
const MAX_WAITING = 20_000;
const CHECKPOINT_EVERY = 500;
const MAX_REMEMBERED_PROMPTS = 1_000;

export class EventLog {
  readonly #deps: EventLogDeps;
  #waiting: Op[] = [];
  #flushing: Promise<void> | null = null;
  #flushedAt = 0;

  constructor(deps: EventLogDeps) {
    this.#deps = deps;
  }

  /** Resolves after the commit with what was appended; rejects with why not. */
  append(append: Append): Promise<SessionEvent[]> {
    // What a bridge sends is bounded by what it keeps.
    if (this.#waiting.length >= MAX_WAITING && !append.from)
      return Promise.reject(new PortholeError('too_many', 'The server cannot write as fast as this.'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, note: null, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Calls after everything that was appended before is told: at once when nothing is. */
  after(note: () => void): void {
    if (!this.#flushing) note();
    else this.#waiting.push({ append: null, note, resolve() {}, reject() {} });
  }

  /** Resolves when everything appended before is settled. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.after(resolve));
  }

  async #flush(): Promise<void> {
    const busy = this.#deps.clock.now() - this.#flushedAt < 2 * GATHER_MS;
    await new Promise<void>((resolve) => (busy ? setTimeout(resolve, GATHER_MS) : setImmediate(resolve)));
    while (this.#waiting.length > 0) {
      const ops = this.#waiting.splice(0, MAX_GATHERED);
      const failed = await this.#commit(ops);
      // One of them could not be written, or the database: each on its own says which.
      if (failed && ops.length > 1) for (const op of ops) await this.#alone(op);
      else if (failed) ops[0]!.reject(failed.error);
      if (this.#waiting.length > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#flushedAt = this.#deps.clock.now();
    this.#flushing = null;
  }

  async #alone(op: Op): Promise<void> {
    const failed = await this.#commit([op]);
    if (failed) op.reject(failed.error);
  }

  async #commit(ops: Op[]): Promise<{ error: unknown } | null> {
    const plan = new Plan(this.#deps.clock.now(), this.#deps.log);
    for (const op of ops) if (op.append) plan.add(op, op.append);
    const commit = plan.finish();
    const began = performance.now();
    try {
      if (!isEmpty(commit)) {
        await this.#deps.commit(commit);
        this.#deps.onBatch?.({ events: commit.events.length, ms: performance.now() - began });
      }
    } catch (error) {
      this.#deps.log.warn({ err: error, appends: ops.length }, 'sessions could not be written');
      return { error };
    }
    plan.install();
    this.#tell(ops, plan);
    return null;
  }

  #tell(ops: Op[], plan: Plan): void {
    const untold = new Map<LiveLog, LoggedEvent[]>();
    const tellAll = () => {
      for (const [log, events] of untold) this.#guarded(() => log.onEvents(events));
      untold.clear();
    };
    for (const op of ops) {
      const outcome = plan.outcomes.get(op);
      if (op.note) {
        tellAll();
        this.#guarded(op.note);
      } else if (outcome && 'error' in outcome) op.reject(outcome.error);
      else if (outcome) {
        const log = op.append?.log;
        if (log && outcome.events.length > 0) {
          const events = untold.get(log) ?? [];
          untold.set(log, events);
          events.push(...outcome.events);
        }
        op.resolve(outcome.events.map(({ event }) => event));
      }
    }
    tellAll();
    for (const place of plan.places.keys()) this.#guarded(() => place.onStored(place.stored));
    for (const log of plan.later) this.#guarded(() => log.onRowLater());
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'after an event was stored');
    }
  }
}

const isEmpty = ({ events, rows, places }: LogCommit) => events.length + rows.length + places.length === 0;

/** A session as it will be when this commit is done. */
interface Draft {
  state: RelayState;
  row: SessionRow;
  force: boolean;
  checkpoint: boolean;
  prompts: [string, number][];
}

/** What one commit will write. Nothing of it is true before `install`. */
class Plan {
  readonly #at: number;
  readonly #log: Logger;
  readonly #drafts = new Map<LiveLog, Draft>();
  readonly #commit: LogCommit = { events: [], prompts: [], rows: [], places: [], costs: [], images: [] };
  readonly places = new Map<LivePlace, BridgePlace>();
  readonly outcomes = new Map<Op, { events: LoggedEvent[] } | { error: unknown }>();
  /** Sessions whose row has to be written later. */
  readonly later: LiveLog[] = [];

  constructor(at: number, log: Logger) {
    this.#at = at;
    this.#log = log;
  }

  add(op: Op, append: Append): void {
    try {
      this.outcomes.set(op, { events: this.#append(append) });
    } catch (error) {
      this.outcomes.set(op, { error });
    }
  }

  #append(append: Append): LoggedEvent[] {
    const { log, from, begin } = append;
    if (begin) this.places.set(begin.place, { bridge: begin.bridge, stored: begin.stored });
    if (from && !this.#advance(from)) return [];
    if (!log) return [];
    if (log.gone) throw gone();
    const draft = this.#draft(log);
    const bodies = append.decide?.({ state: draft.state, dispatched: log.dispatched }) ?? [];
    if (append.row) Object.assign(draft.row, append.row);
    if (append.choices)
      draft.state = { ...draft.state, choices: { ...draft.state.choices, ...append.choices } };
    if (append.row || append.choices || append.now) draft.force = true;
    if (append.choices) draft.checkpoint = true;
    const { image } = append;
    if (image && bodies.length > 0)
      this.#commit.images.push({ session: log.id, seq: draft.state.head.seq + 1, image });
    return bodies.map((body) => this.#place(log, draft, body));
  }

  /** False: it is known already. Throws when something before it is missing. */
  #advance({ place, bridge, n }: NonNullable<Append['from']>): boolean {
    const known = this.places.get(place) ?? { bridge: place.bridge, stored: place.stored };
    if (bridge !== known.bridge) throw new PortholeError('gone', 'This is of another bridge.');
    if (n <= known.stored) return false;
    if (n !== known.stored + 1)
      throw new PortholeError('conflict', `Event ${n} of the bridge came after ${known.stored}.`);
    this.places.set(place, { bridge, stored: n });
    return true;
  }

  #draft(log: LiveLog): Draft {
    let draft = this.#drafts.get(log);
    if (!draft) {
      draft = { state: log.state, row: { ...log.row }, force: false, checkpoint: false, prompts: [] };
      this.#drafts.set(log, draft);
    }
    return draft;
  }

  #place(log: LiveLog, draft: Draft, given: SessionEventBody): LoggedEvent {
    let body = given;
    let text = JSON.stringify(body);
    if (text.length > EVENT_CHARS) {
      this.#log.warn({ session: log.id, type: body.type, chars: text.length }, 'an event is too large');
      body = { type: 'overflow', dropped: 1 };
      text = JSON.stringify(body);
    }
    const stored: StoredEvent = { seq: draft.state.head.seq + 1, at: this.#at, body: text };
    // Its place last, here and in `wireOf`: nothing in a body counts instead of it.
    const event = { ...body, seq: stored.seq, at: stored.at };
    if (body.type === 'usage' && body.cost) this.#spend(draft, log.id, body.cost);
    draft.state = applyToState(draft.state, event);
    this.#commit.events.push({ session: log.id, ...stored });
    if (body.type === 'prompt_queued') {
      this.#commit.prompts.push({ id: body.prompt, session: log.id, seq: stored.seq });
      draft.prompts.push([body.prompt, stored.seq]);
    }
    if (body.type === 'turn_ended') draft.checkpoint = true;
    return { event, wire: wireOf(stored) };
  }

  /** Written with the event: counted once, whatever dies in between. */
  #spend({ state, row }: Draft, session: string, now: Cost): void {
    const micros = spentBetween(state.head.usage?.cost ?? null, now);
    if (micros === 0) return;
    const day = new Date(this.#at).toISOString().slice(0, 10);
    const userId = state.head.turn?.by ?? row.createdBy;
    const { currency } = now;
    this.#commit.costs.push({ organisationId: row.organisationId, day, userId, session, currency, micros });
  }

  finish(): LogCommit {
    for (const [log, draft] of this.#drafts) {
      if (draft.state.head.seq - log.checkpointAt >= CHECKPOINT_EVERY) draft.checkpoint = true;
      const row = rowAfter(draft.row, draft.state, this.#at, log);
      if (draft.force || draft.checkpoint || row.due)
        this.#commit.rows.push({
          row: row.row,
          checkpoint: draft.checkpoint ? toCheckpoint(draft.state) : null,
        });
      else {
        if (row.changed) this.later.push(log);
        continue;
      }
      draft.row = row.row;
      draft.force = true;
    }
    for (const [place, value] of this.places)
      this.#commit.places.push({ workspace: place.workspace, ...value });
    return this.#commit;
  }

  install(): void {
    for (const [log, draft] of this.#drafts) {
      log.state = draft.state;
      if (draft.force) {
        log.row = draft.row;
        log.rowWrittenAt = this.#at;
      }
      if (draft.checkpoint) log.checkpointAt = draft.state.head.seq;
      for (const [id, seq] of draft.prompts) log.prompts.set(id, seq);
      while (log.prompts.size > MAX_REMEMBERED_PROMPTS) log.prompts.delete(log.prompts.keys().next().value!);
    }
    for (const [place, value] of this.places) Object.assign(place, value);
  }
}
