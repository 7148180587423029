/** For tests: a terminal's output and the proxy's half of the protocol, as far as a viewer can tell. */
import type { TerminalServerMessage } from '@porthole/shared';
import type { FakeRawSocket } from '../net/socket.fake.ts';

export interface Mark {
  seq: number;
  cols: number;
  rows: number;
}

/** Everything the PTY will ever put out, and the sizes it will have. */
export interface Output {
  bytes: Uint8Array<ArrayBuffer>;
  /** The first is at 0. Ordered by seq; several may share one. */
  marks: Mark[];
}

export const EPOCH = 'e1';

type Message = TerminalServerMessage | { type: 'attached' };

/** One connection's reader. The history reaches back `ring` bytes from the head. */
export class FakeTerminalPeer {
  readonly #socket: FakeRawSocket;
  readonly #output: Output;
  #next = 0;
  #mark = 0;
  readonly resumed: 'exact' | 'snapshot';

  constructor(socket: FakeRawSocket, output: Output, head: number, ring: number, inputSeq = 0) {
    this.#socket = socket;
    this.#output = output;
    socket.accept();
    const hello = socket.messages[0] as { resume: { epoch: string; seq: number } | null };
    const { resume } = hello;
    const exact =
      resume !== null && resume.epoch === EPOCH && resume.seq <= head && resume.seq >= head - ring;
    this.resumed = exact ? 'exact' : 'snapshot';
    const seq = exact ? resume.seq : head;
    this.#next = seq;
    // As the proxy's history does: the answer tells the size once every mark at the place is applied.
    this.#mark = output.marks.findLastIndex((mark) => mark.seq <= seq) + 1;
    const size = output.marks[this.#mark - 1]!;
    // Played to a reset terminal, the beginning is a perfect snapshot as long as the size never changed.
    const snapshot = exact ? new Uint8Array() : output.bytes.slice(0, seq);
    this.send({
      type: 'attached',
      mode: this.resumed,
      epoch: EPOCH,
      seq,
      cols: size.cols,
      rows: size.rows,
      snapshotBytes: snapshot.length,
      inputSeq,
      canWrite: true,
      end: null,
    });
    for (let at = 0; at < snapshot.length; at += 1000) socket.deliver(snapshot.slice(at, at + 1000));
  }

  send(message: Message): void {
    this.#socket.deliver(message);
  }

  /** The next frame: a size, or at most `max` bytes up to `head`. False when there is none. */
  step(head: number, max: number): boolean {
    const mark = this.#output.marks[this.#mark];
    if (mark && mark.seq === this.#next && mark.seq <= head) {
      this.#mark++;
      this.send({ type: 'resize', ...mark });
      return true;
    }
    const end = Math.min(this.#next + max, mark ? mark.seq : head, head);
    if (end === this.#next) return false;
    this.#socket.deliver(this.#output.bytes.slice(this.#next, end));
    this.#next = end;
    return true;
  }
}
