/**
 * One attachment to a bridge, from `hello` to its end.
 * Invariants: nothing reaches the listener before `welcome` or after the end; what it has not yet acknowledged is
 * bounded, since the other side waits; a bridge that is silent for `SILENT_MS` while we listen has ended.
 */
import { BRIDGE_LINE_CHARS } from '@porthole/shared/agent-limits';
import { BRIDGE_PROTOCOL, type FromBridge, type ToBridge } from '@porthole/shared/bridge';
import type { Bucket } from '../lib/bucket.ts';
import type { Clock } from '../lib/clock.ts';
import { DisposableStore } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import { LEAVING_NOTE, type LinkListener } from './link.ts';
import { decodeLine, type Line } from './links-decode.ts';
import { LinkError, type Transport } from './links-transport.ts';
import { machineWarnings } from './machine-warnings.ts';

/** From `hello`; a machine under load starts Node in seconds. */
export const WELCOME_MS = 20_000;
export const PING_MS = 12_000;
/** No line for so long: three pings were not answered. */
export const SILENT_MS = 40_000;
/** Events that the listener has been given and has not acknowledged, as characters of their lines. */
export const UNACKNOWLEDGED_CHARS = 8 * 1024 * 1024;
/** Lines that wait because the bridge is slow to read: one of the longest and one more. */
export const WAITING_CHARS = 2 * BRIDGE_LINE_CHARS;

export interface ConversationDeps {
  transport: Transport;
  listener: LinkListener;
  workspaceId: string;
  /** Of the bundle that this proxy installs. */
  build: string;
  clock: Clock;
  log: Logger;
  onWelcome: () => void;
  /** Once. */
  onEnd: (why: LinkError) => void;
}

export class Conversation {
  readonly #deps: ConversationDeps;
  readonly #life = new DisposableStore();
  readonly #warnings: Bucket;
  /** Numbers and sizes of the events that are not acknowledged, in order. */
  #unacknowledged: { n: number; chars: number }[] = [];
  #unacknowledgedChars = 0;
  #paused = false;
  #waiting: string[] = [];
  #waitingChars = 0;
  #blocked = false;
  #welcomed = false;
  /** It has said that it ends. */
  #leaving = false;
  #ended = false;
  #heardAt: number;
  #pings = 0;

  constructor(deps: ConversationDeps) {
    this.#deps = deps;
    const { transport, clock } = deps;
    this.#heardAt = clock.now();
    this.#warnings = machineWarnings(clock.now());
    this.#life.add(transport.onLine((line) => this.#line(line)));
    this.#life.add(transport.onDrain(() => this.#drain()));
    this.#life.add(transport.onEnd((why) => this.#end(this.#leaving ? replaced() : why)));
    if (this.#ended) return;
    this.#life.add(clock.after(WELCOME_MS, () => this.#expectWelcome()));
    this.#life.add(clock.every(PING_MS, () => this.#probe()));
    void this.#hello();
  }

  /** False: not attached, nothing was sent. */
  send(message: ToBridge): boolean {
    if (this.#ended || !this.#welcomed) return false;
    if (message.type === 'ack') this.#acknowledged(message.stored);
    return this.#write(message);
  }

  close(): void {
    this.#end(new LinkError('machine_unreachable', 'The link was closed.'));
  }

  async #hello(): Promise<void> {
    const { listener, workspaceId, build } = this.#deps;
    try {
      const place = await listener.place();
      this.#write({ type: 'hello', protocol: BRIDGE_PROTOCOL, build, workspace: workspaceId, ...place });
    } catch (error) {
      this.#end(new LinkError('internal', 'The session’s log could not be read.', null, { cause: error }));
    }
  }

  #write(message: ToBridge): boolean {
    if (this.#ended) return false;
    const line = JSON.stringify(message);
    if (line.length > BRIDGE_LINE_CHARS) {
      const text = 'This is too large to be sent to the machine. Send fewer or smaller attachments.';
      const session = 'session' in message ? message.session : null;
      this.#deps.listener.onRefused(session, { code: 'limit', message: text, details: null });
      return true;
    }
    if (!this.#blocked) {
      this.#blocked = !this.#deps.transport.write(line);
      return true;
    }
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (this.#waitingChars <= WAITING_CHARS) return true;
    this.#end(new LinkError('machine_unreachable', 'The machine does not take what it is sent.'));
    return false;
  }

  #drain(): void {
    this.#blocked = false;
    while (!this.#blocked && this.#waiting.length > 0) {
      const line = this.#waiting.shift() ?? '';
      this.#waitingChars -= line.length;
      this.#blocked = !this.#deps.transport.write(line);
    }
  }

  #line(text: string): void {
    if (this.#ended) return;
    this.#heardAt = this.#deps.clock.now();
    let fault: LinkError | null;
    try {
      fault = this.#take(decodeLine(text), text.length);
    } catch (error) {
      this.#deps.log.error({ err: error }, 'a line of a bridge could not be taken');
      fault = new LinkError('internal', 'What the bridge said could not be taken in.');
    }
    if (fault) this.#end(fault);
  }

  /** What ends the conversation, or null. */
  #take(line: Line, chars: number): LinkError | null {
    const { listener, log, clock } = this.#deps;
    if (line.kind === 'garbage')
      return broken('The bridge on the machine said something that is no message.', line.reason);
    if (line.kind === 'unknown') {
      log.debug({ type: line.type }, 'a newer bridge said something');
      return null;
    }
    if (line.kind === 'message') return this.#message(line.message);
    if (!this.#welcomed) return early('event');
    if (line.damaged && this.#warnings.take(clock.now()))
      log.warn({ session: line.session, n: line.n }, 'a damaged event of a bridge');
    this.#count(line.n, chars);
    listener.onEvent(line.n, line.session, line.event);
    return null;
  }

  #message(message: FromBridge): LinkError | null {
    const { listener } = this.#deps;
    if (message.type === 'welcome') return this.#welcome(message);
    if (message.type === 'pong') return null;
    if (!this.#welcomed) {
      if (message.type === 'leaving') return replaced();
      if (message.type !== 'refused') return early(message.type);
      return new LinkError(message.fault.code, message.fault.message, message.fault.details);
    }
    if (message.type === 'delta') listener.onDelta(message);
    else if (message.type === 'session') listener.onAgentSession(message.session, message.agentSession);
    else if (message.type === 'refused') listener.onRefused(message.session, message.fault);
    else if (message.type === 'leaving') this.#onLeaving(message);
    return null;
  }

  #onLeaving({ session, prompt }: Extract<FromBridge, { type: 'leaving' }>): void {
    this.#leaving = true;
    this.#deps.listener.onLeaving(session === null || prompt === null ? null : { session, prompt });
  }

  #welcome(welcome: Extract<FromBridge, { type: 'welcome' }>): LinkError | null {
    if (this.#welcomed) return early('welcome');
    if (welcome.protocol !== BRIDGE_PROTOCOL) {
      const versions = `protocol ${welcome.protocol}, here ${BRIDGE_PROTOCOL}`;
      const what =
        'The bridge on the machine speaks another version. It is replaced once its turns have ended.';
      return broken(what, versions);
    }
    this.#welcomed = true;
    this.#deps.onWelcome();
    this.#deps.listener.onWelcome(welcome);
    return null;
  }

  #count(n: number, chars: number): void {
    this.#unacknowledged.push({ n, chars });
    this.#unacknowledgedChars += chars;
    if (this.#paused || this.#unacknowledgedChars <= UNACKNOWLEDGED_CHARS) return;
    this.#paused = true;
    this.#deps.transport.pause();
  }

  #acknowledged(stored: number): void {
    let done = 0;
    for (const { n, chars } of this.#unacknowledged) {
      if (n > stored) break;
      this.#unacknowledgedChars -= chars;
      done += 1;
    }
    this.#unacknowledged.splice(0, done);
    if (!this.#paused || this.#unacknowledgedChars > UNACKNOWLEDGED_CHARS / 2) return;
    this.#paused = false;
    // Its silence until now was ours.
    this.#heardAt = this.#deps.clock.now();
    this.#deps.transport.resume();
  }

  #expectWelcome(): void {
    if (!this.#welcomed)
      this.#end(new LinkError('machine_unreachable', 'The bridge on the machine did not answer.'));
  }

  #probe(): void {
    if (this.#paused) return;
    if (this.#deps.clock.now() - this.#heardAt >= SILENT_MS) {
      this.#end(new LinkError('machine_unreachable', 'The machine has gone silent.'));
      return;
    }
    // One that waits for room says nothing new.
    if (this.#welcomed && !this.#blocked) this.#write({ type: 'ping', id: ++this.#pings });
  }

  #end(why: LinkError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#life.dispose();
    this.#waiting = [];
    this.#unacknowledged = [];
    this.#deps.transport.close();
    this.#deps.onEnd(why);
  }
}

const broken = (message: string, details: string) => new LinkError('agent_protocol', message, details);
/** Its daemon goes, and the next one is started by the next attachment. */
const replaced = () => new LinkError('machine_unreachable', LEAVING_NOTE, null, { soon: true });
const early = (type: string) => broken('The bridge on the machine broke the order of messages.', type);
