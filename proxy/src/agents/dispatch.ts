/**
 * Gives a session's next prompt to the bridge, with an agent that is open for it.
 *
 * Invariants: one prompt at a time is given, and none while the bridge may be at a turn that has ended here; what is given
 * is what the log says at that place (an edit before it is in it, one after it is refused); what cannot be given ends
 * with why, or is tried again.
 */
import type { SessionRow } from '@porthole/shared';
import type { AgentFault, SessionEventBody } from '@porthole/shared/agent-events';
import type { QueuedPrompt } from '@porthole/shared/agent-head';
import type { AgentCommand, ToBridge } from '@porthole/shared/bridge';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { EventLog, LiveLog } from './event-log.ts';
import * as prompts from './prompt-queue.ts';
import type { WorkspaceRelay } from './relay.ts';
import { Stopping } from './stopping.ts';
import { fault } from './turn-ends.ts';

export type CommandFor = (
  session: Pick<SessionRow, 'id' | 'organisationId' | 'workspaceId' | 'agent' | 'createdBy'>,
) => Promise<{ ok: AgentCommand } | { fault: AgentFault }>;

export interface DispatchDeps {
  log: EventLog;
  clock: Clock;
  logger: Logger;
  relay: Pick<WorkspaceRelay, 'attached' | 'attachedAt' | 'compared' | 'leaving' | 'note' | 'send' | 'want'>;
  commandFor: CommandFor;
  /** Its absolute path, and the branch that the work began from. */
  checkout(workspaceId: string): Promise<{ cwd: string; base: string | null }>;
  author(userId: string): Promise<{ name: string; email: string } | null>;
  attachment(id: string): Promise<Uint8Array | null>;
}

/** What the session lends. */
interface Hands extends DispatchDeps {
  append(decide: (now: prompts.Now) => SessionEventBody[]): Promise<unknown>;
  fail(prompt: string, fault: AgentFault): Promise<void>;
  inBackground(work: Promise<unknown>): void;
}

/** When the database could not be asked or written. */
const AGAIN_MS = 2_000;

export class Dispatcher implements Disposable {
  /** The agent's own id of the conversation. */
  agentSession: string | null;
  readonly #live: LiveLog;
  readonly #hands: Hands;
  /** What the bridge was given since it said what it was at. */
  #given: string | null = null;
  /** A turn that has ended here, and may be running there: it is stopped, and has so long. */
  readonly #leftover: Stopping;
  #driving = false;
  #again: Disposable | null = null;

  constructor(live: LiveLog, agentSession: string | null, hands: Hands) {
    this.#live = live;
    this.agentSession = agentSession;
    this.#hands = hands;
    this.#leftover = new Stopping(hands.clock, {
      tell: (prompt) => hands.relay.send({ type: 'stop', session: live.id, prompt }),
      end: (turn) => this.onOver(turn),
    });
  }

  next(): QueuedPrompt | null {
    return prompts.next({ state: this.#live.state, dispatched: this.#live.dispatched });
  }

  hasGiven(prompt: string): boolean {
    return this.#given === prompt;
  }

  dispose(): void {
    this.#leftover.dispose();
    this.#again?.dispose();
    this.#again = null;
  }

  /** Does what is due, if anything is. */
  drive(): void {
    const { relay } = this.#hands;
    const due = this.next();
    // The bridge that comes after one that leaves is given it, on its welcome.
    const starts = due !== null && this.#live.dispatched === null && !relay.leaving;
    this.#setStarting(starts);
    if (!starts || this.#driving) return;
    if (!relay.attached) relay.want();
    else if (!this.#isHeld) this.#hands.inBackground(this.#drive(due.prompt));
  }

  /** The bridge refuses a prompt while a turn runs, and has perhaps not said yet that one does. */
  get #isHeld(): boolean {
    return !this.#hands.relay.compared || this.#leftover.turn !== null;
  }

  /** All is stored that the bridge had to say. `leftover`: a turn that it runs and that has ended here; null: none. */
  onCompared(leftover: string | null): void {
    if (leftover !== null) this.onLeftover(leftover);
    this.drive();
  }

  onLeftover(turn: string): void {
    this.#leftover.asked(turn);
  }

  /** The bridge has no such turn any more. */
  onOver(turn: string): void {
    this.#leftover.ended(turn);
    this.drive();
  }

  /** Whether the bridge got what it was given is not known: it takes a prompt once. */
  onWelcome(warm: boolean): void {
    this.#given = null;
    // What is left over is found anew.
    if (this.#leftover.turn !== null) this.#leftover.ended(this.#leftover.turn);
    const { head } = this.#live.state;
    const given = head.queue.find(({ prompt }) => prompt === this.#live.dispatched);
    if (given) this.#hands.inBackground(this.#giveAgain(given));
    else if (head.turn) this.#hands.inBackground(this.#open());
    else if (warm && !this.next()) this.#hands.inBackground(this.warm());
    this.drive();
  }

  /** The agent starts before there is something for it to do. */
  async warm(): Promise<void> {
    if ((await this.#open()) !== 'sent') return;
    for (const [option, value] of Object.entries(this.#live.state.choices))
      this.#hands.relay.send({ type: 'choose', session: this.#live.id, option, value });
  }

  async #drive(due: string): Promise<void> {
    const { relay, clock } = this.#hands;
    const { attachedAt } = relay;
    this.#driving = true;
    try {
      await this.#dispatch(due);
    } catch (error) {
      this.#live.dispatched = null;
      this.#again ??= clock.after(AGAIN_MS, () => {
        this.#again = null;
        this.drive();
      });
      throw error;
    } finally {
      this.#driving = false;
    }
    // A welcome in between found this one under way.
    if (relay.attachedAt !== attachedAt) this.drive();
  }

  async #dispatch(due: string): Promise<void> {
    const opened = await this.#open();
    if (opened === 'away') return;
    if (opened !== 'sent') return this.#hands.fail(due, opened);
    // In the log's order.
    const choice: { prompt: QueuedPrompt | null } = { prompt: null };
    await this.#hands.append((now) => {
      // Decided anew when the batch could not be written: what was chosen then is still to be given.
      const mine = now.dispatched === null || now.dispatched === choice.prompt?.prompt;
      if (!mine) choice.prompt = null;
      else {
        choice.prompt = this.#isHeld ? null : prompts.next(now);
        this.#live.dispatched = choice.prompt?.prompt ?? null;
      }
      return [];
    });
    const { prompt } = choice;
    if (prompt && !(await this.#give(prompt))) this.#live.dispatched = null;
  }

  async #giveAgain(prompt: QueuedPrompt): Promise<void> {
    const opened = await this.#open();
    if (opened === 'sent') await this.#give(prompt);
    else if (opened !== 'away') await this.#hands.fail(prompt.prompt, opened);
  }

  async #give(prompt: QueuedPrompt): Promise<boolean> {
    const message = await this.#messageOf(prompt);
    this.#given = prompt.prompt;
    return this.#hands.relay.send(message);
  }

  async #messageOf({ prompt, by, text, attachments, choices }: QueuedPrompt): Promise<ToBridge> {
    const author = (await this.#hands.author(by)) ?? { name: 'Porthole', email: 'porthole@localhost' };
    const files: Extract<ToBridge, { type: 'prompt' }>['attachments'] = [];
    for (const meta of attachments) {
      const data = await this.#hands.attachment(meta.id);
      if (data) files.push({ meta, data: Buffer.from(data).toString('base64') });
    }
    const { id: session, state } = this.#live;
    const chosen = { choices, usual: state.choices };
    return { type: 'prompt', session, prompt, text, ...chosen, author, attachments: files };
  }

  /** Has the agent started, unless it runs. `away`: there is no bridge now. */
  async #open(): Promise<'sent' | 'away' | AgentFault> {
    const { row, id } = this.#live;
    const { commandFor, checkout, relay } = this.#hands;
    const found = await commandFor(row).catch((error: unknown) => {
      this.#hands.logger.error({ err: error, session: id }, 'an agent could not be looked up');
      return { fault: fault('internal', 'The server could not start the agent.') };
    });
    if ('fault' in found) {
      await this.#noteFault(found.fault);
      return found.fault;
    }
    const place = await checkout(row.workspaceId);
    const resume = this.agentSession;
    return relay.send({ type: 'open', session: id, agent: found.ok, ...place, resume }) ? 'sent' : 'away';
  }

  /** What keeps the agent from starting is asked for in the session, once. */
  async #noteFault(fault: AgentFault): Promise<void> {
    await this.#hands.append(({ state: { head } }) =>
      head.agent.state === 'failed' && head.agent.fault?.message === fault.message
        ? []
        : [{ type: 'agent_failed', fault }],
    );
  }

  #setStarting(starting: boolean): void {
    if (this.#live.starting === starting) return;
    this.#live.starting = starting;
    this.#hands.inBackground(this.#hands.log.append({ log: this.#live }));
  }
}
