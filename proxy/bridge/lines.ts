/**
 * Splits bytes into lines. A line longer than `maxBytes` is not kept: its beginning and end are, for whoever wants to
 * tell what it was. Each byte is looked at once.
 */
export interface LongLine {
  bytes: number;
  head: Buffer;
  tail: Buffer;
}

const KEPT_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export class Lines {
  readonly #maxBytes: number;
  readonly #onLine: (line: Buffer) => void;
  readonly #onLong: (line: LongLine) => void;
  #parts: Buffer[] = [];
  #bytes = 0;
  #long: LongLine | null = null;

  constructor(maxBytes: number, onLine: (line: Buffer) => void, onLong: (line: LongLine) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
    this.#onLong = onLong;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#add(chunk.subarray(start, end));
      this.end();
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  /** What has come so far is a line: at a newline, and where the stream ends. */
  end(): void {
    const [parts, long] = [this.#parts, this.#long];
    this.#parts = [];
    this.#bytes = 0;
    this.#long = null;
    if (long) this.#onLong(long);
    else if (parts.length > 0) this.#onLine(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
  }

  #add(bytes: Buffer): void {
    if (this.#long) {
      const { head, tail } = this.#long;
      const total = this.#long.bytes + bytes.length;
      this.#long = { head, bytes: total, tail: Buffer.concat([tail, bytes]).subarray(-KEPT_BYTES) };
      return;
    }
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes <= this.#maxBytes) return;
    const all = Buffer.concat(this.#parts);
    // Copies: a view would keep the whole line alive.
    const head = Buffer.from(all.subarray(0, KEPT_BYTES));
    this.#long = { bytes: all.length, head, tail: Buffer.from(all.subarray(-KEPT_BYTES)) };
    this.#parts = [];
  }
}
