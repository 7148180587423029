/**
 * One turn: turns what the agent says into events. Text grows (deltas) until something else comes, then it is one event.
 * A tool call that says the same again makes no event. Permission requests wait here for an answer.
 */
import { createHash } from 'node:crypto';
import type { RequestPermissionRequest, RequestPermissionResponse } from '@agentclientprotocol/sdk';
import type { BridgeEvent, PermissionOption, ToolContent, ToolKind } from '@porthole/shared/agent-events';
import { ASKED_COMMAND_CHARS, EVENT_TEXT_CHARS } from '@porthole/shared/agent-limits';
import type { Growing } from './peer.ts';
import { Printouts } from './printouts.ts';
import { clean, oneLine } from './text.ts';
import { commandIn } from './tool-command.ts';
import { fields, type RawContent, type Relative, readTool, type ToolUpdate, type Update } from './updates.ts';

/** How often a running command's output is an event. */
const TERMINAL_MS = 1_000;
const MAX_PERMISSION_OPTIONS = 20;
/** Questions at once. */
const MAX_WAITING = 20;
/** Tool calls of a turn of which something is remembered: the newest. */
const MAX_CALLS = 5_000;

export interface TurnHost {
  emit(event: BridgeEvent): void;
  /** A text has grown. */
  onGrowth(): void;
  terminal(id: string): ToolContent | null;
  /** A tool that may have changed files has ended. */
  onEdited(): void;
  onOutput(text: string): void;
  /** Base 64. */
  onImage(name: string, data: string): void;
  relative: Relative;
}

interface Text {
  item: string;
  kind: 'message' | 'thought';
  /** Whole up to `EVENT_TEXT_CHARS`, then the beginning and what came last. */
  text: string;
  cut: number;
}

type ToolEvent = Extract<BridgeEvent, { type: 'tool' }>;

interface Waiting {
  options: PermissionOption[];
  settle(response: RequestPermissionResponse): void;
}

export class Turn {
  readonly id: string;
  readonly #host: TurnHost;
  #text: Text | null = null;
  #items = 0;
  #requests = 0;
  readonly #waiting = new Map<string, Waiting>();
  readonly #kinds = new Map<string, ToolKind>();
  readonly #titles = new Map<string, string>();
  /** Of calls that run one. */
  readonly #commands = new Map<string, string>();
  /** Of each call, digests of its fields. */
  readonly #said = new Map<string, Map<string, string>>();
  /** Tool calls that show a terminal, by its id. */
  readonly #shows = new Map<string, { call: string; content: RawContent[] }>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #printouts = new Printouts();

  constructor(id: string, host: TurnHost) {
    this.id = id;
    this.#host = host;
  }

  update(update: Update): void {
    if (update.type === 'text') {
      this.#grow(update.kind, update.text);
      return;
    }
    this.flush();
    if (update.type === 'tool') this.#tool(update);
    else if (update.type === 'plan') this.#host.emit({ ...update, turn: this.id });
    else if (update.type === 'image') this.#host.onImage('Picture', update.data);
  }

  growing(session: string): Growing | null {
    if (!this.#text) return null;
    const { item, kind, text, cut } = this.#text;
    // A text that is longer than an event is shown up to there until it is finished.
    const shown = cut > 0 ? text.slice(0, EVENT_TEXT_CHARS / 2) : text;
    return { session, turn: this.id, item, kind, text: shown };
  }

  /** The text in growth is finished. */
  flush(): void {
    if (!this.#text) return;
    const { cut, ...text } = this.#text;
    this.#text = null;
    this.#host.emit({ type: 'text', turn: this.id, ...text, ...(cut > 0 ? { cut } : {}) });
  }

  /** A terminal has printed or ended. */
  onTerminal(id: string): void {
    if (!this.#shows.has(id)) return;
    const content = this.#terminal(id);
    const ended = content?.kind === 'terminal' && content.exitCode !== null;
    if (!ended && this.#timers.has(id)) return;
    clearTimeout(this.#timers.get(id));
    if (ended) {
      this.#timers.delete(id);
      this.#showTerminal(id);
      return;
    }
    this.#timers.set(
      id,
      setTimeout(() => {
        this.#timers.delete(id);
        this.#showTerminal(id);
      }, TERMINAL_MS),
    );
  }

  ask(request: RequestPermissionRequest): Promise<RequestPermissionResponse> {
    const call = readTool(fields(request.toolCall), this.#host.relative);
    const options = request.options.slice(0, MAX_PERMISSION_OPTIONS).map(({ optionId, name, kind }) => {
      return { id: optionId, name: oneLine(name, 200), kind };
    });
    if (!call || options.length === 0 || this.#waiting.size >= MAX_WAITING) return Promise.resolve(CANCELLED);
    this.flush();
    this.#tool(call);
    this.#requests += 1;
    const id = `${this.id}.${this.#requests}`;
    const kind = this.#kinds.get(call.call) ?? 'other';
    const title = call.title ?? this.#titles.get(call.call) ?? 'Permission';
    const command = kind === 'execute' ? this.#commands.get(call.call) : undefined;
    this.#host.emit({
      ...{ type: 'permission_asked', turn: this.id, request: id, call: call.call, title, kind, options },
      ...(command === undefined ? {} : { command: clean(command) }),
      digest: this.#digestOf(call.call, fields(request.toolCall).title, id),
    });
    return new Promise((settle) => this.#waiting.set(id, { options, settle }));
  }

  /** Of what a question is about. Where nothing is known of that, it is like no other. */
  #digestOf(call: string, title: unknown, request: string): string {
    const said = this.#said.get(call);
    const about = [title ?? this.#titles.get(call), said?.get('input'), said?.get('content')];
    return digestOf(about.some((each) => each !== undefined) ? about : request);
  }

  /** False: nobody waits for this, or it was not offered. */
  answer(request: string, option: string): boolean {
    const waiting = this.#waiting.get(request);
    if (!waiting?.options.some(({ id }) => id === option)) return false;
    this.#waiting.delete(request);
    waiting.settle({ outcome: { outcome: 'selected', optionId: option } });
    return true;
  }

  /** Nobody can answer any more. */
  withdraw(): void {
    for (const [request, { settle }] of this.#waiting) {
      this.#waiting.delete(request);
      this.#host.emit({ type: 'permission_withdrawn', request });
      settle(CANCELLED);
    }
  }

  end(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.flush();
    this.withdraw();
  }

  #grow(kind: 'message' | 'thought', text: string): void {
    if (text === '') return;
    if (this.#text?.kind !== kind) {
      this.flush();
      this.#text = { item: `${kind === 'message' ? 'm' : 't'}${this.#nextItem()}`, kind, text: '', cut: 0 };
    }
    const grown = this.#text!;
    grown.text += text;
    const half = EVENT_TEXT_CHARS / 2;
    // In larger steps than every chunk: each is a copy.
    if (grown.text.length > EVENT_TEXT_CHARS * 2) {
      const over = grown.text.length - EVENT_TEXT_CHARS;
      grown.text = grown.text.slice(0, half) + grown.text.slice(half + over);
      grown.cut += over;
    }
    this.#host.onGrowth();
  }

  #nextItem(): number {
    this.#items += 1;
    return this.#items;
  }

  #tool({ content, kind, printed, ...update }: ToolUpdate): void {
    const { call } = update;
    if (printed) this.#printouts.add(printed);
    if (kind) remember(this.#kinds, call, kind);
    for (const each of content ?? []) {
      if (each.kind === 'running') remember(this.#shows, each.terminal, { call, content: content ?? [] });
    }
    const shown = content && this.#resolve(content);
    const event = {
      ...update,
      turn: this.id,
      ...(kind ? { kind } : {}),
      ...(shown ? { content: shown } : {}),
    };
    this.#say(event);
    if (update.title) remember(this.#titles, call, update.title);
    if (update.input !== undefined) this.#noteCommand(call, update.input);
    if (printed) this.onTerminal(printed.terminal);
    this.#followUp(call, update.status, shown);
  }

  #noteCommand(call: string, input: string): void {
    const command = commandIn(input);
    if (command === null || command.length > ASKED_COMMAND_CHARS) this.#commands.delete(call);
    else remember(this.#commands, call, command);
  }

  #followUp(call: string, status: ToolUpdate['status'], shown: ToolContent[] | undefined): void {
    const kind = this.#kinds.get(call) ?? 'other';
    if (kind === 'execute' || kind === 'other') {
      for (const each of shown ?? []) {
        if (each.kind === 'text') this.#host.onOutput(each.text);
        else if (each.kind === 'terminal') this.#host.onOutput(each.output);
        else if (each.kind === 'link') this.#host.onOutput(each.url);
      }
    }
    // What it looks at is not of its making.
    if (kind !== 'read' && kind !== 'search')
      for (const each of shown ?? [])
        if (each.kind === 'image') this.#host.onImage(this.#titles.get(call) ?? 'Picture', each.data);
    const edits =
      kind === 'edit' || kind === 'delete' || kind === 'move' || kind === 'execute' || kind === 'other';
    if (edits && (status === 'done' || status === 'failed')) this.#host.onEdited();
  }

  #showTerminal(id: string): void {
    const shows = this.#shows.get(id);
    if (!shows) return;
    const content = this.#resolve(shows.content);
    this.#say({ turn: this.id, call: shows.call, content });
    this.#followUp(shows.call, undefined, content);
  }

  #resolve(content: RawContent[]): ToolContent[] {
    return content
      .map((each) => (each.kind === 'running' ? this.#terminal(each.terminal) : each))
      .filter((each) => each !== null);
  }

  #terminal(id: string): ToolContent | null {
    return this.#printouts.content(id) ?? this.#host.terminal(id);
  }

  /** Agents repeat whole calls: what is as it was said last is left out, and an event with nothing else is none. */
  #say({ turn, call, ...given }: Omit<ToolEvent, 'type'>): void {
    const said = this.#said.get(call) ?? new Map<string, string>();
    const news = Object.entries(given).filter(([field, value]) => {
      const digest = digestOf(value);
      if (said.get(field) === digest) return false;
      said.set(field, digest);
      return true;
    });
    if (news.length === 0) return;
    remember(this.#said, call, said);
    this.#host.emit({ type: 'tool', turn, call, ...(Object.fromEntries(news) as typeof given) });
  }
}

/** The newest `MAX_CALLS`. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_CALLS) map.delete(map.keys().next().value as string);
}

const digestOf = (value: unknown): string =>
  createHash('sha1').update(JSON.stringify(value)).digest('base64');

const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };
