/**
 * What a terminal has put out, by seq: the last `limit` bytes and every change of size among them.
 *
 * Invariant: a byte once written never moves or changes, so a slice handed to a socket stays valid for as long
 * as somebody holds it, whatever is appended or dropped meanwhile. Pure: no clock, no I/O.
 */
import { HISTORY_BYTES } from '@porthole/shared/flow-limits';

/** From the byte at `seq` on, the grid is this. */
export interface SizeMark {
  seq: number;
  cols: number;
  rows: number;
}

interface Block {
  bytes: Uint8Array;
  /** seq of its first byte. */
  start: number;
  used: number;
}

/** A quiet terminal has little behind it: begin small, and grow to what one output frame takes. */
const FIRST_BLOCK_BYTES = 2 * 1024;
const LARGEST_BLOCK_BYTES = 64 * 1024;
/** A program that resizes without output would otherwise grow the list without end. */
const MAX_MARKS = 1024;

export class History {
  readonly #limit: number;
  #blocks: Block[] = [];
  #start: number;
  #head: number;
  /** The grid before the first mark; the marks lie in [start, head]. */
  #base: SizeMark;
  #marks: SizeMark[] = [];
  /** How many marks were dropped: a mark's number is its index plus this, and never changes. */
  #marksDropped = 0;

  constructor(size: { cols: number; rows: number }, options: { limit?: number; seq?: number } = {}) {
    this.#limit = options.limit ?? HISTORY_BYTES;
    this.#start = options.seq ?? 0;
    this.#head = this.#start;
    this.#base = { seq: this.#start, cols: size.cols, rows: size.rows };
  }

  /** seq of the oldest byte that is still here. */
  get start(): number {
    return this.#start;
  }

  /** seq of the next byte to come. */
  get head(): number {
    return this.#head;
  }

  /** Bytes of memory held, counting the unused end of the last block. */
  get allocated(): number {
    return this.#blocks.reduce((sum, block) => sum + block.bytes.length, 0);
  }

  has(seq: number): boolean {
    return seq >= this.#start && seq <= this.#head;
  }

  /** `needed`: from there on bytes are kept up to twice the limit, for a reader who is only a little behind. */
  append(chunk: Uint8Array, needed = Number.POSITIVE_INFINITY): void {
    for (let at = 0; at < chunk.length; ) {
      const block = this.#room();
      const count = Math.min(chunk.length - at, block.bytes.length - block.used);
      block.bytes.set(chunk.subarray(at, at + count), block.used);
      block.used += count;
      this.#head += count;
      at += count;
    }
    this.#dropOver(this.#limit, needed);
  }

  /** At most `max` bytes from `seq` on, without copying; empty at the head. The caller checks `has(seq)`. */
  slice(seq: number, max: number): Uint8Array {
    const block = this.#blockAt(seq);
    if (!block) return EMPTY;
    const from = seq - block.start;
    return block.bytes.subarray(from, Math.min(block.used, from + max));
  }

  /** Records that the grid changes here, at the head. */
  mark(cols: number, rows: number): void {
    this.#marks.push({ seq: this.#head, cols, rows });
    if (this.#marks.length > MAX_MARKS) this.#dropMarks(1);
  }

  /** The grid once every mark up to and at `seq` is applied. */
  sizeAt(seq: number): { cols: number; rows: number } {
    let size = this.#base;
    for (const mark of this.#marks) {
      if (mark.seq > seq) break;
      size = mark;
    }
    return { cols: size.cols, rows: size.rows };
  }

  get size(): { cols: number; rows: number } {
    return this.sizeAt(this.#head);
  }

  /** The number of the first mark that lies beyond `seq`: where a reader who has applied all up to it goes on. */
  markAfter(seq: number): number {
    let index = this.#marks.length;
    while (index > 0 && (this.#marks[index - 1] as SizeMark).seq > seq) index--;
    return this.#marksDropped + index;
  }

  /** The number of the oldest mark that is still here. */
  get firstMark(): number {
    return this.#marksDropped;
  }

  /** The number that the next mark will get. */
  get nextMark(): number {
    return this.#marksDropped + this.#marks.length;
  }

  /** The mark of that number, if it has been set already and is still here. */
  markAt(number: number): SizeMark | undefined {
    return this.#marks[number - this.#marksDropped];
  }

  /** Keeps the last `keep` bytes in one block of exactly that size. For a terminal that has gone quiet. */
  compact(keep: number): void {
    const from = Math.max(this.#start, this.#head - keep);
    const bytes = new Uint8Array(this.#head - from);
    for (let seq = from; seq < this.#head; ) {
      const part = this.slice(seq, this.#head - seq);
      bytes.set(part, seq - from);
      seq += part.length;
    }
    this.#blocks = bytes.length ? [{ bytes, start: from, used: bytes.length }] : [];
    this.#startAt(from);
  }

  #room(): Block {
    const last = this.#blocks.at(-1);
    if (last && last.used < last.bytes.length) return last;
    const held = this.#head - this.#start;
    const size = Math.min(
      LARGEST_BLOCK_BYTES,
      Math.max(FIRST_BLOCK_BYTES, 2 ** Math.floor(Math.log2(held + 1))),
    );
    const block = { bytes: new Uint8Array(size), start: this.#head, used: 0 };
    this.#blocks.push(block);
    return block;
  }

  #dropOver(limit: number, needed: number): void {
    let drop = 0;
    while (drop < this.#blocks.length - 1) {
      const next = this.#blocks[drop + 1] as Block;
      const held = this.#head - next.start;
      if (held < limit || (next.start > needed && held < 2 * limit)) break;
      drop++;
    }
    if (drop === 0) return;
    this.#blocks.splice(0, drop);
    this.#startAt((this.#blocks[0] as Block).start);
  }

  #startAt(seq: number): void {
    this.#start = seq;
    let gone = 0;
    // A mark at the new start stays: it is still to be shown to a reader who stands there.
    while (gone < this.#marks.length && (this.#marks[gone] as SizeMark).seq < seq) gone++;
    this.#dropMarks(gone);
  }

  #dropMarks(count: number): void {
    if (count === 0) return;
    this.#base = this.#marks[count - 1] as SizeMark;
    this.#marks.splice(0, count);
    this.#marksDropped += count;
  }

  #blockAt(seq: number): Block | undefined {
    if (seq < this.#start || seq >= this.#head) return undefined;
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#blocks[middle] as Block).start <= seq) low = middle;
      else high = middle - 1;
    }
    return this.#blocks[low];
  }
}

const EMPTY = new Uint8Array(0);
