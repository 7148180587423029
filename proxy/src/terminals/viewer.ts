/**
 * One browser tab looking at a terminal: where it stands in the output, what it may do, how big it would be.
 *
 * Invariant: a viewer holds numbers, never bytes. What it has not been sent waits in the history alone (TR4).
 */
import type { ErrorCode } from '@porthole/shared/errors';
import { ACK_EVERY_BYTES, OUTPUT_FRAME_BYTES } from '@porthole/shared/flow-limits';
import type { DeviceKind, TerminalServerMessage, TerminalViewer } from '@porthole/shared/terminal';
import type { CloseCode } from '@porthole/shared/version';
import { credit } from './flow.ts';
import type { History } from './history.ts';

/** The way to the browser. `channel.ts` makes one of a socket. */
export interface Outlet {
  bytes(data: Uint8Array): void;
  message(message: TerminalServerMessage): void;
  close(code: CloseCode, reason: ErrorCode): void;
}

export interface Person {
  userId: string;
  name: string;
  canWrite: boolean;
  /** By an API token that is good for reading alone: never types, whatever this person may otherwise. */
  readOnly?: boolean;
}

export type Refusal = 'view_only' | 'wrong_state' | 'too_large' | 'bad_frame';

export interface ViewerOptions {
  id: string;
  person: Person;
  device: DeviceKind;
  visible: boolean;
  fit: { cols: number; rows: number };
  outlet: Outlet;
  now: number;
}

export class Viewer {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly device: DeviceKind;
  readonly outlet: Outlet;
  readonly readOnly: boolean;
  readonly attachedAt: number;
  canWrite: boolean;
  visible: boolean;
  fit: { cols: number; rows: number };
  /** Typed, asked for the size, or became visible. */
  activeAt: number;
  typingUntil = 0;
  /** Output is sent only in `live`; in `waiting` it is to get a snapshot, in `asked` one is being made. */
  state: 'waiting' | 'asked' | 'live' = 'waiting';
  next = 0;
  acked = 0;
  /** When it had last acknowledged another `ACK_EVERY_BYTES`, or had nothing to acknowledge. */
  progressAt: number;
  /** What it had acknowledged then: a byte now and then is no progress. */
  #progressSeq = 0;
  /** When it was last given a snapshot. */
  snapshotAt = Number.NEGATIVE_INFINITY;
  /** Told that the program has ended. */
  toldEnd = false;
  #nextMark = 0;
  /** Where the output stood when its snapshot was asked for. */
  #askedAt = 0;

  constructor(options: ViewerOptions) {
    this.id = options.id;
    this.userId = options.person.userId;
    this.name = options.person.name;
    this.canWrite = options.person.canWrite;
    this.readOnly = options.person.readOnly ?? false;
    this.device = options.device;
    this.visible = options.visible;
    this.fit = options.fit;
    this.outlet = options.outlet;
    this.attachedAt = options.now;
    this.activeAt = options.now;
    this.progressAt = options.now;
  }

  /** Something of what it asked for is not done. */
  refuse(code: Refusal, message: string): void {
    this.outlet.message({ type: 'error', code, message });
  }

  /** From `seq` on it is sent output, beginning with the resize of number `nextMark`. */
  goLive(seq: number, nextMark: number, now: number): void {
    this.state = 'live';
    this.next = seq;
    this.acked = seq;
    this.#nextMark = nextMark;
    this.#progressed(now);
    this.toldEnd = false;
  }

  /** It waits for a snapshot that shows what has come up to `head`. */
  ask(head: number, now: number): void {
    this.state = 'asked';
    this.#askedAt = head;
    this.progressAt = now;
  }

  /** The oldest byte of output that it needs; null: none for now. */
  get needs(): number | null {
    if (this.state === 'waiting') return null;
    return this.state === 'live' ? this.next : this.#askedAt;
  }

  /** Bytes of output that it has not parsed, or that its snapshot will not show. */
  lag(head: number): number {
    if (this.state === 'waiting') return 0;
    return head - (this.state === 'live' ? this.acked : this.#askedAt);
  }

  #progressed(now: number): void {
    this.progressAt = now;
    this.#progressSeq = this.acked;
  }

  /** false: it acknowledges what it was never sent. One that is old changes nothing. */
  ack(seq: number, now: number): boolean {
    if (seq > this.next) return false;
    if (this.state === 'live' && seq > this.acked) {
      this.acked = seq;
      if (seq === this.next || seq - this.#progressSeq >= ACK_EVERY_BYTES) this.#progressed(now);
    }
    return true;
  }

  /** Sends what credit allows up to `limit`, each resize in its place. */
  send(history: History, limit: number, now: number): void {
    if (this.next === this.acked) this.#progressed(now);
    this.#nextMark = Math.max(this.#nextMark, history.firstMark);
    for (;;) {
      let end = limit;
      let mark = history.markAt(this.#nextMark);
      while (mark && mark.seq <= this.next) {
        this.outlet.message({ type: 'resize', seq: this.next, cols: mark.cols, rows: mark.rows });
        this.#nextMark++;
        mark = history.markAt(this.#nextMark);
      }
      if (mark && mark.seq < end) end = mark.seq;
      const room = Math.min(OUTPUT_FRAME_BYTES, end - this.next, credit(this));
      if (room <= 0) return;
      const bytes = history.slice(this.next, room);
      if (bytes.length === 0) return;
      this.next += bytes.length;
      this.outlet.bytes(bytes);
    }
  }

  describe(now: number, ownsSize: boolean): TerminalViewer {
    return {
      viewer: this.id,
      userId: this.userId,
      name: this.name,
      device: this.device,
      visible: this.visible,
      typing: now < this.typingUntil,
      canWrite: this.canWrite,
      ownsSize,
    };
  }
}
