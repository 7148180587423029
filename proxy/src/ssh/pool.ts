/**
 * Connections per machine, as many as the channels need.
 * Invariants: one connect is in flight per machine; a channel is opened only where the server is believed to
 * have room, and a refusal teaches the pool and moves the channel elsewhere; a connection without sessions
 * and without a lease closes after `idleMs`; whoever gives up waiting is let go at once, and what comes for them
 * later is closed.
 */
import type { ClientChannel } from 'ssh2';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore, toDisposable } from '../lib/disposable.ts';
import { connectSsh } from './connect.ts';
import type { ConnectionLimits, SshConnection } from './connection.ts';
import { SshError } from './errors.ts';
import type { SshTarget } from './target.ts';

export interface PoolLimits {
  /** sshd's default MaxSessions. */
  sessionsPerConnection: number;
  connectionsPerMachine: number;
  /**
   * Terminals get a connection each up to so many connections: on a shared one, the echo of a keystroke
   * waits behind up to 2 MiB (the channel's window) of another terminal's flood.
   */
  spreadPtys: number;
  idleMs: number;
}

export const POOL_LIMITS: PoolLimits = {
  sessionsPerConnection: 10,
  connectionsPerMachine: 16,
  spreadPtys: 6,
  idleMs: 60_000,
};

export type ChannelKind = 'pty' | 'exec';

export interface PoolDeps {
  clock: Clock;
  limits?: Partial<PoolLimits>;
  connection?: Partial<ConnectionLimits>;
  connect?: typeof connectSsh;
}

interface Entry {
  connection: SshConnection;
  ptys: number;
  idle: Disposable | null;
}

interface Machine {
  entries: Set<Entry>;
  connecting: { done: Promise<void>; hostKey: string | null } | null;
  /** Breaks off the connect that is in flight. */
  cancel: AbortController;
  /** The lowest number of sessions at which the server refused one more. */
  learnedLimit: number;
  leases: number;
}

/** A channel refused or a stale connection found this often in one opening: give up. */
const MAX_TRIES = 6;

export class SshPool implements Disposable {
  readonly #machines = new Map<string, Machine>();
  readonly #limits: PoolLimits;
  readonly #deps: PoolDeps;
  readonly #abort = new AbortController();

  constructor(deps: PoolDeps) {
    this.#deps = deps;
    this.#limits = { ...POOL_LIMITS, ...deps.limits };
  }

  /** Runs `start` on a connection with room, opening one if need be. Rejects with an `SshError`. */
  async open(
    target: SshTarget,
    kind: ChannelKind,
    start: (connection: SshConnection) => Promise<ClientChannel>,
    signal?: AbortSignal,
  ): Promise<{ channel: ClientChannel; connection: SshConnection }> {
    const machine = this.#machine(target.key);
    for (let tries = 0; ; ) {
      if (signal?.aborted || this.#abort.signal.aborted) throw aborted(target);
      const entry = this.#pick(machine, kind);
      if (!entry) {
        await this.#connected(machine, target, signal);
        continue;
      }
      try {
        const opening = this.#start(entry, kind, start);
        const channel = await unlessAborted(opening, signal, target, (late) => late.close());
        return { channel, connection: entry.connection };
      } catch (error) {
        tries += 1;
        if (!(error instanceof SshError) || tries >= MAX_TRIES) throw error;
        const again = error.code === 'channel_limit' ? this.#learn(machine, error) : mayRepeat(error, kind);
        if (!again) throw error;
      }
    }
  }

  /** Keeps one connection of this machine open while held. Connects now, so that the next channel is instant. */
  async lease(target: SshTarget): Promise<Disposable> {
    const machine = this.#machine(target.key);
    machine.leases += 1;
    const lease = toDisposable(() => {
      machine.leases -= 1;
      for (const entry of machine.entries) this.#considerIdle(machine, entry);
    });
    try {
      while (machine.entries.size === 0) await this.#connected(machine, target);
      return lease;
    } catch (error) {
      lease.dispose();
      throw error;
    }
  }

  /**
   * Closes every connection to the machine, also one in the making: it is gone, or another key is trusted now. For who
   * waits for that one it is lost.
   */
  closeMachine(key: string): void {
    const machine = this.#machines.get(key);
    machine?.cancel.abort();
    for (const entry of [...(machine?.entries ?? [])]) entry.connection.dispose();
  }

  /** Resolves once there is no connection to the machine. */
  async whenIdle(key: string): Promise<void> {
    const machine = this.#machines.get(key);
    for (const { connection } of [...(machine?.entries ?? [])]) {
      await new Promise<void>((resolve) => connection.onClose.on(() => resolve()));
    }
  }

  /** Connections and sessions now, for metrics and tests. */
  stats(key: string): { connections: number; sessions: number } {
    const entries = [...(this.#machines.get(key)?.entries ?? [])];
    return {
      connections: entries.length,
      sessions: entries.reduce((sum, entry) => sum + entry.connection.sessions, 0),
    };
  }

  /** To all machines. */
  get connections(): number {
    let count = 0;
    for (const { entries } of this.#machines.values()) count += entries.size;
    return count;
  }

  dispose(): void {
    this.#abort.abort();
    for (const key of this.#machines.keys()) this.closeMachine(key);
  }

  #machine(key: string): Machine {
    const known = this.#machines.get(key);
    if (known) return known;
    const machine: Machine = {
      entries: new Set(),
      connecting: null,
      cancel: new AbortController(),
      learnedLimit: Number.POSITIVE_INFINITY,
      leases: 0,
    };
    this.#machines.set(key, machine);
    return machine;
  }

  /** The best connection with room, or null: open another. */
  #pick(machine: Machine, kind: ChannelKind): Entry | null {
    const cap = Math.min(this.#limits.sessionsPerConnection, machine.learnedLimit);
    const room = [...machine.entries].filter(
      ({ connection }) => !connection.closed && connection.sessions < Math.min(cap, connection.sessionLimit),
    );
    room.sort((a, b) => a.ptys - b.ptys || a.connection.sessions - b.connection.sessions);
    const best = room[0];
    if (!best) return null;
    const spread = kind === 'pty' && best.ptys > 0 && machine.entries.size < this.#limits.spreadPtys;
    return spread ? null : best;
  }

  async #start(
    entry: Entry,
    kind: ChannelKind,
    start: (connection: SshConnection) => Promise<ClientChannel>,
  ): Promise<ClientChannel> {
    if (kind === 'exec') return start(entry.connection);
    entry.ptys += 1;
    try {
      const channel = await start(entry.connection);
      channel.on('close', () => {
        entry.ptys -= 1;
      });
      return channel;
    } catch (error) {
      entry.ptys -= 1;
      throw error;
    }
  }

  /** True when there is sense in trying elsewhere. A server that refuses the very first session will refuse any. */
  #learn(machine: Machine, error: SshError): boolean {
    const sessions = error.details.sessions ?? 0;
    if (sessions === 0) return false;
    machine.learnedLimit = Math.min(machine.learnedLimit, sessions);
    return true;
  }

  /** Waits for a connect that is under way, or begins one. */
  async #connected(machine: Machine, target: SshTarget, signal?: AbortSignal): Promise<void> {
    const { connecting } = machine;
    if (connecting && connecting.hostKey !== target.hostKey) {
      // It trusts another key than we do: what comes of it is not for us.
      const settled = connecting.done.catch(() => {});
      return unlessAborted(settled, signal, target);
    }
    await unlessAborted(this.#connect(machine, target), signal, target);
  }

  #connect(machine: Machine, target: SshTarget): Promise<void> {
    if (machine.connecting) return machine.connecting.done;
    const done = this.#connectOnce(machine, target).finally(() => {
      machine.connecting = null;
    });
    machine.connecting = { done, hostKey: target.hostKey };
    return done;
  }

  async #connectOnce(machine: Machine, target: SshTarget): Promise<void> {
    if (machine.entries.size >= this.#limits.connectionsPerMachine) {
      const message = `${target.label} has ${machine.entries.size} connections, all full. Close some terminals first.`;
      throw new SshError('channel_limit', message);
    }
    const { clock, connection: limits, connect = connectSsh } = this.#deps;
    const cancel = new AbortController();
    machine.cancel = cancel;
    const signal = AbortSignal.any([this.#abort.signal, cancel.signal]);
    const connection = await connect(target, { clock, ...(limits ? { limits } : {}), signal }).catch(
      (error: unknown) => {
        if (!cancel.signal.aborted) throw error;
        throw new SshError('lost', `The connection to ${target.label} was closed.`, { unsent: true });
      },
    );
    const entry: Entry = { connection, ptys: 0, idle: null };
    machine.entries.add(entry);
    const listeners = new DisposableStore();
    listeners.add(
      connection.onClose.on(() => {
        entry.idle?.dispose();
        machine.entries.delete(entry);
        listeners.dispose();
      }),
    );
    listeners.add(connection.onSessions.on(() => this.#considerIdle(machine, entry)));
    this.#considerIdle(machine, entry);
  }

  #considerIdle(machine: Machine, entry: Entry): void {
    entry.idle?.dispose();
    entry.idle = null;
    const { connection } = entry;
    if (connection.closed || connection.sessions > 0) return;
    entry.idle = this.#deps.clock.after(this.#limits.idleMs, () => {
      const needed = machine.leases > 0 && machine.entries.size === 1;
      if (connection.sessions === 0 && !needed) connection.dispose();
    });
  }
}

/**
 * The connection had died unnoticed. A command may have begun before that, and is repeated only when it was never
 * sent; a shell that nobody has seen may be opened once more.
 */
const mayRepeat = ({ code, details }: SshError, kind: ChannelKind): boolean =>
  code === 'lost' && (details.unsent === true || kind === 'pty');

/** `work`, or `aborted` as soon as the signal says so; what `work` brings after that goes to `discard`. */
async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  target: SshTarget,
  discard: (late: T) => void = () => {},
): Promise<T> {
  if (!signal) return work;
  const listening = new DisposableStore();
  const abortion = new Promise<'aborted'>((resolve) => {
    const abort = () => resolve('aborted');
    signal.addEventListener('abort', abort);
    listening.add(toDisposable(() => signal.removeEventListener('abort', abort)));
    if (signal.aborted) abort();
  });
  const first = await Promise.race([work.then((value) => ({ value })), abortion]).finally(() =>
    listening.dispose(),
  );
  if (first !== 'aborted') return first.value;
  work.then(discard, () => {});
  throw aborted(target);
}

const aborted = (target: SshTarget) =>
  new SshError('aborted', `Connecting to ${target.label} was cancelled.`);
