/**
 * Which typed bytes the PTY has been given (TR9). Pure.
 *
 * Invariant: a byte is waiting, on its way, confirmed or handed back as not sent: exactly one of these, and never
 * sent twice. Counts are the proxy's: input bytes of this viewer id since it first attached.
 */
import { INPUT_FRAME_BYTES, INPUT_QUEUE_BYTES } from '@porthole/shared';

/** The longest paste that is taken, in bytes. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

export class InputLedger {
  /** Sent on this connection or taken over from the last, and not confirmed. */
  #onTheirWay: Bytes[] = [];
  #waiting: Bytes[] = [];
  #confirmed = 0;

  /** False: too much is waiting already, and this was not taken. */
  add(bytes: Bytes): boolean {
    if (size(this.#waiting) + bytes.length > MAX_WAITING_BYTES) return false;
    if (bytes.length > 0) this.#waiting.push(bytes);
    return true;
  }

  /** The next frame to send, which from now on is on its way; null when nothing is waiting or enough is on its way. */
  next(): Bytes | null {
    const first = this.#waiting[0];
    const room = Math.min(INPUT_FRAME_BYTES, INPUT_QUEUE_BYTES - size(this.#onTheirWay));
    if (!first || room <= 0) return null;
    const frame = first.subarray(0, room);
    if (frame.length === first.length) this.#waiting.shift();
    else this.#waiting[0] = first.subarray(room);
    this.#onTheirWay.push(frame);
    return frame;
  }

  /** The PTY has been given everything before `inputSeq`. */
  confirm(inputSeq: number): void {
    for (let count = inputSeq - this.#confirmed; count > 0; ) {
      const first = this.#onTheirWay[0];
      if (!first) break;
      if (first.length <= count) this.#onTheirWay.shift();
      else this.#onTheirWay[0] = first.subarray(count);
      count -= first.length;
    }
    this.#confirmed = Math.max(this.#confirmed, inputSeq);
  }

  /** A new connection, to a PTY that has been given `inputSeq` bytes. Returns what did not get there. */
  attached(inputSeq: number): Bytes {
    this.confirm(inputSeq);
    const unsent = this.takeBack();
    // A proxy that has forgotten this viewer counts from the start again.
    this.rebase(inputSeq);
    return unsent;
  }

  /** All that is waiting or on its way, because nothing takes it any more. */
  takeBack(): Bytes {
    const unsent = join([...this.#onTheirWay, ...this.#waiting]);
    this.#onTheirWay = [];
    this.#waiting = [];
    return unsent;
  }

  /** A new program counts from `inputSeq` on; what is on its way goes to that one. */
  rebase(inputSeq: number): void {
    this.#confirmed = inputSeq;
  }

  /** Sent, and nobody knows yet whether it arrived. */
  get unconfirmedBytes(): number {
    return size(this.#onTheirWay);
  }
}

const size = (chunks: readonly Bytes[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

export function join(chunks: readonly Bytes[]): Bytes {
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const whole = new Uint8Array(size(chunks));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
