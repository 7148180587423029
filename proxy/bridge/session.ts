/**
 * One session: the turn that runs, with the agent that its keeper keeps for it. Invariants: a prompt begins once, also
 * across restarts (`record.ts`); every turn that has begun ends with one `turn_ended`; nothing is said for a turn after
 * its end.
 */
import type { RequestPermissionRequest, RequestPermissionResponse } from '@agentclientprotocol/sdk';
import type { AgentFault, BridgeEvent, BridgeReport, TurnOutcome } from '@porthole/shared/agent-events';
import type { SessionAtBridge, ToBridge } from '@porthole/shared/bridge';
import type * as z from 'zod/mini';
import { AgentKeeper, type KeeperTools, type Open } from './agent-keeper.ts';
import { type Agent, faultOf } from './agent-process.ts';
import { authorFile, writeAuthor } from './author.ts';
import { relativeTo } from './checkout-files.ts';
import { fault } from './fault.ts';
import { attachmentsOf, removeAttachments } from './folder.ts';
import { Offers } from './offers.ts';
import type { Growing } from './peer.ts';
import { blocksOf } from './prompt-blocks.ts';
import type { SessionRecord } from './record.ts';
import { Turn } from './turn.ts';
import type { Update } from './updates.ts';
import { Yield } from './yield.ts';

type Prompt = Extract<ToBridge, { type: 'prompt' }>;

export interface SessionHost extends KeeperTools {
  readonly stopGraceMs: number;
  /** The number that the next event of this session will have. */
  nextNumber(session: string): number;
  /** False: it was not kept. */
  emit(session: string, event: BridgeReport): boolean;
  onGrowth(): void;
  onAgentSession(session: string, agentSession: string): void;
  refuse(session: string, fault: AgentFault): void;
  onTurnEnded(): void;
}

const DISK_RETRY_MS = 1_000;

interface Running {
  prompt: string;
  turn: Turn;
  stopped: boolean;
  /** It ends once. */
  end: Promise<void> | null;
  late: NodeJS.Timeout | null;
}

export class Session {
  readonly id: string;
  readonly #host: SessionHost;
  readonly #record: SessionRecord;
  readonly #keeper: AgentKeeper;
  readonly #offers: Offers;
  #running: Running | null = null;
  #yield: Yield | null = null;

  constructor(id: string, host: SessionHost, record: SessionRecord) {
    this.id = id;
    this.#host = host;
    this.#record = record;
    this.#offers = new Offers((event) => host.emit(id, event), record);
    this.#keeper = new AgentKeeper(id, record, host, {
      busy: () => this.busy,
      onReady: (agent) => this.#onReady(agent),
      onFailed: (fault) => host.emit(id, { type: 'agent_failed', fault }),
      onUpdate: (update, ready) => this.#onUpdate(update, ready),
      onPermission: (request) => this.#onPermission(request),
      onWrite: () => this.#yield?.onEdited(),
      onTerminal: (terminal) => this.#running?.turn.onTerminal(terminal),
    });
  }

  get busy(): boolean {
    return this.#running !== null;
  }

  /** It has an agent, or is about to. */
  get awake(): boolean {
    return this.busy || this.#keeper.awake;
  }

  describe(): z.infer<typeof SessionAtBridge> {
    const { agentSession } = this.#record;
    const { state } = this.#keeper;
    return { session: this.id, state, agentSession, turn: this.#running?.prompt ?? null };
  }

  growing(): Growing | null {
    return this.#running?.turn.growing(this.id) ?? null;
  }

  open(message: Open): void {
    const { cwd, base = null, resume } = message;
    const anew = resume === null && !this.#record.hasBegunAny;
    this.#yield ??= new Yield({ cwd, base, anew }, (event) => this.#host.emit(this.id, event));
    this.#keeper.open(message);
  }

  hasTaken(prompt: string): boolean {
    return this.#record.hasBegun(prompt) || this.#running?.prompt === prompt;
  }

  prompt(message: Prompt): void {
    if (this.hasTaken(message.prompt)) return;
    if (!this.#keeper.isOpen || this.#running) {
      const why = this.#running
        ? fault('limit', 'A turn is running already')
        : fault('internal', 'The session is not open');
      this.#host.refuse(this.id, why);
      return;
    }
    const turn = this.#newTurn(message.prompt);
    const running: Running = { prompt: message.prompt, turn, stopped: false, end: null, late: null };
    this.#running = running;
    void this.#run(running, message);
  }

  stop(prompt: string): void {
    const running = this.#running;
    if (running?.prompt !== prompt || running.stopped) return;
    running.stopped = true;
    this.#keeper.cancel();
    running.turn.withdraw();
    running.late = setTimeout(() => void this.#force(running), this.#host.stopGraceMs);
  }

  /** It did not confirm the stop. */
  async #force(running: Running): Promise<void> {
    const killed = this.#keeper.kill();
    await this.#end(running, 'stopped', null);
    await killed;
    // Warm again for what comes next.
    await this.#keeper.need();
  }

  answer(request: string, option: string): void {
    // Too late, or repeated after a reconnect: the first one counted.
    this.#running?.turn.answer(request, option);
  }

  async choose(option: string, value: string): Promise<void> {
    const agent = await this.#keeper.need();
    if (agent) await this.#offers.choose(agent, option, value);
  }

  /** Ends the agent, and with it the turn. `why` null: the session is closed by people. */
  async close(why: AgentFault | null): Promise<void> {
    const running = this.#running;
    // First, so that the end of its agent is not taken for the reason.
    const ended = running && this.#end(running, why ? 'failed' : 'stopped', why);
    await this.#keeper.end();
    await ended;
    this.#yield?.dispose();
    // For the next bridge the conversation goes on, and may speak of them.
    if (!why) removeAttachments(this.#host.folder, this.id);
  }

  async #run(running: Running, message: Prompt): Promise<void> {
    const agent = await this.#keeper.need();
    if (running.end) return;
    if (running.stopped) return this.#end(running, 'stopped', null);
    if (!agent) return this.#end(running, 'failed', this.#keeper.startFault);
    try {
      // Not earlier: a prompt that no agent has seen is begun by the daemon that comes after this one.
      this.#record.begin(running.prompt);
      this.#host.emit(this.id, { type: 'turn_started', turn: running.prompt });
      writeAuthor(authorFile(this.#host.folder.authors, this.id), message.author);
      await this.#offers.apply(agent, message.choices, message.usual ?? {});
      if (running.stopped) return this.#end(running, 'stopped', null);
      const reason = await agent.prompt(
        blocksOf(message, agent.takes, attachmentsOf(this.#host.folder, this.id)),
      );
      await this.#end(running, running.stopped ? 'stopped' : (OUTCOMES[reason] ?? 'done'), null);
    } catch (error) {
      if (agent.connected) return this.#end(running, running.stopped ? 'stopped' : 'failed', faultOf(error));
      await this.#died(running, agent);
    }
  }

  async #died(running: Running, agent: Agent): Promise<void> {
    const why = await agent.gone();
    if (running.stopped) return this.#end(running, 'stopped', null);
    await this.#end(
      running,
      'failed',
      fault('agent_exited', `The agent ended in mid-turn (${why})`, agent.lastWords),
    );
  }

  #end(running: Running, outcome: TurnOutcome, why: AgentFault | null): Promise<void> {
    running.end ??= this.#finish(running, outcome, outcome === 'stopped' ? null : why);
    return running.end;
  }

  async #finish(running: Running, outcome: TurnOutcome, why: AgentFault | null): Promise<void> {
    if (running.late) clearTimeout(running.late);
    running.turn.end();
    await this.#yield?.settle();
    // A disk that is full may have room again; without its end in the log the turn runs on for everyone.
    while (!this.#tryFinish({ type: 'turn_ended', turn: running.prompt, outcome, fault: why })) {
      if (this.#keeper.closed) return;
      await new Promise((resolve) => setTimeout(resolve, DISK_RETRY_MS));
    }
    this.#running = null;
    this.#restoreOffers(this.#keeper.agent);
    this.#keeper.restLater();
    this.#host.onTurnEnded();
  }

  #tryFinish(end: Extract<BridgeEvent, { type: 'turn_ended' }>): boolean {
    try {
      if (!this.#record.hasBegun(end.turn)) this.#record.begin(end.turn);
      this.#record.ending(this.#host.nextNumber(this.id));
      if (!this.#host.emit(this.id, end)) return false;
      this.#record.ended();
      return true;
    } catch (error) {
      console.error('the end of a turn was not written', error);
      return false;
    }
  }

  #onReady(agent: Agent): void {
    const { info, conversation } = agent;
    this.#record.setAgentSession(conversation.id);
    this.#host.onAgentSession(this.id, conversation.id);
    this.#host.emit(this.id, { type: 'agent_ready', ...info, resumed: conversation.resumed });
    this.#offers.begin(conversation);
    // A prompt that waits for it sees to that itself.
    if (!this.busy) this.#restoreOffers(agent);
  }

  #restoreOffers(agent: Agent | null): void {
    if (!agent) return;
    this.#offers.restore(agent).catch((error) => console.error('choices were not taken back', error));
  }

  #onUpdate(update: Update, ready: boolean): void {
    if (this.#offers.update(update)) return;
    // Between turns it has no say.
    if (ready && this.#running && !this.#running.end) this.#running.turn.update(update);
  }

  #onPermission(request: RequestPermissionRequest): Promise<RequestPermissionResponse> {
    const running = this.#running;
    if (!running || running.end || running.stopped)
      return Promise.resolve({ outcome: { outcome: 'cancelled' } });
    return running.turn.ask(request);
  }

  #newTurn(id: string): Turn {
    const { cwd } = this.#keeper;
    return new Turn(id, {
      emit: (event) => this.#host.emit(this.id, event),
      onGrowth: () => this.#host.onGrowth(),
      terminal: (terminal) => this.#keeper.terminal(terminal),
      onEdited: () => this.#yield?.onEdited(),
      onOutput: (text) => this.#yield?.onOutput(text),
      onImage: (name, data) => this.#yield?.onImage(name, data),
      relative: (path) => relativeTo(cwd, path),
    });
  }
}

const OUTCOMES: Record<string, TurnOutcome | undefined> = {
  end_turn: 'done',
  cancelled: 'stopped',
  refusal: 'refused',
  max_tokens: 'limit',
  max_turn_requests: 'limit',
};
