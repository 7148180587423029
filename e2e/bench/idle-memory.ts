/**
 * What each further idle terminal costs a server of its own, in resident memory, once the first have brought the
 * emulators' thread, its code and the slack of twenty emulators that are awake at once. They come twenty at a time, the
 * next when those before are asleep; since they fall asleep by themselves, that goes on beside other measurements.
 */
import { setTimeout } from 'node:timers/promises';
import { type Server, startServer } from '../lib/server.ts';
import type { Sshd } from '../lib/sshd.ts';
import { TerminalClient } from '../lib/terminal-client.ts';
import { addHost, makeTerminal, makeWorkspace, ownerOf, removeWorkspaces, type World } from '../lib/world.ts';
import { heldBytes, MEMORY_PROBE } from './memory.ts';
import { run, viewerPipe } from './pipe.ts';
import { type Row, row } from './report.ts';

const AT_ONCE = 20;
/** Batches of so many terminals that come first, and that are measured. */
interface Batches {
  warm: number;
  measured: number;
}
export const FULL_IDLE: Batches = { warm: 2, measured: 4 };
export const QUICK_IDLE: Batches = { warm: 1, measured: 1 };
/** A terminal hibernates after 10 s of quiet, and each takes its turn. */
const IDLE_MS = 14_000;
const SOON_MS = 6_000;
const AGAIN_MS = 1_000;
/** One that falls asleep gives back more than this. */
const STILL_BYTES = 2 ** 19;
const PRINT_LINES = `seq -f '%06g The quick brown fox jumps over the lazy dog.' 1000; printf 're%s\\n' ady`;

export class IdleMemory {
  readonly #server: Server;
  readonly #world: World;
  readonly #hostId: string;
  readonly #batches: Batches;
  #quietSince = 0;
  #opened = 0;
  /** Resident bytes with the terminals of the warm-up asleep. */
  #warm = 0;

  private constructor(server: Server, world: World, hostId: string, batches: Batches) {
    this.#server = server;
    this.#world = world;
    this.#hostId = hostId;
    this.#batches = batches;
  }

  /** A server with its first twenty terminals. */
  static async start(sshd: Sshd, batches: Batches): Promise<IdleMemory> {
    const server = await startServer({ nodeArgs: MEMORY_PROBE });
    const world = await ownerOf(server);
    const idle = new IdleMemory(server, world, await addHost(world, sshd), batches);
    await idle.#open();
    return idle;
  }

  /** Opens the next terminals if those before are asleep, or soon will be: whoever comes next takes longer than that. */
  async goOn(): Promise<void> {
    if (this.#left <= SOON_MS && this.#opened < this.#all) await this.#next();
  }

  async finish(): Promise<Row[]> {
    while (this.#opened < this.#all) await this.#next();
    const each = ((await this.#settled()) - this.#warm) / (this.#batches.measured * AT_ONCE);
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
    if (this.#opened === this.#batches.warm) this.#warm = held;
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

  get #all(): number {
    return this.#batches.warm + this.#batches.measured;
  }

  /** Milliseconds until the newest terminals are asleep. */
  get #left(): number {
    return this.#quietSince + IDLE_MS - performance.now();
  }

  async #settled(): Promise<number> {
    if (this.#left > 0) await setTimeout(this.#left);
    // On a busy machine some fall asleep late.
    let held = await heldBytes(this.#server);
    for (;;) {
      await setTimeout(AGAIN_MS);
      const now = await heldBytes(this.#server);
      if (now > held - STILL_BYTES) return now;
      held = now;
    }
  }
}
