/**
 * The way of a terminal's output: from the PTY into the history, and from there to each viewer and the emulator.
 *
 * Invariants: the history is the only queue (TR4); a resize stands at its place among the bytes for everybody (TR8a).
 * When the program has to wait is pty-flow.ts.
 */
import { OUTPUT_FRAME_BYTES } from '@porthole/shared/flow-limits';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { PtyChannel } from '../lib/pty.ts';
import { Gatherer } from './gatherer.ts';
import { History } from './history.ts';
import { PtyFlow } from './pty-flow.ts';
import type { PackedScreen, Screen, SnapshotReply } from './screen.ts';
import { ScreenFeed } from './screen-feed.ts';
import type { Viewer } from './viewer.ts';

/** Kept of a terminal that has gone quiet, for those who come back to it. */
export const QUIET_HISTORY_BYTES = 96 * 1024;
/** A viewer that cannot follow a flood is brought to the present, or tried to be, this often at most. */
const CATCH_UP_MS = 250;
/** A viewer that has acknowledged something within this time is only a little behind. */
const FOLLOWING_MS = 250;

interface Snapshot {
  era: number;
  /** The number of the first resize that is not in it. */
  nextMark: number;
  reply: SnapshotReply;
}

export interface Size {
  cols: number;
  rows: number;
}

/** What a viewer is told before it is sent bytes from `seq` on. */
export interface Beginning {
  mode: 'exact' | 'snapshot';
  seq: number;
  size: Size;
  snapshotBytes: number;
}

export interface OutputOptions {
  clock: Clock;
  screen: Screen;
  size: Size;
  seq: number;
  viewers: () => Iterable<Viewer>;
  isAttached: (viewer: Viewer) => boolean;
  begin: (viewer: Viewer, beginning: Beginning) => void;
  /** This viewer has been sent all there is. */
  caughtUp: (viewer: Viewer) => void;
}

export class Output implements Disposable {
  readonly #options: OutputOptions;
  readonly #clock: Clock;
  readonly #screen: Screen;
  readonly #gatherer: Gatherer;
  /** Pauses and resumes the program. */
  readonly #flow: PtyFlow;
  readonly #feed: ScreenFeed;
  #history: History;
  /** Counts beginnings: an answer of the emulator to an earlier one is of no use. */
  #era = 0;
  #catchUpTimer: Disposable | null = null;
  #snapshotting: { era: number; promise: Promise<Snapshot> } | null = null;
  #disposed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#screen = options.screen;
    this.#history = new History(options.size, { seq: options.seq });
    this.#feed = new ScreenFeed(this.#clock, this.#screen, this.#history);
    this.#gatherer = new Gatherer(this.#clock, () => this.#sendAll());
    this.#flow = new PtyFlow({
      clock: this.#clock,
      head: () => this.head,
      screenProgress: () => this.#screen.progress,
      viewers: options.viewers,
      snapshotting: () => this.#snapshotting !== null,
      showEnd: (viewer) => this.startSnapshot(viewer),
    });
    this.#screen.onProgress.on(() => {
      this.#feed.some();
      this.regulate();
    });
    this.#screen.onLost.on(() => this.#refeed());
  }

  get head(): number {
    return this.#history.head;
  }

  get size(): Size {
    return this.#history.size;
  }

  get allocated(): number {
    return this.#history.allocated;
  }

  /** From now on this PTY is paused and resumed; null: there is none. */
  connect(pty: PtyChannel | null): void {
    this.#flow.connect(pty);
  }

  /** Pauses or resumes the PTY as things are now. */
  regulate(): void {
    this.#flow.regulate();
  }

  /** ^C was typed. */
  interrupted(): void {
    this.#flow.interrupted();
  }

  has(seq: number): boolean {
    return this.#history.has(seq);
  }

  push(chunk: Uint8Array): void {
    this.#history.append(chunk, this.#needed());
    this.#gatherer.add(chunk.length);
    this.#feed.soon(chunk);
    this.regulate();
  }

  /** The oldest byte that a viewer who follows has yet to be sent, or that comes after a snapshot in the making. */
  #needed(): number {
    const since = this.#clock.now() - FOLLOWING_MS;
    let needed = Number.POSITIVE_INFINITY;
    for (const { state, progressAt, needs } of this.#options.viewers())
      if (needs !== null && (state === 'asked' || progressAt > since)) needed = Math.min(needed, needs);
    return needed;
  }

  /** Everything that has come goes out now, as far as credit allows. */
  flush(): void {
    this.#feed.all();
    this.#gatherer.flush();
  }

  /** The grid changes here. The caller tells the PTY. */
  resize({ cols, rows }: Size): void {
    this.flush();
    this.#history.mark(cols, rows);
    this.#screen.resize(cols, rows);
    this.#sendAll();
  }

  /** Another program, another count: seq begins at 0, on a screen that has the old one above. */
  renew(): void {
    this.#era++;
    this.#history = new History(this.size);
    this.#gatherer.reset();
    this.#feed.renew(this.#history);
    for (const viewer of this.#options.viewers()) this.startSnapshot(viewer);
  }

  pack(): Promise<PackedScreen> {
    this.#feed.all();
    return this.#screen.pack();
  }

  /** Quiet for long: gives memory back, unless somebody still needs it. */
  compact(): void {
    for (const viewer of this.#options.viewers()) if (viewer.lag(this.head) > 0) return;
    this.#history.compact(QUIET_HISTORY_BYTES);
  }

  // ── viewers ───────────────────────────────────────────────────────────────

  startExact(viewer: Viewer, seq: number): void {
    const now = this.#clock.now();
    viewer.goLive(seq, this.#history.markAfter(seq), now);
    const size = this.#history.sizeAt(seq);
    this.#options.begin(viewer, { mode: 'exact', seq, size, snapshotBytes: 0 });
    this.#send(viewer, now);
    this.regulate();
  }

  /** Brings a viewer to the present by a snapshot, however far it had come. */
  startSnapshot(viewer: Viewer): void {
    if (viewer.state === 'asked') return;
    viewer.ask(this.head, this.#clock.now());
    this.#snapshotFor(viewer).catch(() => this.#askAgainSoon(viewer));
  }

  /** The emulator was lost, or so much has come meanwhile that its answer is of no use. */
  #askAgainSoon(viewer: Viewer): void {
    if (this.#disposed || !this.#options.isAttached(viewer)) return;
    viewer.state = 'waiting';
    this.#sendLater(CATCH_UP_MS);
  }

  #sendLater(ms: number): void {
    this.#catchUpTimer ??= this.#clock.after(ms, () => {
      this.#catchUpTimer = null;
      this.#sendAll();
    });
  }

  async #snapshotFor(viewer: Viewer): Promise<void> {
    for (;;) {
      const { era, nextMark, reply } = await this.#snapshot();
      if (!this.#options.isAttached(viewer) || viewer.state !== 'asked') return;
      if (era !== this.#era) continue;
      if (!this.#history.has(reply.seq)) {
        this.#askAgainSoon(viewer);
        return;
      }
      const { seq, cols, rows, data } = reply;
      const now = this.#clock.now();
      viewer.goLive(seq, nextMark, now);
      viewer.snapshotAt = now;
      this.#options.begin(viewer, {
        mode: 'snapshot',
        seq,
        size: { cols, rows },
        snapshotBytes: data.length,
      });
      for (let at = 0; at < data.length; at += OUTPUT_FRAME_BYTES)
        viewer.outlet.bytes(data.subarray(at, at + OUTPUT_FRAME_BYTES));
      this.#send(viewer, now);
      this.regulate();
      return;
    }
  }

  /** One at a time, for all who want one: each costs the emulator some 30 ms. */
  #snapshot(): Promise<Snapshot> {
    const era = this.#era;
    if (this.#snapshotting?.era === era) return this.#snapshotting.promise;
    // All output so far, then the question: so the answer stands at today's head, with all resizes so far.
    this.#feed.all();
    const { nextMark } = this.#history;
    const promise = this.#screen.snapshot().then((reply) => ({ era, nextMark, reply }));
    const asked = { era, promise };
    this.#snapshotting = asked;
    const done = () => {
      if (this.#snapshotting === asked) this.#snapshotting = null;
    };
    promise.then(done, done);
    return promise;
  }

  /** false: it acknowledges what it was never sent. */
  ack(viewer: Viewer, seq: number): boolean {
    const now = this.#clock.now();
    if (!viewer.ack(seq, now)) return false;
    this.#send(viewer, now);
    this.regulate();
    return true;
  }

  #sendAll(): void {
    const now = this.#clock.now();
    for (const viewer of this.#options.viewers()) this.#send(viewer, now);
  }

  #send(viewer: Viewer, now: number): void {
    if (viewer.state === 'waiting') this.startSnapshot(viewer);
    if (viewer.state !== 'live') return;
    if (viewer.next < this.#history.start) {
      this.#catchUp(viewer, now);
      return;
    }
    viewer.send(this.#history, this.head - this.#gatherer.pending, now);
    if (viewer.next === this.head) this.#options.caughtUp(viewer);
  }

  /** It fell out of the history. Once it has parsed what it has it is shown the present, a few times a second. */
  #catchUp(viewer: Viewer, now: number): void {
    if (viewer.next !== viewer.acked) return;
    const due = viewer.snapshotAt + CATCH_UP_MS;
    if (now >= due) this.startSnapshot(viewer);
    else this.#sendLater(due - now);
  }

  /** The emulator begins anew: those who waited for the old one ask once more. */
  #refeed(): void {
    this.#feed.again();
    for (const viewer of this.#options.viewers()) if (viewer.state === 'waiting') this.startSnapshot(viewer);
  }

  dispose(): void {
    this.#disposed = true;
    this.#flow.dispose();
    this.#feed.dispose();
    this.#catchUpTimer?.dispose();
    this.#gatherer.dispose();
  }
}
