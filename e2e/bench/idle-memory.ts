/**
 * What each further idle terminal costs a server of its own, in resident memory, once the first forty have brought
 * the emulators' thread, its code and the slack of twenty emulators that are awake at once. They come twenty at a
 * time, the next when those before are asleep; since they fall asleep by themselves, that goes on beside the other
 * measurements.
 */
import { type Server, startServer } from '../lib/server.ts';
import type { Sshd } from '../lib/sshd.ts';
import { TerminalClient } from '../lib/terminal-client.ts';
import { addHost, makeTerminal, makeWorkspace, ownerOf, removeWorkspaces, type World } from '../lib/world.ts';
import { heldBytes, MEMORY_PROBE } from './memory.ts';
import { run, viewerPipe } from './pipe.ts';
import { type Row, row } from './report.ts';

const AT_ONCE = 20;
const WARM_BATCHES = 2;
/** A terminal hibernates after 10 s of quiet, and each takes its turn. */
const IDLE_MS = 13_000;
const PRINT_LINES = `seq -f '%06g The quick brown fox jumps over the lazy dog.' 1000; printf 're%s\\n' ady`;

export class IdleMemory {
  readonly #server: Server;
  readonly #world: World;
  readonly #hostId: string;
  readonly #batches: number;
  #quietSince = 0;
  #opened = 0;
  /** Resident bytes with the terminals of the warm-up asleep. */
  #warm = 0;

  private constructor(server: Server, world: World, hostId: string, batches: number) {
    this.#server = server;
    this.#world = world;
    this.#hostId = hostId;
    this.#batches = WARM_BATCHES + batches;
  }

  /** A server with its first twenty terminals; `batches` times twenty are measured. */
  static async start(sshd: Sshd, batches: number): Promise<IdleMemory> {
    const server = await startServer({ nodeArgs: MEMORY_PROBE });
    const world = await ownerOf(server);
    const idle = new IdleMemory(server, world, await addHost(world, sshd), batches);
    await idle.#open();
    return idle;
  }

  /** Opens the next terminals if those before are asleep. */
  async goOn(): Promise<void> {
    if (this.#left <= 0 && this.#opened < this.#batches) await this.#next();
  }

  async finish(): Promise<Row[]> {
    while (this.#opened < this.#batches) await this.#next();
    const each = ((await this.#settled()) - this.#warm) / ((this.#batches - WARM_BATCHES) * AT_ONCE);
    await removeWorkspaces(this.#world);
    await this.dispose();
    return [
      row('memory per idle terminal, 1,000 lines', 'KiB', null, Math.max(0, each) / 1024, { atMost: 300 }),
    ];
  }

  dispose(): Promise<void> {
    return this.#server.dispose();
  }

  async #next(): Promise<void> {
    const held = await this.#settled();
    if (this.#opened === WARM_BATCHES) this.#warm = held;
    await this.#open();
  }

  async #open(): Promise<void> {
    const workspace = await makeWorkspace(this.#world, { provider: 'ssh', hostId: this.#hostId });
    for (let i = 0; i < AT_ONCE; i++) {
      const { id } = await makeTerminal(this.#world, workspace.id);
      const viewer = await TerminalClient.attach(this.#world.api, id);
      await run(viewerPipe(viewer), PRINT_LINES, 'ready');
      await viewer.close();
    }
    this.#opened++;
    this.#quietSince = performance.now();
  }

  /** Milliseconds until the newest terminals are asleep. */
  get #left(): number {
    return this.#quietSince + IDLE_MS - performance.now();
  }

  async #settled(): Promise<number> {
    if (this.#left > 0) await new Promise((resolve) => setTimeout(resolve, this.#left));
    return heldBytes(this.#server);
  }
}
