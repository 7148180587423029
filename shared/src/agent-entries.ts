/**
 * Pure: the entries of a session's timeline, folded from a gapless stretch of its events. Live view, reconnect and
 * paging back all use it (AG1). Entries are immutable; the list is changed in place, since a fold of 100,000 events
 * must not copy it each time. A stretch may begin anywhere: what began before it shows what is known. An older page
 * costs what it and the turns at its edge have, however long the stretch is.
 */
import type {
  AgentFault,
  Attachment,
  PermissionOption,
  SessionEvent,
  StoredImage,
  ToolContent,
  ToolKind,
  ToolStatus,
  TurnOutcome,
} from './agent-events.ts';

interface Placed {
  /** Unique in the session, and stable. */
  key: string;
  /** Of the event that put it here: where a link to it leads. */
  seq: number;
  at: number;
}

export interface PromptEntry extends Placed {
  type: 'prompt';
  prompt: string;
  /** null: it was queued before this stretch. */
  by: string | null;
  text: string | null;
  attachments: Attachment[];
  retryOf: string | null;
  state: 'running' | TurnOutcome;
  fault: AgentFault | null;
  endedAt: number | null;
}

export interface TextEntry extends Placed {
  type: 'text';
  turn: string;
  item: string;
  kind: 'message' | 'thought';
  text: string;
  cut: number;
}

export interface ToolEntry extends Placed {
  type: 'tool';
  turn: string;
  call: string;
  title: string;
  kind: ToolKind;
  status: ToolStatus | 'stopped';
  files: string[];
  input: string | null;
  content: ToolContent[];
  endedAt: number | null;
}

export interface PermissionEntry extends Placed {
  type: 'permission';
  turn: string;
  request: string;
  call: string;
  title: string;
  kind: ToolKind;
  options: PermissionOption[];
  /** `by` null: a remembered answer. */
  answer: { option: string; by: string | null; at: number } | null;
  /** Who has had the answer forgotten, so that the like is asked again. */
  forgottenBy: string | null;
  withdrawn: boolean;
}

export interface NoticeEntry extends Placed {
  type: 'notice';
  notice:
    | { kind: 'machine_replaced' }
    | { kind: 'overflow'; dropped: number }
    | { kind: 'agent_failed'; fault: AgentFault }
    | { kind: 'unknown'; name: string };
}

/** A picture that the work has made. Shown again it stays where it was first. */
export interface ImageEntry extends Placed {
  type: 'image';
  title: string;
  image: StoredImage;
}

export type TimelineEntry = PromptEntry | TextEntry | ToolEntry | PermissionEntry | NoticeEntry | ImageEntry;

type Queued = Extract<SessionEvent, { type: 'prompt_queued' }>;

/** Events unshifted at once: each is an argument. */
const UNSHIFT = 4_096;

export class Entries {
  readonly list: TimelineEntry[] = [];
  /** The last event folded in; 0: none. */
  seq = 0;
  /** By key: the place in the list, less `#shift`, so that what is put before moves none of them. */
  readonly #places = new Map<string, number>();
  #shift = 0;
  readonly #queued = new Map<string, Queued>();
  /** By what an event is about: the last event that is. */
  readonly #last = new Map<string, number>();

  static of(events: Iterable<SessionEvent>): Entries {
    const entries = new Entries();
    for (const event of events) entries.apply(event);
    return entries;
  }

  /** Returns whether the list has changed. What is already folded in is ignored. */
  apply(event: SessionEvent): boolean {
    if (event.seq <= this.seq) return false;
    this.seq = event.seq;
    for (const subject of subjectsOf(event)) this.#last.set(subject, event.seq);
    switch (event.type) {
      case 'prompt_queued':
        this.#queued.set(event.prompt, event);
        return false;
      case 'prompt_edited': {
        const queued = this.#queued.get(event.prompt);
        if (queued) this.#queued.set(event.prompt, { ...queued, text: event.text });
        return false;
      }
      case 'prompt_cancelled':
        this.#queued.delete(event.prompt);
        return false;
      case 'turn_started':
        this.#put(this.#begin(event.turn, event));
        return true;
      case 'turn_ended':
        this.#end(event);
        return true;
      case 'text': {
        const { seq, at, turn, item, kind, text, cut = 0 } = event;
        this.#put({ type: 'text', key: `${turn} ${item}`, seq, at, turn, item, kind, text, cut });
        return true;
      }
      case 'tool':
        this.#tool(event);
        return true;
      case 'permission_asked': {
        const { seq, at, turn, request, call, title, kind, options } = event;
        const key = `permission ${request}`;
        const open = { answer: null, forgottenBy: null, withdrawn: false };
        this.#put({ type: 'permission', key, seq, at, turn, request, call, title, kind, options, ...open });
        return true;
      }
      case 'permission_answered': {
        const { option, by, at } = event;
        return this.#change('permission', `permission ${event.request}`, () => ({
          answer: { option, by, at },
        }));
      }
      case 'rule_removed':
        return this.#change('permission', `permission ${event.rule}`, () => ({ forgottenBy: event.by }));
      case 'permission_withdrawn':
        return this.#change('permission', `permission ${event.request}`, ({ answer }) => ({
          withdrawn: answer === null,
        }));
      case 'artifact': {
        const { key, title, image } = event.artifact;
        if (image) this.#put({ type: 'image', key, seq: event.seq, at: event.at, title, image });
        return image !== undefined;
      }
      case 'machine_replaced':
        return this.#notice(event, { kind: 'machine_replaced' });
      case 'overflow':
        return this.#notice(event, { kind: 'overflow', dropped: event.dropped });
      case 'agent_failed':
        return this.#notice(event, { kind: 'agent_failed', fault: event.fault });
      case 'unknown':
        return this.#notice(event, { kind: 'unknown', name: event.name });
      default:
        return false;
    }
  }

  /**
   * Folds in `older`, which ends where `here` begins: all that has been folded. As far as the two are about the same
   * things it is folded again; entries beyond that stay as they are.
   */
  prepend(older: readonly SessionEvent[], here: readonly SessionEvent[]): void {
    const again = [...older];
    let until = this.#lastAbout(older, 0);
    for (let place = 0; place < here.length && here[place]!.seq <= until; place += 1) {
      again.push(here[place]!);
      until = this.#lastAbout([here[place]!], until);
    }
    const before = Entries.of(again);
    this.#replaceUpTo(again.at(-1)?.seq ?? 0, before.list);
    for (const event of again) if ('prompt' in event) this.#queued.delete(event.prompt);
    for (const [prompt, queued] of before.#queued) this.#queued.set(prompt, queued);
    for (const [subject, seq] of before.#last) this.#last.set(subject, seq);
    this.seq = Math.max(this.seq, before.seq);
  }

  get(key: string): TimelineEntry | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.list[place + this.#shift];
  }

  /** The last event here that is about the same as one of these, or `least`. */
  #lastAbout(events: readonly SessionEvent[], least: number): number {
    let last = least;
    for (const event of events)
      for (const subject of subjectsOf(event)) last = Math.max(last, this.#last.get(subject) ?? 0);
    return last;
  }

  /** Entries are in the order of their seq. */
  #replaceUpTo(seq: number, entries: readonly TimelineEntry[]): void {
    let gone = 0;
    while (gone < this.list.length && this.list[gone]!.seq <= seq) {
      this.#places.delete(this.list[gone]!.key);
      gone += 1;
    }
    this.list.splice(0, gone);
    for (let end = entries.length; end > 0; end -= UNSHIFT)
      this.list.unshift(...entries.slice(Math.max(0, end - UNSHIFT), end));
    this.#shift += entries.length - gone;
    entries.forEach(({ key }, place) => void this.#places.set(key, place - this.#shift));
  }

  #put(entry: TimelineEntry): void {
    const known = this.#places.get(entry.key);
    if (known === undefined) {
      this.#places.set(entry.key, this.list.length - this.#shift);
      this.list.push(entry);
      return;
    }
    const place = known + this.#shift;
    // Its place in the list is where it was first heard of.
    const { seq, at } = this.list[place] as TimelineEntry;
    this.list[place] = { ...entry, seq, at };
  }

  #change<T extends TimelineEntry['type']>(
    type: T,
    key: string,
    change: (entry: Extract<TimelineEntry, { type: T }>) => Partial<Extract<TimelineEntry, { type: T }>>,
  ): boolean {
    const entry = this.get(key);
    if (entry?.type !== type) return false;
    const known = entry as Extract<TimelineEntry, { type: T }>;
    this.#put({ ...known, ...change(known) });
    return true;
  }

  #notice({ seq, at }: SessionEvent, notice: NoticeEntry['notice']): true {
    this.#put({ type: 'notice', key: `notice ${seq}`, seq, at, notice });
    return true;
  }

  #begin(prompt: string, { seq, at }: { seq: number; at: number }): PromptEntry {
    const queued = this.#queued.get(prompt);
    this.#queued.delete(prompt);
    return {
      ...{ type: 'prompt', key: prompt, seq, at, prompt },
      ...{ by: queued?.by ?? null, text: queued?.text ?? null },
      ...{ attachments: queued?.attachments ?? [], retryOf: queued?.retryOf ?? null },
      ...{ state: 'running', fault: null, endedAt: null },
    };
  }

  /** Also of a turn that never began: the prompt is shown with what stopped it. */
  #end(event: Extract<SessionEvent, { type: 'turn_ended' }>): void {
    const { turn, outcome, fault, at } = event;
    if (this.get(turn) === undefined) this.#put(this.#begin(turn, event));
    this.#change('prompt', turn, () => ({ state: outcome, fault, endedAt: at }));
    for (let place = this.list.length - 1; place >= 0; place -= 1) {
      const entry = this.list[place] as TimelineEntry;
      if (entry.key === turn) return;
      if (
        entry.type === 'tool' &&
        entry.turn === turn &&
        (entry.status === 'pending' || entry.status === 'running')
      )
        this.list[place] = { ...entry, status: outcome === 'done' ? 'done' : 'stopped', endedAt: at };
      else if (entry.type === 'permission' && entry.turn === turn && entry.answer === null)
        this.list[place] = { ...entry, withdrawn: true };
    }
  }

  #tool(event: Extract<SessionEvent, { type: 'tool' }>): void {
    const key = `${event.turn} call ${event.call}`;
    const known = this.get(key);
    const before = known?.type === 'tool' ? known : null;
    const status = event.status ?? before?.status ?? 'pending';
    const ended = status === 'done' || status === 'failed';
    this.#put({
      ...{ type: 'tool', key, seq: event.seq, at: event.at, turn: event.turn, call: event.call, status },
      title: event.title ?? before?.title ?? '',
      kind: event.kind ?? before?.kind ?? 'other',
      files: event.files ?? before?.files ?? [],
      input: event.input ?? before?.input ?? null,
      content: event.content ?? before?.content ?? [],
      endedAt: ended ? (before?.endedAt ?? event.at) : null,
    });
  }
}

/** What an event is about, and what an earlier or later one may change: a prompt with its turn, a question, a picture. */
function subjectsOf(event: SessionEvent): string[] {
  const subjects: string[] = [];
  if ('prompt' in event) subjects.push(event.prompt);
  if ('turn' in event) subjects.push(event.turn);
  if ('request' in event) subjects.push(`permission ${event.request}`);
  if (event.type === 'rule_removed') subjects.push(`permission ${event.rule}`);
  if (event.type === 'artifact') subjects.push(event.artifact.key);
  return subjects;
}
