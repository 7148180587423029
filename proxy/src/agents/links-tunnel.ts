/**
 * The model gateway on machines that cannot reach this server: a port on their loopback, through SSH, that leads to the
 * gateway and to nothing else of the server. Invariants: a workspace's port stays the same, over lost connections and
 * restarts of the proxy, since its agents were told of it; a machine that stops has none.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { Tunnel } from '../ssh/tunnel.ts';
import type { Machines } from '../workspaces/index.ts';

/** Below the ports that systems give out by themselves. */
const FIRST_PORT = 21_000;
const PORTS = 9_000;
/** Another user of the machine may have the one that would be ours. */
const TRIES = 4;
/** The machine may hold on to the port of a connection that has just been lost. */
const HELD_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export interface TunnelsDeps {
  machines: Pick<Machines, 'tunnel' | 'find'>;
  clock: Clock;
  log: Logger;
  onStream: (stream: Duplex) => void;
}

/** The same for the same workspace; `n` for when it is taken. */
export const portOf = (workspaceId: string, n = 0): number =>
  FIRST_PORT + (createHash('sha256').update(`${workspaceId} ${n}`).digest().readUInt32BE() % PORTS);

export class GatewayTunnels implements Disposable {
  readonly #deps: TunnelsDeps;
  readonly #open = new Map<string, Kept>();

  constructor(deps: TunnelsDeps) {
    this.#deps = deps;
  }

  /** The gateway as the machine finds it. Rejects with why there is no way. */
  async addressFor(workspaceId: string): Promise<string> {
    const known = this.#open.get(workspaceId);
    if (known) return `http://127.0.0.1:${await known.port}`;
    const kept = new Kept(this.#deps, workspaceId, () => {
      if (this.#open.get(workspaceId) === kept) this.#open.delete(workspaceId);
    });
    this.#open.set(workspaceId, kept);
    return `http://127.0.0.1:${await kept.port}`;
  }

  /** The machine is about to stop. */
  end(workspaceId: string): void {
    this.#open.get(workspaceId)?.dispose();
  }

  dispose(): void {
    for (const kept of [...this.#open.values()]) kept.dispose();
  }
}

/** One workspace's, for as long as its machine runs. */
class Kept implements Disposable {
  /** Of the first tunnel; later ones have the same. */
  readonly port: Promise<number>;
  readonly #deps: TunnelsDeps;
  readonly #workspaceId: string;
  readonly #onEnd: () => void;
  readonly #life = new DisposableStore();
  #current: Disposable | null = null;
  readonly #abort = new AbortController();

  constructor(deps: TunnelsDeps, workspaceId: string, onEnd: () => void) {
    this.#deps = deps;
    this.#workspaceId = workspaceId;
    this.#onEnd = onEnd;
    this.port = this.#first();
    this.port.catch(() => this.dispose());
  }

  dispose(): void {
    if (this.#life.disposed) return;
    this.#abort.abort();
    this.#life.dispose();
    this.#current?.dispose();
    this.#onEnd();
  }

  async #first(): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      // Ours twice, then others.
      const port = portOf(this.#workspaceId, Math.max(0, tries - 2));
      try {
        return this.#keep(await this.#tunnel(port));
      } catch (error) {
        if (tries >= TRIES || this.#life.disposed) throw error;
        if (tries === 1) await this.#wait(HELD_MS);
      }
    }
  }

  #tunnel(port: number): Promise<Tunnel> {
    const { machines, onStream } = this.#deps;
    return machines.tunnel(this.#workspaceId, { port, onStream, signal: this.#abort.signal });
  }

  #keep(tunnel: Tunnel): number {
    this.#current = tunnel;
    if (this.#life.disposed) tunnel.dispose();
    tunnel.onClose(() => void this.#again(tunnel.port));
    return tunnel.port;
  }

  /** Its agents know this port and no other. */
  async #again(port: number): Promise<void> {
    for (let wait = 0; !this.#life.disposed; wait = Math.min(LAST_RETRY_MS, wait * 2 || FIRST_RETRY_MS)) {
      await this.#wait(wait);
      try {
        const workspace = await this.#deps.machines.find(this.#workspaceId);
        if (workspace?.status !== 'running') return this.dispose();
        if (this.#life.disposed) return;
        this.#keep(await this.#tunnel(port));
        return;
      } catch (error) {
        this.#deps.log.info({ err: error, workspace: this.#workspaceId }, 'a tunnel to the gateway');
      }
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#deps.clock.after(ms, resolve);
      this.#abort.signal.addEventListener('abort', () => {
        timer.dispose();
        resolve();
      });
    });
  }
}
