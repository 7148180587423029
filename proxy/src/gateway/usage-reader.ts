/**
 * Tokens and model, read from an answer as it passes, in both services' formats. Invariant: it keeps at most a
 * bounded part of what it is shown, and whatever it is shown it answers.
 */
import * as z from 'zod/mini';

/** A line of an event stream that is longer says nothing of usage. Bytes. */
const LINE_BYTES = 1024 * 1024;
/** An answer in one piece; embeddings are the longest. Bytes. */
const JSON_BYTES = 16 * 1024 * 1024;

export interface Usage {
  /** null: the answer did not say. */
  model: string | null;
  inputTokens: number;
  outputTokens: number;
  /** Pieces of text and the like since the last figures: what a stream that was cut, or has none, is estimated by. */
  uncounted: number;
}

const Tokens = z.optional(z.nullable(z.int().check(z.minimum(0), z.maximum(1_000_000_000))));
const Counts = z.looseObject({
  input_tokens: Tokens,
  output_tokens: Tokens,
  cache_creation_input_tokens: Tokens,
  cache_read_input_tokens: Tokens,
  prompt_tokens: Tokens,
  completion_tokens: Tokens,
});
const Part = z.looseObject({ model: z.optional(z.unknown()), usage: z.optional(z.unknown()) });
/** `message`: Anthropic's message_start; `response`: OpenAI's response.completed. */
const Said = z.looseObject({ message: z.optional(z.unknown()), response: z.optional(z.unknown()) });

export class UsageReader {
  readonly #events: boolean;
  #line: Uint8Array[] = [];
  #lineBytes = 0;
  #skipping = false;
  #model: string | null = null;
  #input = 0;
  #output = 0;
  #uncounted = 0;

  /** `contentType` of the answer. */
  constructor(contentType: string | null) {
    this.#events = /^text\/event-stream\b/i.test(contentType ?? '');
  }

  push(chunk: Uint8Array): void {
    if (this.#events) this.#cut(chunk);
    else this.#keep(chunk, JSON_BYTES);
  }

  #cut(chunk: Uint8Array): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, end), LINE_BYTES);
      this.#take();
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from), LINE_BYTES);
  }

  /** After the last chunk, or at a cut. */
  end(): Usage {
    if (!this.#events) this.#take();
    return {
      model: this.#model,
      inputTokens: this.#input,
      outputTokens: this.#output,
      uncounted: this.#uncounted,
    };
  }

  #keep(piece: Uint8Array, limit: number): void {
    if (this.#skipping || piece.length === 0) return;
    this.#lineBytes += piece.length;
    if (this.#lineBytes > limit) {
      this.#skipping = true;
      this.#line = [];
      return;
    }
    // The chunk is on its way to somebody else: keep a copy.
    this.#line.push(piece.slice());
  }

  #take(): void {
    const text = this.#skipping ? '' : new TextDecoder().decode(concat(this.#line, this.#lineBytes));
    this.#line = [];
    this.#lineBytes = 0;
    this.#skipping = false;
    if (!this.#events) this.#said(text);
    if (!this.#events || !text.startsWith('data:')) return;
    if (text.includes('delta')) this.#uncounted += 1;
    // Most events are pieces of text: not worth parsing.
    if (this.#model === null || text.includes('"usage"')) this.#said(text.slice(5));
  }

  #said(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    const said = z.safeParse(Said, value);
    if (!said.success) return;
    for (const part of [said.data, said.data.message, said.data.response]) this.#part(part);
  }

  #part(value: unknown): void {
    const part = z.safeParse(Part, value);
    if (!part.success) return;
    const { model, usage } = part.data;
    if (typeof model === 'string' && model !== '') this.#model = model.slice(0, 100);
    const counts = z.safeParse(Counts, usage);
    if (!counts.success) return;
    const of = counts.data;
    const cached = (of.cache_creation_input_tokens ?? 0) + (of.cache_read_input_tokens ?? 0);
    // Figures are totals so far, and are said more than once.
    this.#uncounted = 0;
    this.#input = Math.max(this.#input, (of.input_tokens ?? of.prompt_tokens ?? 0) + cached);
    this.#output = Math.max(this.#output, of.output_tokens ?? of.completion_tokens ?? 0);
  }
}

function concat(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
