/**
 * Sessions by id: loads them, keeps those that something goes on in, and lets go of the others.
 *
 * Invariants: a session is in memory once; one that works, waits or is looked at stays; after a restart what was going
 * on is taken up again.
 */
import { CloseCode, PortholeError, type SessionRow } from '@porthole/shared';
import { decodeEvent } from '@porthole/shared/agent-events';
import { EVENT_PAGE } from '@porthole/shared/agent-limits';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { AttachmentStore } from './attachment-store.ts';
import { fromCheckpoint } from './checkpoint.ts';
import type { CommandFor } from './dispatch.ts';
import { EventLog } from './event-log.ts';
import type { BridgeLinks } from './link.ts';
import { type Waited, WaitMetrics } from './metrics.ts';
import { WorkspaceRelay } from './relay.ts';
import { applyToState, emptyState, type RelayState } from './relay-state.ts';
import { Session } from './session.ts';
import { gone, type SessionStore, wireOf } from './store.ts';

export interface HubDeps {
  store: SessionStore;
  attachments: AttachmentStore;
  links: BridgeLinks;
  clock: Clock;
  log: Logger;
  commandFor: CommandFor;
  /** Its absolute path, and the branch that the work began from. */
  checkout(workspaceId: string): Promise<{ cwd: string; base: string | null }>;
  onTurnEnded?: (session: Session) => void;
  onWaited?: (waited: Waited) => void;
  onBatch?: (batch: { events: number; ms: number }) => void;
}

const SWEEP_MS = 30_000;
/** Whoever was handed a session is done with it by then. */
const KEPT_MS = 5 * 60_000;

export class SessionHub implements Disposable {
  readonly metrics: WaitMetrics;
  readonly #deps: HubDeps;
  readonly #log: EventLog;
  readonly #resources = new DisposableStore();
  readonly #sessions = new Map<string, Session>();
  readonly #loading = new Map<string, Promise<Session>>();
  readonly #relays = new Map<string, WorkspaceRelay>();
  readonly #activeAt = new Map<string, number>();

  constructor(deps: HubDeps) {
    this.#deps = deps;
    const { store, clock, log } = deps;
    this.metrics = new WaitMetrics(clock.now(), deps.onWaited);
    this.#log = new EventLog({ commit: (commit) => store.commit(commit), clock, log, onBatch: deps.onBatch });
    this.#resources.add(clock.every(SWEEP_MS, () => this.#sweep()));
  }

  /** Rejects with `not_found`. */
  get(id: string): Promise<Session> {
    const known = this.#sessions.get(id);
    if (known && !known.live.gone) {
      known.usedAt = this.#deps.clock.now();
      return Promise.resolve(known);
    }
    const loading = this.#loading.get(id) ?? this.#load(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  /** Takes up what was going on when the proxy ended. */
  async start(): Promise<void> {
    for (const { id } of await this.#deps.store.active())
      await this.get(id).then(
        (session) => session.resume(),
        // One that cannot be read keeps nobody from the others.
        (error: unknown) =>
          this.#deps.log.error({ err: error, session: id }, 'a session could not be loaded'),
      );
  }

  personAt(id: string): string | null {
    const live = this.#sessions.get(id)?.live;
    const { turn, queue } = live?.state.head ?? { turn: null, queue: [] };
    return turn?.by ?? queue[0]?.by ?? null;
  }

  /** Of sessions in memory, which are those that something goes on in. */
  levels(): { turns: number; prompts: number; viewers: number } {
    const sum = { turns: 0, prompts: 0, viewers: 0 };
    for (const { live, audience } of this.#sessions.values()) {
      if (live.state.head.turn) sum.turns += 1;
      sum.prompts += live.state.head.queue.length;
      sum.viewers += audience.size;
    }
    return sum;
  }

  /** WS3 */
  isWorking(workspaceId: string): boolean {
    return this.#of(workspaceId).some((session) => session.isWorking);
  }

  lastActivityAt(workspaceId: string): number | null {
    for (const session of this.#of(workspaceId))
      if (session.isWorking) this.#activeAt.set(workspaceId, this.#deps.clock.now());
    return this.#activeAt.get(workspaceId) ?? null;
  }

  /** Its agents end with the machine; while it pauses they only sleep. */
  async workspaceEnding(workspaceId: string, effect: 'stop' | 'pause' | 'destroy'): Promise<void> {
    this.#relays.get(workspaceId)?.release();
    if (effect === 'pause') return;
    const message = effect === 'stop' ? 'The workspace was stopped.' : 'The workspace was deleted.';
    for (const session of this.#of(workspaceId)) await session.onWorkspaceEnding(message);
  }

  /** Its rows are gone. */
  forget(workspaceId: string): void {
    for (const session of this.#of(workspaceId)) {
      session.live.gone = true;
      this.#drop(session, 'not_found');
    }
    this.#relays.get(workspaceId)?.release();
    this.#relays.delete(workspaceId);
    this.#activeAt.delete(workspaceId);
  }

  /** Writes what was taken; turns go on without us. */
  async stop(): Promise<void> {
    for (const relay of this.#relays.values()) relay.release();
    await this.#log.settled();
    this.dispose();
  }

  dispose(): void {
    this.#resources.dispose();
    for (const relay of this.#relays.values()) relay.release();
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }

  // ──────────────────────────────────────────────────────────────────────────

  #of(workspaceId: string): Session[] {
    return [...this.#sessions.values()].filter((session) => session.workspaceId === workspaceId);
  }

  async #load(id: string): Promise<Session> {
    const { store } = this.#deps;
    const loaded = await store.load(id);
    if (!loaded) throw gone();
    const state = await this.#fold(id, fromCheckpoint(loaded.checkpoint));
    const session = new Session({ ...loaded, state }, this.#sessionDeps(loaded.row));
    this.#sessions.set(id, session);
    // A proxy that was killed may have left the row behind the log.
    if (loaded.row.head !== state.head.seq)
      this.#log.append({ log: session.live }).catch((error: unknown) => {
        this.#deps.log.warn({ err: error, session: id }, 'the row of a session is behind its log');
      });
    return session;
  }

  async #fold(id: string, from: RelayState | null): Promise<RelayState> {
    let state = from ?? emptyState();
    for (;;) {
      const page = await this.#deps.store.eventsAfter(id, state.head.seq, EVENT_PAGE);
      if (page.length === 0) return state;
      for (const stored of page) {
        const event = decodeEvent(JSON.parse(wireOf(stored)));
        if (event) state = applyToState(state, event);
      }
    }
  }

  #sessionDeps(row: SessionRow) {
    const { store, attachments, clock, log, commandFor, checkout } = this.#deps;
    return {
      ...{ log: this.#log, clock, logger: log, metrics: this.metrics, commandFor, checkout },
      relay: this.#relay(row.workspaceId),
      onTurnEnded: (session: Session) => this.#deps.onTurnEnded?.(session),
      author: (userId: string) => store.author(userId),
      attachment: async (id: string) => (await attachments.get(row.id, id))?.data ?? null,
      setAgentSession: (id: string, agentSession: string) => store.setAgentSession(id, agentSession),
      promptSeq: (id: string) => store.prompt(id),
      eventsAfter: (id: string, after: number, limit: number) => store.eventsAfter(id, after, limit),
    };
  }

  #relay(workspaceId: string): WorkspaceRelay {
    const known = this.#relays.get(workspaceId);
    if (known) return known;
    const { store, links, clock, log } = this.#deps;
    const own = async (id: string) => {
      const session = await this.get(id).catch((error: unknown) => {
        if (error instanceof PortholeError && error.code === 'not_found') return null;
        throw error;
      });
      return session?.workspaceId === workspaceId ? session : null;
    };
    const relay = new WorkspaceRelay(workspaceId, {
      ...{ links, log: this.#log, clock, logger: log },
      loadPlace: (workspace) => store.place(workspace),
      session: (_, id) => own(id),
      loaded: (id) => {
        const session = this.#sessions.get(id);
        return session?.workspaceId === workspaceId ? session : null;
      },
      all: async () => {
        const rows = await store.list(workspaceId);
        const sessions = await Promise.all(rows.map(({ id }) => own(id)));
        return sessions.filter((session) => session !== null);
      },
      open: async (workspace) =>
        new Set((await store.list(workspace)).flatMap((row) => (row.archivedAt === null ? [row.id] : []))),
      ofWorkspace: () => this.#of(workspaceId),
    });
    this.#relays.set(workspaceId, relay);
    return relay;
  }

  #sweep(): void {
    const now = this.#deps.clock.now();
    for (const relay of this.#relays.values()) relay.sweep();
    for (const session of this.#sessions.values())
      if (session.isIdle && now - session.usedAt >= KEPT_MS) this.#drop(session, 'going_away');
  }

  #drop(session: Session, reason: 'not_found' | 'going_away'): void {
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id);
    session.dispose();
    const code = reason === 'not_found' ? CloseCode.notFound : CloseCode.goingAway;
    session.audience.closeAll(code, reason);
  }
}
