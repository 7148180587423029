/**
 * One session while it is in memory: what the bridge says goes to the log, and what is next to the bridge. What people
 * do is session-people.ts.
 *
 * Invariants: one prompt at a time is with the agent; what the bridge has to know is sent again on every welcome, so
 * nothing is lost with a connection; every prompt ends, at the latest with a fault that says why.
 */
import type { SessionRow } from '@porthole/shared';
import type { AgentFault, Artifact, SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';
import type { ToBridge } from '@porthole/shared/bridge';
import type { Disposable } from '../lib/disposable.ts';
import { Audience } from './audience.ts';
import { type DispatchDeps, Dispatcher } from './dispatch.ts';
import type { LiveLog, LoggedEvent } from './event-log.ts';
import type { BridgeDelta } from './link.ts';
import { Stopwatch, type WaitMetrics } from './metrics.ts';
import { Partials } from './partials.ts';
import * as prompts from './prompt-queue.ts';
import { isAtWork, type RelayState } from './relay-state.ts';
import { ROW_PACE_MS } from './row-pace.ts';
import { SessionPeople } from './session-people.ts';
import { Stopping } from './stopping.ts';
import type { StoredEvent } from './store.ts';
import { ended, fault } from './turn-ends.ts';
import { Warmth } from './warmth.ts';
import { branchesOf, newsOf } from './yielded.ts';

export interface SessionDeps extends DispatchDeps {
  onTurnEnded(session: Session): void;
  metrics: WaitMetrics;
  setAgentSession(id: string, agentSession: string): Promise<void>;
  promptSeq(id: string): Promise<{ session: string; seq: number } | null>;
  eventsAfter(id: string, after: number, limit: number): Promise<StoredEvent[]>;
}

export interface Loaded {
  row: SessionRow;
  state: RelayState;
  agentSession: string | null;
}

export class Session {
  readonly live: LiveLog;
  readonly audience: Audience;
  readonly people: SessionPeople;
  readonly #deps: SessionDeps;
  readonly #partials = new Partials();
  readonly #watch: Stopwatch;
  readonly #dispatcher: Dispatcher;
  readonly #warmth: Warmth;
  readonly #stopping: Stopping;
  #rowTimer: Disposable | null = null;
  usedAt: number;

  constructor({ row, state, agentSession }: Loaded, deps: SessionDeps) {
    this.#deps = deps;
    this.usedAt = deps.clock.now();
    this.#watch = new Stopwatch(deps.clock, (waited) => deps.metrics.add(row.organisationId, waited));
    this.live = {
      id: row.id,
      row,
      state,
      prompts: new Map(),
      dispatched: null,
      starting: false,
      rowWrittenAt: 0,
      checkpointAt: state.head.seq,
      gone: false,
      onEvents: (events) => this.#onEvents(events),
      onRowLater: () => this.#writeRowLater(),
    };
    this.#warmth = new Warmth(deps.clock, () => this.#warm());
    this.#stopping = new Stopping(deps.clock, {
      tell: (turn) => this.#send({ type: 'stop', session: row.id, prompt: turn }),
      end: (turn) => {
        this.#dispatcher.onLeftover(turn);
        this.#inBackground(this.#end(turn, 'stopped', null));
      },
    });
    this.#dispatcher = new Dispatcher(this.live, agentSession, {
      ...deps,
      append: (decide) => this.#append(decide),
      fail: (prompt, fault) => this.#fail(prompt, fault),
      inBackground: (work) => this.#inBackground(work),
    });
    this.people = new SessionPeople(this.live, {
      ...{ log: deps.log, promptSeq: deps.promptSeq },
      append: (decide, title) => this.#append(decide, title),
      isWorking: () => this.isWorking,
      queued: (prompt, unheard) => this.#onQueued(prompt, unheard),
      send: (message) => this.#send(message),
      warm: () => this.#warmth.now(),
    });
    this.audience = new Audience({
      head: () => this.live.state.head.seq,
      partials: () => this.#partials.all(),
      note: () => this.#note,
      eventsAfter: (after, limit) => deps.eventsAfter(row.id, after, limit),
      onFault: (error) => deps.logger.error({ err: error, session: row.id }, 'events could not be read'),
    });
  }

  get id(): string {
    return this.live.id;
  }

  get workspaceId(): string {
    return this.live.row.workspaceId;
  }

  /** That the bridge makes room for another one is nothing to a turn that runs. */
  get #note(): string | null {
    const { leaving, note } = this.#deps.relay;
    return leaving && this.live.state.head.turn ? null : note;
  }

  /** A turn runs, or a prompt is on its way to one. */
  get isWorking(): boolean {
    return this.live.state.head.turn !== null || this.live.dispatched !== null || this.#next() !== null;
  }

  get needsBridge(): boolean {
    return this.isWorking || this.#warmth.isWarm;
  }

  get isIdle(): boolean {
    return !this.needsBridge && this.audience.size === 0 && !this.#rowTimer && !this.#warmth.isDue;
  }

  // ── what the bridge says, and who is there ───────────────────────────────

  #onQueued(prompt: string, unheard: boolean): void {
    if (unheard) this.#watch.prompt(prompt, this.#deps.relay.attachedAt, this.live.state.head.agent.state);
    this.#dispatcher.drive();
  }

  /** AG8: somebody writes a prompt. */
  typing(): void {
    this.#warmth.typing();
  }

  #warm(): void {
    if (this.live.row.archivedAt !== null) return;
    this.#deps.relay.want();
    if (this.#deps.relay.attached) this.#inBackground(this.#dispatcher.warm());
  }

  onWelcome(): void {
    this.#watch.machine();
    const { head, answers, stopping } = this.live.state;
    if (head.turn) {
      for (const [request, option] of Object.entries(answers))
        this.#send({ type: 'answer', session: this.id, request, option });
      if (stopping === head.turn.prompt) this.#send({ type: 'stop', session: this.id, prompt: stopping });
    }
    this.#dispatcher.onWelcome(this.#warmth.isWarm);
  }

  onDelta({ turn, item, kind, at, text }: BridgeDelta): void {
    if (this.live.state.head.turn?.prompt !== turn) return;
    const delta = { turn, item, kind, at, text };
    this.#watch.output(turn);
    this.#partials.apply(delta);
    this.audience.delta(delta);
  }

  onAgentSession(agentSession: string): void {
    if (agentSession === this.#dispatcher.agentSession) return;
    this.#dispatcher.agentSession = agentSession;
    this.#inBackground(this.#deps.setAgentSession(this.id, agentSession));
  }

  onRefused(fault: AgentFault): void {
    const prompt = this.live.dispatched;
    if (prompt) this.#inBackground(this.#fail(prompt, fault));
  }

  /** It was given to a bridge that makes room for another one: it waits again. */
  onNotBegun(prompt: string): void {
    if (this.live.dispatched !== prompt) return;
    this.live.dispatched = null;
    // Its row says so as well.
    this.#inBackground(this.#append(() => []));
    this.#dispatcher.drive();
  }

  /** Nothing is on its way to the agent any more. */
  onLeaving(): void {
    this.#dispatcher.drive();
  }

  tellNote(): void {
    this.audience.onNote(this.#note);
  }

  /** No way to the bridge: a prompt that waits for it ends, and may be tried again. */
  onUnreachable(fault: AgentFault): void {
    this.#warmth.dispose();
    const prompt = this.#next();
    // One that the bridge was given may be running: its end is heard when the machine is back.
    if (prompt && prompt.prompt !== this.live.dispatched)
      this.#inBackground(this.#fail(prompt.prompt, fault));
  }

  /** `running`: the bridge's turns by session, after all it had kept is stored. */
  reconcile(running: ReadonlyMap<string, string>): void {
    const { state } = this.live;
    const { turn } = state.head;
    const there = running.get(this.id) ?? null;
    if (turn && there !== turn.prompt && !this.#dispatcher.hasGiven(turn.prompt))
      this.#inBackground(
        this.#fail(turn.prompt, fault('agent_exited', 'The agent was lost in the middle of its work.')),
      );
    // Ended from here while the machine was away.
    this.#dispatcher.onCompared(there !== null && !isAtWork(state, there) ? there : null);
  }

  /** A turn has begun that was over here before its beginning was heard. */
  onLeftover(turn: string): void {
    this.#dispatcher.onLeftover(turn);
  }

  /** The bridge’s turn has ended, whether or not it had ended here. */
  onOver(turn: string): void {
    this.#dispatcher.onOver(turn);
  }

  async onMachineReplaced(): Promise<void> {
    this.#partials.clear();
    await this.#append(({ state: { head } }) => {
      if (head.agent.state === 'none' && !head.turn) return [];
      const lost = fault('machine_unreachable', 'The machine was replaced while the agent worked.');
      return [...(head.turn ? [ended(head.turn.prompt, 'failed', lost)] : []), { type: 'machine_replaced' }];
    });
  }

  /** The workspace stops or goes, and the agent with it. */
  async onWorkspaceEnding(message: string): Promise<void> {
    this.#warmth.dispose();
    await this.#append((now) => {
      const prompt = now.state.head.turn?.prompt ?? prompts.next(now)?.prompt;
      return prompt ? [ended(prompt, 'stopped', fault('machine_unreachable', message))] : [];
    });
    this.live.dispatched = null;
  }

  /** Found elsewhere than on the machine; what is known already is not said again. */
  async yielded(artifacts: readonly Artifact[]): Promise<void> {
    await this.#append(({ state: { head } }) =>
      newsOf(head, artifacts).map((artifact) => ({ type: 'artifact', artifact })),
    );
  }

  /** That it has pushed. */
  get branches(): string[] {
    return branchesOf(this.live.state.head);
  }

  /** After a start of the proxy, and whenever something may be due. */
  resume(): void {
    const { head, stopping } = this.live.state;
    if (head.turn) this.#deps.relay.want();
    if (stopping !== null && stopping === head.turn?.prompt) this.#stopping.asked(stopping);
    // It may have been given before the restart: then its agent is stopped when the bridge is heard of.
    else if (stopping !== null) this.#inBackground(this.#end(stopping, 'stopped', null));
    this.#dispatcher.drive();
  }

  dispose(): void {
    for (const each of [this.#warmth, this.#dispatcher, this.#stopping, this.#rowTimer]) each?.dispose();
    this.#rowTimer = null;
  }

  // ── after the commit ──────────────────────────────────────────────────────

  #onEvents(events: LoggedEvent[]): void {
    this.usedAt = this.#deps.clock.now();
    this.audience.deliver(events);
    for (const { event } of events) this.#react(event);
    this.#dispatcher.drive();
  }

  #react(event: SessionEvent): void {
    switch (event.type) {
      case 'agent_ready':
        this.#watch.agentReady();
        break;
      case 'turn_started':
        if (this.live.dispatched === event.turn) this.live.dispatched = null;
        this.#watch.started(event.turn);
        this.#stopping.began(event.turn);
        break;
      case 'text':
        this.#partials.finish(event.item);
        this.#watch.output(event.turn);
        break;
      case 'tool':
        this.#watch.output(event.turn);
        break;
      case 'turn_ended':
        this.#onTurnEnded(event.turn);
        break;
      case 'permission_asked':
        this.#inBackground(this.#append((now) => prompts.rememberedAnswers(now)));
        break;
      case 'permission_answered': {
        const { request, option } = event;
        this.#send({ type: 'answer', session: this.id, request, option });
        break;
      }
      case 'stop_asked':
        this.#stopping.asked(event.turn);
        break;
    }
  }

  #onTurnEnded(turn: string): void {
    this.#partials.clear();
    this.#watch.ended(turn);
    if (this.#deps.relay.leaving) this.tellNote();
    this.#deps.onTurnEnded(this);
    if (this.live.dispatched === turn) this.live.dispatched = null;
    this.#stopping.ended(turn);
  }

  // ── what is next ──────────────────────────────────────────────────────────

  #next() {
    return this.#dispatcher.next();
  }

  #fail(prompt: string, fault: AgentFault): Promise<void> {
    return this.#end(prompt, 'failed', fault);
  }

  /** Unless it has ended. */
  async #end(prompt: string, outcome: 'failed' | 'stopped', why: AgentFault | null): Promise<void> {
    await this.#append(({ state }) => (isAtWork(state, prompt) ? [ended(prompt, outcome, why)] : []));
  }

  // ──────────────────────────────────────────────────────────────────────────

  #append(
    decide: (now: prompts.Now) => SessionEventBody[],
    row?: { title: string },
  ): Promise<SessionEvent[]> {
    this.usedAt = this.#deps.clock.now();
    return this.#deps.log.append({ log: this.live, decide, ...(row ? { row } : {}) });
  }

  #send(message: ToBridge): boolean {
    return this.#deps.relay.send(message);
  }

  #writeRowLater(): void {
    this.#rowTimer ??= this.#deps.clock.after(ROW_PACE_MS, () => {
      this.#rowTimer = null;
      this.#inBackground(this.#deps.log.append({ log: this.live }));
    });
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.live.gone) this.#deps.logger.warn({ err: error, session: this.id }, 'a session failed');
    });
  }
}
