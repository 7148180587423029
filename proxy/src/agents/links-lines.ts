/** Pure: bytes of UTF-8 cut into lines, none longer than a bound. Invalid bytes become U+FFFD, as text of a machine may. */

/** A line that is longer ends the stream: there is no telling where the next one begins. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

export class LineSplitter {
  readonly #maxChars: number;
  readonly #decoder = new TextDecoder('utf-8');
  /** The beginning of the line that is coming in, in the pieces it came in. */
  #pieces: string[] = [];
  #chars = 0;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** The lines that this chunk completes, without their ends; empty ones are left out. Throws `LineTooLong`. */
  push(chunk: Uint8Array): string[] {
    const text = this.#decoder.decode(chunk, { stream: true });
    const lines: string[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#keep(text.slice(from, end));
      const line = this.#take();
      if (line !== '') lines.push(line);
      from = end + 1;
    }
    if (from < text.length) this.#keep(text.slice(from));
    return lines;
  }

  #keep(piece: string): void {
    this.#chars += piece.length;
    if (this.#chars > this.#maxChars)
      throw new LineTooLong(`a line has at most ${this.#maxChars} characters`);
    this.#pieces.push(piece);
  }

  #take(): string {
    const line = this.#pieces.join('').trim();
    this.#pieces = [];
    this.#chars = 0;
    return line;
  }
}
