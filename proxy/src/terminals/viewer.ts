/**
 * One browser tab looking at a terminal: where it stands in the output, what it may do, how big it would be.
 *
 * Invariant: a viewer holds numbers, never bytes. What it has not been sent waits in the history alone (TR4).
 */
import type { ErrorCode } from '@porthole/shared/errors';
import { OUTPUT_FRAME_BYTES } from '@porthole/shared/flow-limits';
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
  /** When it last acknowledged something new, or had nothing to acknowledge. */
  progressAt: number;
  /** When it was last given a snapshot. */
  snapshotAt = Number.NEGATIVE_INFINITY;
  /** Told that the program has ended. */
  toldEnd = false;
  #nextMark = 0;

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
    this.progressAt = now;
    this.toldEnd = false;
  }

  lag(head: number): number {
    return this.state === 'live' ? head - this.acked : 0;
  }

  /** false: it acknowledges what it was never sent. One that is old changes nothing. */
  ack(seq: number, now: number): boolean {
    if (seq > this.next) return false;
    if (this.state === 'live' && seq > this.acked) {
      this.acked = seq;
      this.progressAt = now;
    }
    return true;
  }

  /** Sends what credit allows up to `limit`, each resize in its place. */
  send(history: History, limit: number, now: number): void {
    if (this.next === this.acked) this.progressAt = now;
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
