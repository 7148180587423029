/**
 * Links to the bridges of workspaces: each looks for its bridge until it is attached, and again when it is lost.
 *
 *   connecting ──welcome──▶ attached
 *      ▲   │ failed            │ lost
 *      └───┴──── down ◀────────┘     waits 1 s, doubling to 30 s; at once on retry(), when the machine has come up,
 *                                    when a bridge has connected by itself, and once after a link that had lasted
 *      └──── waiting ◀── the bridge gives way to another build: nothing has failed; 1 s, doubling to 5 s
 *
 * A link that was attached and then broken off begins at 1 s again; one that talks nonsense waits longer each time.
 * Invariants: a listener hears one conversation at a time; a link that nobody holds does nothing.
 */
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore, Emitter, toDisposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { BridgeLink, BridgeLinks, LinkListener, LinkState } from './link.ts';
import { Conversation } from './links-conversation.ts';
import { LinkError, type Transport } from './links-transport.ts';
import { type SshLinkDeps, SshWay, toLinkError } from './ssh-link.ts';

export const FIRST_RETRY_MS = 1_000;
export const LAST_RETRY_MS = 30_000;
/** A bridge that is about to be another one is looked for at least so often: its last turn may end any moment. */
export const SOON_RETRY_MS = 5_000;
/** A link that lasted so long is looked for again at once when it is lost. */
export const LASTED_MS = 5_000;

/** Bridges that have connected by themselves (`/ws/bridge`). */
export interface OutboundBridges {
  /** The one that waits to be talked to; null: none. Taken by whoever gets it. */
  take(workspaceId: string): Transport | null;
  /** One has come. */
  onCome(workspaceId: string, listener: () => void): Disposable;
}

export interface LinksDeps extends SshLinkDeps {
  clock: Clock;
  log: Logger;
  /** Calls when the workspace has come to run. */
  onRunning: (workspaceId: string, call: () => void) => Disposable;
  outbound: OutboundBridges;
}

export interface Links extends BridgeLinks, Disposable {
  /** The PATH by which the machine's bridge runs its agents; null: it has not been looked at. */
  pathOf(workspaceId: string): string | null;
}

export function createLinks(deps: LinksDeps): Links {
  const links = new Map<string, Set<Link>>();
  return {
    connect(workspaceId, listener) {
      const link = new Link(deps, workspaceId, listener, () => {
        links.get(workspaceId)?.delete(link);
        if (links.get(workspaceId)?.size === 0) links.delete(workspaceId);
      });
      links.set(workspaceId, (links.get(workspaceId) ?? new Set()).add(link));
      link.start();
      return link;
    },
    pathOf: (workspaceId) =>
      [...(links.get(workspaceId) ?? [])].map(({ path }) => path).find((path) => path !== null) ?? null,
    dispose() {
      for (const each of [...links.values()].flatMap((set) => [...set])) each.dispose();
    },
  };
}

/** How a try ended; `attachedMs`: how long the link stood, null when it never did. */
interface Ended {
  why: LinkError;
  attachedMs: number | null;
}

type Woken = 'retry' | 'running' | 'come' | 'time' | 'disposed';

class Link implements BridgeLink {
  readonly #deps: LinksDeps;
  readonly #workspaceId: string;
  readonly #listener: LinkListener;
  readonly #onDispose: () => void;
  readonly #way: SshWay;
  readonly #life = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #signals = new Emitter<Woken>();
  #state: LinkState = { state: 'idle' };
  #conversation: Conversation | null = null;
  /** A person wants the machine: the next try may wake it. */
  #wake = true;
  /** The try that is under way may. */
  #wakes = true;
  #failures = 0;
  /** What came while a try was under way. */
  #pending: Woken | null = null;
  /** Breaks off the try that is under way. */
  #try = new AbortController();

  constructor(deps: LinksDeps, workspaceId: string, listener: LinkListener, onDispose: () => void) {
    this.#deps = deps;
    this.#workspaceId = workspaceId;
    this.#listener = listener;
    this.#onDispose = onDispose;
    this.#way = new SshWay(deps, workspaceId);
  }

  start(): void {
    const { onRunning, outbound } = this.#deps;
    this.#life.add(onRunning(this.#workspaceId, () => this.#signal('running')));
    this.#life.add(outbound.onCome(this.#workspaceId, () => this.#signal('come')));
    void this.#work();
  }

  get state(): LinkState {
    return this.#state;
  }

  get path(): string | null {
    return this.#way.path;
  }

  send(message: Parameters<BridgeLink['send']>[0]): boolean {
    return this.#conversation?.send(message) ?? false;
  }

  retry(): void {
    // The try that is under way may wake the machine already.
    if (this.#life.disposed || this.#conversation || (this.#wakes && this.#state.state === 'connecting'))
      return;
    this.#wake = true;
    this.#signal('retry');
  }

  dispose(): void {
    if (this.#life.disposed) return;
    this.#life.dispose();
    this.#onDispose();
    this.#state = { state: 'idle' };
    this.#abort.abort();
    this.#conversation?.close();
    this.#signals.fire('disposed');
  }

  #signal(what: Woken): void {
    if (this.#signals.size > 0) this.#signals.fire(what);
    else if (this.#state.state === 'connecting') {
      this.#pending = what;
      // No need to wait for a machine that cannot be reached: its bridge is here.
      if (what === 'come' && !this.#conversation) this.#try.abort();
    }
  }

  async #work(): Promise<void> {
    while (!this.#life.disposed) {
      this.#pending = null;
      this.#try = new AbortController();
      this.#become({ state: 'connecting', note: 'Connecting' });
      const { why, attachedMs } = await this.#once();
      if (this.#life.disposed) return;
      const lasted = attachedMs !== null && attachedMs >= LASTED_MS;
      if (lasted || (attachedMs !== null && why.fault.code === 'machine_unreachable')) this.#failures = 0;
      if (!lasted && !why.soon) this.#way.forget();
      if (this.#pending !== 'come')
        this.#become(
          why.soon ? { state: 'waiting', note: why.fault.message } : { state: 'down', fault: why.fault },
        );
      const woken = await this.#pause(why.asleep ? null : this.#delay(lasted, why.soon));
      if (woken === 'time') this.#failures += 1;
      else this.#failures = 0;
    }
  }

  /** Milliseconds to the next try. */
  #delay(lasted: boolean, soon: boolean): number {
    if (lasted) return 0;
    return Math.min(soon ? SOON_RETRY_MS : LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
  }

  /** One try, and the conversation that comes of it, to its end. */
  async #once(): Promise<Ended> {
    let transport: Transport;
    let build: string;
    try {
      build = (await this.#deps.bundle()).build;
      transport = await this.#open();
    } catch (error) {
      if (!this.#abort.signal.aborted && !this.#try.signal.aborted && toLinkError(error) === null)
        this.#deps.log.error({ err: error, workspace: this.#workspaceId }, 'a way to a bridge');
      const why = toLinkError(error) ?? new LinkError('internal', 'The server could not reach the machine.');
      return { why, attachedMs: null };
    }
    return this.#converse(transport, build);
  }

  #open(): Promise<Transport> {
    const come = this.#deps.outbound.take(this.#workspaceId);
    if (come) return Promise.resolve(come);
    const note = (what: string) => this.#become({ state: 'connecting', note: what });
    const signal = AbortSignal.any([this.#abort.signal, this.#try.signal]);
    // Good for one try: who stops a machine afterwards does not find it started again.
    this.#wakes = this.#wake;
    this.#wake = false;
    return this.#way.open({ wake: this.#wakes, note, signal });
  }

  #converse(transport: Transport, build: string): Promise<Ended> {
    if (this.#life.disposed) {
      transport.close();
      return Promise.resolve({ why: new LinkError('machine_unreachable', 'Disposed.'), attachedMs: null });
    }
    const { clock, log } = this.#deps;
    let attachedAt: number | null = null;
    return new Promise((resolve) => {
      this.#conversation = new Conversation({
        ...{ transport, build, clock, log },
        listener: this.#listener,
        workspaceId: this.#workspaceId,
        onWelcome: () => {
          attachedAt = clock.now();
          this.#become({ state: 'attached' });
        },
        onEnd: (why) => {
          this.#conversation = null;
          resolve({ why, attachedMs: attachedAt === null ? null : clock.now() - attachedAt });
        },
      });
    });
  }

  /** Waits so long, or until something has changed; null: for that alone. */
  #pause(ms: number | null): Promise<Woken> {
    if (this.#pending) return Promise.resolve(this.#pending);
    return new Promise((resolve) => {
      const waiting = new DisposableStore();
      const done = (woken: Woken) => {
        waiting.dispose();
        resolve(woken);
      };
      waiting.add(this.#signals.on(done));
      if (ms !== null) waiting.add(this.#deps.clock.after(ms, () => done('time')));
    });
  }

  #become(state: LinkState): void {
    if (this.#life.disposed) return;
    this.#state = state;
    try {
      this.#listener.onState(state);
    } catch (error) {
      this.#deps.log.error({ err: error }, 'a listener of a link');
    }
  }
}

/** For a server without `/ws/bridge`. */
export const noOutbound: OutboundBridges = { take: () => null, onCome: () => toDisposable(() => {}) };
