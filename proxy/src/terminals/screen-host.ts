/**
 * One terminal inside the screen worker: its queue, its emulator, or its packed screen while it sleeps.
 *
 * Output that is nothing but text asks for nothing and changes nothing but the screen: under a flood it is held
 * back a little, and lines that would scroll out of the scrollback unseen are dropped unparsed (`#bury`).
 * Invariant: everything is done in the order it came; the screen never differs from that of a full parse.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { SCROLLBACK_LINES } from '@porthole/shared/flow-limits';
import { Emulator, type EmulatorEvents } from './emulator.ts';
import { DEFAULT_COLOURS, type ThemeColours } from './palette.ts';
import type { PackedScreen, SnapshotReply } from './screen-messages.ts';
import { countLines, firstLineEnd, isPlain } from './screen-scan.ts';

type Item =
  | { kind: 'bytes'; bytes: Uint8Array; plain: boolean; lines: number }
  | { kind: 'resize'; cols: number; rows: number }
  | { kind: 'begin' }
  | { kind: 'snapshot'; reply: (reply: SnapshotReply) => void }
  | { kind: 'pack'; reply: (reply: PackedScreen) => void };

/** What is parsed between two looks at the clock: about 0.3 ms of text. */
const PIECE_BYTES = 8 * 1024;
/** More waiting text than this is a flood, and is held for HOLD_MS. */
const FLOOD_BYTES = 32 * 1024;
const HOLD_MS = 100;
/** A sleeping terminal is woken for text only when there is more of it. */
const ASLEEP_BYTES = 64 * 1024;
/** Waiting bytes that count as taken; what is beyond holds the sender back. */
const HELD_BYTES = 1024 * 1024;
const SMALL_BYTES = 4 * 1024;

export interface HostEvents extends EmulatorEvents {
  fault(message: string): void;
}

export interface HostOptions {
  /** Milliseconds, from anywhere. */
  clock?: () => number;
  scrollback?: number;
}

export class ScreenHost {
  readonly #events: HostEvents;
  readonly #clock: () => number;
  readonly #scrollback: number;
  #queue: Item[] = [];
  #waiting = 0;
  #urgent = 0;
  #heldSince = 0;
  /** More has come than is worth parsing piece by piece; until the queue is empty again. */
  #flooded = false;
  /** While it has not parsed up to here, it goes on: what is held is worked off as a whole. */
  #drainTo = 0;
  #posted: number;
  #parsed: number;
  #size: { cols: number; rows: number };
  #colours: ThemeColours = DEFAULT_COLOURS;
  #emulator: Emulator | null = null;
  #packed: PackedScreen | null;
  /** A snapshot that is being read back, piece by piece. */
  #waking: { bytes: Uint8Array; at: number } | null = null;
  /** `linesThatBury` of the emulator as it went to sleep. */
  #buryAsleep: number | null = null;
  #touchedAt: number;

  constructor(
    size: { cols: number; rows: number },
    seq: number,
    packed: PackedScreen | null,
    events: HostEvents,
    { clock = () => performance.now(), scrollback = SCROLLBACK_LINES }: HostOptions = {},
  ) {
    this.#size = { ...size };
    this.#posted = seq;
    this.#parsed = seq;
    this.#packed = packed;
    this.#events = events;
    this.#clock = clock;
    this.#scrollback = scrollback;
    this.#touchedAt = clock();
  }

  write(bytes: Uint8Array, end: number): void {
    const plain = isPlain(bytes);
    if (this.#waiting === 0) this.#heldSince = this.#clock();
    if (!plain) this.#urgent++;
    this.#queue.push({ kind: 'bytes', bytes, plain, lines: plain ? countLines(bytes) : 0 });
    this.#waiting += bytes.length;
    this.#posted = end;
    if (this.#waiting <= FLOOD_BYTES) return;
    this.#flooded = true;
    this.#bury();
  }

  resize(cols: number, rows: number): void {
    this.#urgently({ kind: 'resize', cols, rows });
  }

  begin(): void {
    this.#urgently({ kind: 'begin' });
  }

  snapshot(reply: (reply: SnapshotReply) => void): void {
    this.#urgently({ kind: 'snapshot', reply });
  }

  pack(reply: (reply: PackedScreen) => void): void {
    this.#urgently({ kind: 'pack', reply });
  }

  setColours(colours: ThemeColours): void {
    this.#colours = colours;
    this.#emulator?.setColours(colours);
  }

  #urgently(item: Item): void {
    this.#urgent++;
    this.#queue.push(item);
  }

  /** Everything before this is parsed, or waits within bounds. */
  get progress(): number {
    return this.#posted - Math.max(0, this.#waiting - HELD_BYTES);
  }

  /** An interactive terminal, which goes before a flood. */
  get small(): boolean {
    return this.#waiting <= SMALL_BYTES && this.#waking === null;
  }

  get awake(): boolean {
    return this.#emulator !== null;
  }

  get idle(): boolean {
    return this.#queue.length === 0 && this.#waking === null;
  }

  /** When it last did anything, by the worker's clock. */
  get touchedAt(): number {
    return this.#touchedAt;
  }

  /** When it wants to run: now or earlier for at once, Infinity for never. */
  dueAt(): number {
    if (this.#waking || this.#urgent > 0) return 0;
    if (this.#queue.length === 0) return Number.POSITIVE_INFINITY;
    if (this.#waiting > HELD_BYTES) return 0;
    if (!this.awake && this.#packed) return this.#waiting > ASLEEP_BYTES ? 0 : Number.POSITIVE_INFINITY;
    if (!this.#flooded || this.#parsed < this.#drainTo) return 0;
    return this.#heldSince + HOLD_MS;
  }

  /** Works until the queue is empty or the time is up. */
  run(until: number): void {
    this.#touchedAt = this.#clock();
    if (this.#parsed >= this.#drainTo) this.#drainTo = this.#posted;
    do {
      try {
        if (this.#waking) this.#wakeOn(this.#waking);
        else if (!this.#step()) break;
      } catch (error) {
        this.#fault(error);
      }
    } while (this.#clock() < until);
    this.#heldSince = this.#clock();
    if (this.#waiting === 0) this.#flooded = false;
  }

  /** One item, or one piece of one. Answers whether there may be more. */
  #step(): boolean {
    const item = this.#queue[0];
    if (!item) return false;
    // What is asleep and unchanged need not be woken to be read.
    if (!this.#emulator && !(this.#packed && (item.kind === 'snapshot' || item.kind === 'pack'))) {
      this.#wake();
      return true;
    }
    if (item.kind === 'bytes') {
      if (item.plain && this.#bury()) return true;
      this.#parse(item);
      return true;
    }
    this.#queue.shift();
    this.#urgent--;
    this.#act(item);
    return true;
  }

  #parse(item: Extract<Item, { kind: 'bytes' }>): void {
    const piece = item.bytes.subarray(0, PIECE_BYTES);
    if (piece.length === item.bytes.length) {
      this.#queue.shift();
      if (!item.plain) this.#urgent--;
    } else {
      item.bytes = item.bytes.subarray(PIECE_BYTES);
      if (item.plain) item.lines = countLines(item.bytes);
    }
    this.#waiting -= piece.length;
    this.#parsed = this.#posted - this.#waiting;
    this.#emulator?.write(piece);
  }

  #act(item: Exclude<Item, { kind: 'bytes' }>): void {
    switch (item.kind) {
      case 'resize':
        this.#size = { cols: item.cols, rows: item.rows };
        this.#emulator?.resize(item.cols, item.rows);
        return;
      case 'begin':
        this.#emulator?.begin();
        this.#posted = this.#waiting;
        this.#parsed = 0;
        this.#drainTo = 0;
        return;
      case 'snapshot':
        item.reply({ seq: this.#parsed, ...this.#size, data: this.#read() });
        return;
      case 'pack':
        item.reply(this.#pack());
        return;
    }
  }

  #read(): Uint8Array {
    if (this.#emulator) return this.#emulator.snapshot();
    return this.#packed ? inflateRawSync(this.#packed.data) : new Uint8Array(0);
  }

  #pack(): PackedScreen {
    if (!this.#emulator && this.#packed) return { ...this.#packed, seq: this.#parsed };
    return { seq: this.#parsed, ...this.#size, data: exact(deflateRawSync(this.#read())) };
  }

  /** Drops the emulator and keeps its screen packed. */
  hibernate(): PackedScreen | null {
    if (!this.#emulator || !this.idle) return null;
    this.#packed = this.#pack();
    this.#buryAsleep = this.#emulator.linesThatBury();
    this.#emulator.dispose();
    this.#emulator = null;
    return this.#packed;
  }

  #wake(): void {
    const packed = this.#packed;
    const { cols, rows } = packed ?? this.#size;
    this.#emulator = new Emulator(cols, rows, this.#events, this.#scrollback);
    this.#emulator.setColours(this.#colours);
    this.#packed = null;
    if (packed) {
      this.#emulator.mute(true);
      this.#waking = { bytes: inflateRawSync(packed.data), at: 0 };
    }
  }

  #wakeOn(waking: { bytes: Uint8Array; at: number }): void {
    const end = Math.min(waking.bytes.length, waking.at + PIECE_BYTES);
    this.#emulator?.write(waking.bytes.subarray(waking.at, end));
    waking.at = end;
    if (end < waking.bytes.length) return;
    this.#emulator?.mute(false);
    this.#waking = null;
  }

  /** Drops plain output from the front that would scroll out of the scrollback. Answers whether it did. */
  #bury(): boolean {
    if (this.#waking) return false;
    const need = this.#emulator ? this.#emulator.linesThatBury() : this.#packed ? this.#buryAsleep : null;
    if (need === null) return false;
    let run = 0;
    let lines = 0;
    for (const item of this.#queue) {
      if (item.kind !== 'bytes' || !item.plain) break;
      lines += item.lines;
      run++;
    }
    let drop = 0;
    let dropped = 0;
    while (drop < run) {
      const item = this.#queue[drop] as Extract<Item, { kind: 'bytes' }>;
      if (lines - item.lines <= need) break;
      lines -= item.lines;
      dropped += item.bytes.length;
      drop++;
    }
    if (drop === 0) return false;
    this.#queue.splice(0, drop);
    this.#waiting -= dropped;
    this.#cutToLineEnd();
    this.#parsed = this.#posted - this.#waiting;
    return true;
  }

  /** What is left begins with a line end, which takes the cursor to where the dropped text would have. */
  #cutToLineEnd(): void {
    for (;;) {
      const item = this.#queue[0];
      if (item?.kind !== 'bytes') return;
      const at = firstLineEnd(item.bytes);
      const cut = at < 0 ? item.bytes.length : at;
      item.bytes = item.bytes.subarray(cut);
      this.#waiting -= cut;
      if (at >= 0) return;
      this.#queue.shift();
    }
  }

  /** The emulator is left as it is after an exception: begin anew rather than show something wrong for ever. */
  #fault(error: unknown): void {
    this.#emulator?.dispose();
    this.#emulator = new Emulator(this.#size.cols, this.#size.rows, this.#events, this.#scrollback);
    this.#emulator.setColours(this.#colours);
    this.#waking = null;
    this.#packed = null;
    this.#events.fault(error instanceof Error ? error.message : String(error));
  }

  dispose(): void {
    this.#emulator?.dispose();
    this.#emulator = null;
    this.#queue = [];
  }
}

/** A copy without the slack that zlib's buffers have. */
const exact = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
