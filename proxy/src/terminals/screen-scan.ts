/**
 * Fast looks at raw output. Pure: bytes in, facts out.
 *
 * `isPlain`: nothing but text and line ends, so that lines which scroll out of the scrollback leave no trace.
 * `TailKeeper`: the bytes of a sequence or character that is only half here.
 */

/** 1 for bytes that may stand in plain text: HT, LF, CR, printable ASCII and everything of UTF-8 but C2. */
const PLAIN = new Uint8Array(256);
for (const byte of [0x09, 0x0a, 0x0d]) PLAIN[byte] = 1;
PLAIN.fill(1, 0x20, 0x7f);
PLAIN.fill(1, 0x80, 0x100);
PLAIN[0xc2] = 0;

/** Text and line ends only. C2 may begin a C1 control in UTF-8, and then is not plain. */
export function isPlain(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (PLAIN[byte]) continue;
    if (byte !== 0xc2 || !((bytes[at + 1] as number) >= 0xa0)) return false;
  }
  return true;
}

/** How many CR LF pairs lie wholly in `bytes`. */
export function countLines(bytes: Uint8Array): number {
  let count = 0;
  let at = bytes.indexOf(0x0a);
  while (at >= 0) {
    if (at > 0 && bytes[at - 1] === 0x0d) count++;
    at = bytes.indexOf(0x0a, at + 1);
  }
  return count;
}

/** Where the first CR LF pair begins, or -1. */
export function firstLineEnd(bytes: Uint8Array): number {
  let at = bytes.indexOf(0x0a);
  while (at >= 0) {
    if (at > 0 && bytes[at - 1] === 0x0d) return at - 1;
    at = bytes.indexOf(0x0a, at + 1);
  }
  return -1;
}

/** A string sequence (OSC, DCS) may be megabytes long; beyond this its middle is left out of the tail. */
export const MAX_TAIL_BYTES = 64 * 1024;
const TAIL_HEAD_BYTES = 64;

/**
 * Follows the stream chunk by chunk and keeps the bytes since the last clean place. Whether the parser is at a
 * clean place is told by the caller, who owns one.
 */
export class TailKeeper {
  #tail: Uint8Array = EMPTY;

  /** `mid` — the parser is inside a sequence; `partial` — so many bytes of a UTF-8 character are pending. */
  after(chunk: Uint8Array, mid: boolean, partial: number): void {
    if (chunk.length === 0) return;
    if (mid) {
      const start = lastIntroducer(this.#tail, chunk);
      this.#tail = start >= 0 ? bounded(chunk.subarray(start)) : bounded(join(this.#tail, chunk));
    } else if (partial > 0) {
      const all = join(this.#tail, chunk);
      this.#tail = new Uint8Array(all.subarray(Math.max(0, all.length - partial)));
    } else {
      this.#tail = EMPTY;
    }
  }

  /** `executed` — control characters inside the sequence have been acted on already (ESC and CSI states). */
  bytes(executed: boolean): Uint8Array {
    if (!executed) return this.#tail;
    return this.#tail.filter((byte) => byte >= 0x20 || byte === 0x1b);
  }

  get length(): number {
    return this.#tail.length;
  }
}

/** Where in `chunk` the sequence begins that the parser is in: its last ESC, or C1 introducer in UTF-8. */
function lastIntroducer(before: Uint8Array, chunk: Uint8Array): number {
  const lastEscape = chunk.lastIndexOf(0x1b);
  for (let at = chunk.length - 2; at > lastEscape; at--) {
    if (chunk[at] === 0xc2 && isIntroducer(chunk[at + 1] as number)) return at;
  }
  if (lastEscape >= 0 || before.length > 0) return lastEscape;
  return 0;
}

const isIntroducer = (byte: number): boolean =>
  byte === 0x90 || byte === 0x98 || byte === 0x9b || byte === 0x9d || byte === 0x9e || byte === 0x9f;

function bounded(tail: Uint8Array): Uint8Array {
  if (tail.length <= MAX_TAIL_BYTES) return new Uint8Array(tail);
  // The start says which sequence it is; the end may hold part of a character.
  return join(tail.subarray(0, TAIL_HEAD_BYTES), tail.subarray(tail.length - TAIL_HEAD_BYTES));
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

const EMPTY = new Uint8Array(0);
