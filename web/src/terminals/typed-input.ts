/**
 * What is typed on this screen, on its way to the program (TR9).
 *
 * Invariant: what is typed is given to a program that runs now, waits for the one that this person has just started,
 * or is told as not sent. It never reaches a later program by itself.
 */
import { InputLedger } from './input-ledger.ts';
import { withoutReports } from './input-text.ts';

export type Refusal = 'not_connected' | 'view_only' | 'ended' | 'too_much';

type Bytes = Uint8Array<ArrayBuffer>;

export interface TypedInputOptions {
  send: (frame: Bytes) => void;
  now: () => number;
  /** Nothing has answered to what was sent for so long that the connection may be gone. */
  onDoubt: () => void;
  /** Typed, and not given to the PTY. Empty: nothing is. */
  onUnsent?: ((text: string) => void) | undefined;
  onRefused?: ((why: Refusal) => void) | undefined;
}

/** Typed while nothing takes it: kept to be shown and offered, in UTF-16 units. */
const MAX_UNSENT = 64 * 1024;
/** Input without a sign of life for so long makes us ask whether the connection is still there. */
const CONFIRM_MS = 4_000;

export class TypedInput {
  readonly #options: TypedInputOptions;
  readonly #ledger = new InputLedger();
  #attached = false;
  #canWrite = true;
  #ended = false;
  /** This person has started a new program, which has not answered yet. */
  #starting = false;
  #unsent = '';
  #unconfirmedSince: number | null = null;

  constructor(options: TypedInputOptions) {
    this.#options = options;
  }

  /** Bytes are what the mouse reports in an old encoding: nobody typed those. */
  type(data: string | Bytes): void {
    const why = this.#refusal();
    if (why) {
      this.#refuse(why, typeof data === 'string' ? withoutReports(data) : '');
      return;
    }
    if (!this.#ledger.add(typeof data === 'string' ? bytesOf(data) : data))
      this.#options.onRefused?.('too_much');
    this.#pump();
  }

  // ── the connection ──

  /** A connection's first answer: what did not get there on the last one is not sent now. */
  connected(inputSeq: number): void {
    this.#attached = true;
    this.#giveBack(this.#ledger.attached(inputSeq));
  }

  disconnected(): void {
    this.#attached = false;
    this.#starting = false;
    this.#unconfirmedSince = null;
  }

  confirmed(inputSeq: number): void {
    this.#ledger.confirm(inputSeq);
    this.#unconfirmedSince = this.#ledger.unconfirmedBytes > 0 ? this.#options.now() : null;
    this.#pump();
  }

  setAccess(canWrite: boolean): void {
    this.#canWrite = canWrite;
  }

  // ── the program ──

  /** A new program is asked for: what is typed from here on is for it. */
  expectProgram(): void {
    this.#starting = this.#ended;
  }

  /** It could not be asked for. */
  noProgram(): void {
    if (this.#starting) this.#noneTakesIt();
  }

  /** Another program in the same terminal, whose PTY counts from `inputSeq` on. It may have ended already. */
  replaced(inputSeq: number): void {
    this.#ledger.rebase(inputSeq);
    this.#ended = false;
  }

  setEnded(ended: boolean): void {
    const before = this.#ended;
    this.#ended = ended;
    if (!ended) {
      this.#starting = false;
      this.#pump();
      // What the PTY was given before its end it has confirmed by now.
    } else if (!before) this.#noneTakesIt();
  }

  // ── what was not sent ──

  /** A person has looked at it and wants it typed now. */
  sendUnsent(): void {
    const text = this.#unsent;
    this.discardUnsent();
    if (text) this.type(text);
  }

  discardUnsent(): void {
    this.#unsent = '';
    this.#options.onUnsent?.('');
  }

  #refusal(): Refusal | null {
    if (!this.#canWrite) return 'view_only';
    if (!this.#attached) return 'not_connected';
    return this.#ended && !this.#starting ? 'ended' : null;
  }

  #refuse(why: Refusal, typed: string): void {
    if (!typed) return;
    if (why !== 'view_only') this.#keep(typed, 'after');
    this.#options.onRefused?.(why);
  }

  #pump(): void {
    while (this.#attached && !this.#ended) {
      const frame = this.#ledger.next();
      if (!frame) break;
      this.#options.send(frame);
      this.#unconfirmedSince ??= this.#options.now();
    }
    // A phone's socket may be dead without a close: unanswered typing is a reason to find out.
    if (this.#unconfirmedSince !== null && this.#options.now() - this.#unconfirmedSince > CONFIRM_MS) {
      this.#unconfirmedSince = this.#options.now();
      this.#options.onDoubt();
    }
  }

  #noneTakesIt(): void {
    this.#starting = false;
    this.#unconfirmedSince = null;
    this.#giveBack(this.#ledger.takeBack());
  }

  #giveBack(bytes: Bytes): void {
    const text = withoutReports(decoder.decode(bytes));
    if (text) this.#keep(text, 'before');
  }

  #keep(text: string, where: 'before' | 'after'): void {
    const whole = where === 'before' ? text + this.#unsent : this.#unsent + text;
    this.#unsent = whole.slice(0, MAX_UNSENT);
    this.#options.onUnsent?.(this.#unsent);
  }
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const bytesOf = (text: string): Bytes => encoder.encode(text) as Bytes;
