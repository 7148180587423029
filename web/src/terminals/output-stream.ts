/**
 * Where a viewer stands in a terminal's output, and what a frame means at that place (TR2, TR3, TR8). Pure.
 *
 * Invariants: every byte and every change of size is passed on once, in order, whatever the connection repeats;
 * what does not fit the place is a break, never a guess.
 */
import type { Place, TerminalServerMessage } from '@porthole/shared';

type Attached = Extract<TerminalServerMessage, { type: 'attached' }>;
type Resize = Extract<TerminalServerMessage, { type: 'resize' }>;

/** What to do with the emulator, in order. */
export type OutputAction =
  | { type: 'reset' }
  | { type: 'size'; cols: number; rows: number }
  /** Bytes to parse; once they are parsed the viewer stands at `place` (null inside a snapshot). */
  | { type: 'write'; bytes: Uint8Array<ArrayBuffer>; place: Place | null; live: boolean }
  /** Nothing to parse, and the viewer stands at `place`. */
  | { type: 'at'; place: Place }
  /** This connection cannot be followed: attach anew, from a snapshot. */
  | { type: 'broken'; reason: string };

export class OutputStream {
  #epoch: string | null = null;
  /** seq of the next byte that has not been passed on. */
  #received = 0;
  /** seq of the next byte that this connection brings; behind `received` while it repeats some. */
  #next = 0;
  #snapshotLeft = 0;
  #grid: { cols: number; rows: number } | null = null;
  /** Sizes passed on at `received`, and how many of them this connection will repeat. */
  #sizesHere = 0;
  #sizesToSkip = 0;

  /** The answer to an attach at `resume`, or a snapshot that nobody asked for. */
  attached(message: Attached, resume: Place | null): OutputAction[] {
    if (message.mode === 'exact' && resume) return this.#resume(message, resume);
    this.#epoch = message.epoch;
    this.#received = this.#next = message.seq;
    this.#sizesHere = this.#sizesToSkip = 0;
    this.#snapshotLeft = message.mode === 'snapshot' ? message.snapshotBytes : 0;
    const actions: OutputAction[] = [{ type: 'reset' }, this.#size(message.cols, message.rows)];
    if (this.#snapshotLeft === 0) actions.push({ type: 'at', place: this.#place() });
    return actions;
  }

  bytes(chunk: Uint8Array<ArrayBuffer>): OutputAction[] {
    if (this.#epoch === null) return broken('output before the answer to attach');
    const snapshot = chunk.subarray(0, this.#snapshotLeft);
    const live = chunk.subarray(snapshot.length);
    const actions: OutputAction[] = [];
    if (snapshot.length > 0) {
      this.#snapshotLeft -= snapshot.length;
      const place = this.#snapshotLeft === 0 ? this.#place() : null;
      actions.push({ type: 'write', bytes: snapshot, place, live: false });
    }
    const repeated = Math.min(live.length, this.#received - this.#next);
    this.#next += live.length;
    if (live.length > repeated) {
      this.#received = this.#next;
      this.#sizesHere = this.#sizesToSkip = 0;
      actions.push({ type: 'write', bytes: live.subarray(repeated), place: this.#place(), live: true });
    }
    return actions;
  }

  resize(message: Resize): OutputAction[] {
    if (message.seq !== this.#next || this.#snapshotLeft > 0)
      return broken(`a size at ${message.seq}, between bytes at ${this.#next}`);
    if (message.seq < this.#received) return [];
    if (this.#sizesToSkip > 0) {
      this.#sizesToSkip--;
      return [];
    }
    this.#sizesHere++;
    return [this.#size(message.cols, message.rows)];
  }

  get epoch(): string | null {
    return this.#epoch;
  }

  /** Passed on in all: what a place with this seq has parsed is everything. */
  get received(): number {
    return this.#received;
  }

  #resume(message: Attached, resume: Place): OutputAction[] {
    if (message.epoch !== this.#epoch || message.epoch !== resume.epoch || message.seq !== resume.seq)
      return broken('resumed at a place that was not asked for');
    this.#next = message.seq;
    // The size that comes with the answer holds at that place: sizes of later places come again, this one's do not.
    if (message.seq < this.#received) {
      this.#sizesToSkip = this.#sizesHere;
      return [];
    }
    this.#sizesToSkip = 0;
    const same = this.#grid?.cols === message.cols && this.#grid.rows === message.rows;
    return same ? [] : [this.#size(message.cols, message.rows)];
  }

  #size(cols: number, rows: number): OutputAction {
    this.#grid = { cols, rows };
    return { type: 'size', cols, rows };
  }

  #place(): Place {
    return { epoch: this.#epoch ?? '', seq: this.#received };
  }
}

const broken = (reason: string): OutputAction[] => [{ type: 'broken', reason }];
