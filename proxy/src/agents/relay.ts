/**
 * One workspace's way to its bridge, shared by its sessions.
 *
 * Invariants: there is one link while somebody needs it; the bridge's events go to the log in the order of their
 * numbers, and are acknowledged after they are stored (AG4); when the bridge is another one, its sessions are told
 * before anything of the new one is.
 */
import type { AgentFault, BridgeReport } from '@porthole/shared/agent-events';
import type { ToBridge } from '@porthole/shared/bridge';
import type { Bucket } from '../lib/bucket.ts';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { EventLog, LivePlace } from './event-log.ts';
import { artifactOf, keptImage } from './images.ts';
import {
  type BridgeDelta,
  type BridgeLink,
  type BridgeLinks,
  LEAVING_NOTE,
  type LinkListener,
  type LinkState,
  type Welcome,
} from './link.ts';
import { machineWarnings } from './machine-warnings.ts';
import { isAtWork, isStale } from './relay-state.ts';
import type { Session } from './session.ts';
import type { BridgePlace } from './store.ts';

export interface RelayDeps {
  links: BridgeLinks;
  log: EventLog;
  clock: Clock;
  logger: Logger;
  loadPlace(workspaceId: string): Promise<BridgePlace>;
  /** A session of this workspace by its id; null: there is none. */
  session(workspaceId: string, id: string): Promise<Session | null>;
  loaded(id: string): Session | null;
  /** All sessions of this workspace that an agent has worked in. */
  all(workspaceId: string): Promise<Session[]>;
  /** Ids of this workspace's sessions that are not archived. */
  open(workspaceId: string): Promise<ReadonlySet<string>>;
  ofWorkspace(workspaceId: string): Session[];
}

/** A machine that is not reached may be booting, or the network is away for a moment: prompts wait so long. */
export const UNREACHABLE_GRACE_MS = 30_000;
/** A link that nobody needs is kept for so long: the next prompt finds the agent ready. */
export const LINGER_MS = 10 * 60_000;
const AGAIN_MS = 1_000;

export class WorkspaceRelay implements LinkListener {
  readonly #deps: RelayDeps;
  readonly #workspaceId: string;
  #place: LivePlace | null = null;
  #link: BridgeLink | null = null;
  /** Of the link that is listened to. */
  #current: symbol | null = null;
  #neededAt = 0;
  #bridge: string | null = null;
  #unreachable: Disposable | null = null;
  #again: Disposable | null = null;
  /** Lines that wait for a session to be loaded, in order; null: none does. */
  #held: (() => Promise<void> | undefined)[] | null = null;
  /** Turns that the bridge says are running, to be compared when all it kept is stored and our sessions are `told`. */
  #reconcile: { welcome: Welcome; told: boolean } | null = null;
  readonly #warnings: Bucket;
  #attachedAt: number | null = null;
  #note: string | null = null;
  #leaving = false;

  constructor(workspaceId: string, deps: RelayDeps) {
    this.#workspaceId = workspaceId;
    this.#deps = deps;
    this.#warnings = machineWarnings(deps.clock.now());
  }

  get attached(): boolean {
    return this.#attachedAt !== null;
  }

  /** Since when, ms since 1970. */
  get attachedAt(): number | null {
    return this.#attachedAt;
  }

  /** Its bridge goes on with what runs, and begins nothing: the next one does. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** All that the bridge had kept is stored, and its turns have been compared with ours. */
  get compared(): boolean {
    return this.#reconcile === null;
  }

  /** What is being done to reach the bridge, or why it is not reached, for people; null: nothing keeps it away. */
  get note(): string | null {
    return this.#note;
  }

  /** Somebody has something for the bridge: finds it, starting the machine where need be. */
  want(): void {
    this.#neededAt = this.#deps.clock.now();
    // Also while it is on its way: that try may be one of its own, which wakes no machine.
    if (!this.attached) this.#link?.retry();
    if (this.#again) return;
    if (this.#link) return;
    const turn = Symbol('link');
    this.#current = turn;
    this.#link = this.#deps.links.connect(this.#workspaceId, this.#listener(turn));
  }

  send(message: ToBridge): boolean {
    return this.attached && (this.#link?.send(message) ?? false);
  }

  /** Lets go of a link that nobody needs any more. */
  sweep(): void {
    if (this.#deps.ofWorkspace(this.#workspaceId).some((session) => session.needsBridge))
      this.#neededAt = this.#deps.clock.now();
    else if (this.#deps.clock.now() - this.#neededAt >= LINGER_MS || !this.attached) this.release();
  }

  get idle(): boolean {
    return this.#link === null && this.#again === null;
  }

  release(): void {
    this.#attachedAt = null;
    this.#leaving = false;
    this.#say(null);
    this.#again?.dispose();
    this.#again = null;
    this.#forgetUnreachable();
    this.#held = null;
    this.#reconcile = null;
    const link = this.#link;
    this.#link = null;
    this.#current = null;
    link?.dispose();
  }

  /** A link that is given up may have a word left: it is not heard. */
  #listener(own: symbol): LinkListener {
    const current = () => this.#current === own;
    return {
      place: () => this.place(),
      onState: (state) => current() && this.onState(state),
      onWelcome: (welcome) => current() && this.onWelcome(welcome),
      onEvent: (n, session, event) => current() && this.onEvent(n, session, event),
      onDelta: (delta) => current() && this.onDelta(delta),
      onAgentSession: (session, agentSession) => current() && this.onAgentSession(session, agentSession),
      onRefused: (session, fault) => current() && this.onRefused(session, fault),
      onLeaving: (given) => current() && this.onLeaving(given),
    };
  }

  // ── LinkListener ──────────────────────────────────────────────────────────

  async place(): Promise<{ bridge: string | null; stored: number }> {
    const place = await this.#loadPlace();
    await this.#deps.log.settled();
    return { bridge: place.bridge, stored: place.stored };
  }

  onState(state: LinkState): void {
    if (state.state !== 'attached') this.#attachedAt = null;
    this.#leaving = false;
    if (state.state === 'attached' || state.state === 'waiting') this.#forgetUnreachable();
    this.#say(noteOf(state));
    if (state.state !== 'down') return;
    const { fault } = state;
    if (fault.code !== 'machine_unreachable') this.#fail(fault);
    else
      this.#unreachable ??= this.#deps.clock.after(UNREACHABLE_GRACE_MS, () => {
        this.#unreachable = null;
        if (!this.attached) this.#fail(fault);
      });
  }

  onWelcome(welcome: Welcome): void {
    this.#attachedAt = this.#deps.clock.now();
    this.#bridge = welcome.bridge;
    const due = { welcome, told: false };
    this.#reconcile = due;
    this.#hold(async () => {
      // It has said so anew meanwhile.
      if (this.#reconcile !== due) return;
      const place = await this.#loadPlace();
      await this.#begin(place, welcome);
      await this.#meet(welcome);
      for (const session of this.#deps.ofWorkspace(this.#workspaceId)) session.onWelcome();
      due.told = true;
      this.#deps.log.after(() => this.#compare(place.stored));
    });
  }

  onEvent(n: number, id: string, event: BridgeReport): void {
    const session = this.#deps.loaded(id);
    if (this.#held === null && session && this.#place) this.#append(this.#place, session, n, event);
    else
      this.#hold(async () => {
        const place = await this.#loadPlace();
        this.#append(place, await this.#deps.session(this.#workspaceId, id), n, event);
      });
  }

  onDelta(delta: BridgeDelta): void {
    this.#inOrder(delta.session, (session) => session.onDelta(delta));
  }

  onAgentSession(id: string, agentSession: string): void {
    this.#inOrder(id, (session) => session.onAgentSession(agentSession));
  }

  onRefused(id: string | null, fault: AgentFault): void {
    if (this.#warnings.take(this.#deps.clock.now()))
      this.#deps.logger.warn({ workspace: this.#workspaceId, session: id, fault }, 'a bridge refused');
    if (id !== null) this.#inOrder(id, (session) => session.onRefused(fault));
  }

  onLeaving(given: { session: string; prompt: string } | null): void {
    this.#leaving = true;
    this.#say(LEAVING_NOTE);
    if (given) this.#inOrder(given.session, (session) => session.onNotBegun(given.prompt));
    else for (const session of this.#deps.ofWorkspace(this.#workspaceId)) session.onLeaving();
  }

  // ──────────────────────────────────────────────────────────────────────────

  /** After the events before it are told. */
  #inOrder(id: string, call: (session: Session) => void): void {
    const tell = () =>
      this.#deps.log.after(() => {
        const session = this.#deps.loaded(id);
        if (session) call(session);
      });
    if (this.#held === null) tell();
    else
      this.#held.push(() => {
        tell();
        return undefined;
      });
  }

  /** Runs after what is held already; lines that come meanwhile wait for it. */
  #hold(work: () => Promise<void>): void {
    if (this.#held !== null) {
      this.#held.push(work);
      return;
    }
    const queue: (() => Promise<void> | undefined)[] = [work];
    this.#held = queue;
    const run = async () => {
      // Given up in between: the bridge sends what is not acknowledged again.
      for (let next = queue.shift(); next && this.#held === queue; next = queue.shift()) await next();
      if (this.#held === queue) this.#held = null;
    };
    run().catch((error: unknown) => {
      if (this.#held === queue) this.#begone(error);
    });
  }

  async #loadPlace(): Promise<LivePlace> {
    if (this.#place) return this.#place;
    const known = await this.#deps.loadPlace(this.#workspaceId);
    this.#place ??= {
      ...known,
      workspace: this.#workspaceId,
      onStored: (stored) => {
        this.send({ type: 'ack', stored });
        this.#compare(stored);
      },
    };
    return this.#place;
  }

  /** Another log than the one that is known: another machine, or its folder was lost. */
  async #begin(place: LivePlace, { bridge, first }: Welcome): Promise<void> {
    const { log } = this.#deps;
    await log.settled();
    const before = place.bridge;
    const stored = bridge === before ? Math.max(place.stored, first - 1) : Math.max(0, first - 1);
    if (bridge === before && stored === place.stored) return;
    if (bridge !== before && before !== null)
      for (const session of await this.#deps.all(this.#workspaceId)) await session.onMachineReplaced();
    await log.append({ log: null, begin: { place, bridge, stored } });
  }

  /** An agent whose session is archived or not there would run on for ever. One that is at work is compared. */
  async #meet({ sessions }: Welcome): Promise<void> {
    if (sessions.length === 0) return;
    const open = await this.#deps.open(this.#workspaceId);
    for (const { session, turn } of sessions)
      if (!open.has(session)) this.send({ type: 'close', session });
      else if (turn !== null)
        await this.#deps.session(this.#workspaceId, session).catch((error: unknown) => {
          // One that cannot be read keeps nobody from the others.
          this.#deps.logger.error({ err: error, session }, 'a session could not be loaded');
        });
  }

  #append(place: LivePlace, session: Session | null, n: number, event: BridgeReport): void {
    let revived = false;
    const bridge = this.#bridge ?? '';
    const image = event.type === 'image' ? keptImage(event) : null;
    this.#deps.log
      .append({
        log: session?.live ?? null,
        decide: ({ state }) => {
          if (event.type === 'image') return image ? [artifactOf(image)] : [];
          revived = event.type === 'turn_started' && !isAtWork(state, event.turn);
          return isStale(state, event) ? [] : [event];
        },
        from: { place, bridge, n },
        ...(image ? { image } : {}),
      })
      .then(() => {
        if (revived && event.type === 'turn_started') session?.onLeftover(event.turn);
        if (event.type === 'turn_ended') session?.onOver(event.turn);
      })
      .catch((error: unknown) => {
        if (session?.live.gone || place.stored >= n || bridge !== this.#bridge) return;
        this.#begone(error);
      });
  }

  /** Something could not be stored: from the last place that is, again. */
  #begone(error: unknown): void {
    if (!this.#link) return;
    this.#deps.logger.warn(
      { err: error, workspace: this.#workspaceId },
      'events of a bridge were not stored',
    );
    this.release();
    this.#again = this.#deps.clock.after(AGAIN_MS, () => {
      this.#again = null;
      this.want();
    });
  }

  /** All that the bridge had kept is stored: a turn that neither end knows the end of has none. */
  #compare(stored: number): void {
    const due = this.#reconcile;
    if (!due?.told || stored < due.welcome.last || due.welcome.bridge !== this.#place?.bridge) return;
    this.#reconcile = null;
    const running = new Map(
      due.welcome.sessions.flatMap(({ session, turn }) => (turn === null ? [] : [[session, turn]])),
    );
    for (const session of this.#deps.ofWorkspace(this.#workspaceId)) session.reconcile(running);
  }

  #fail(fault: AgentFault): void {
    for (const session of this.#deps.ofWorkspace(this.#workspaceId)) session.onUnreachable(fault);
  }

  #say(note: string | null): void {
    if (note === this.#note) return;
    this.#note = note;
    for (const session of this.#deps.ofWorkspace(this.#workspaceId)) session.tellNote();
  }

  #forgetUnreachable(): void {
    this.#unreachable?.dispose();
    this.#unreachable = null;
  }
}

function noteOf(state: LinkState): string | null {
  if (state.state === 'connecting' || state.state === 'waiting') return state.note;
  return state.state === 'down' ? state.fault.message : null;
}
