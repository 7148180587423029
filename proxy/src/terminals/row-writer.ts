/**
 * What a terminal does, written to its row: titles and sizes a little later and only the last of many, an end at
 * once. Invariant: writes of one terminal happen in order; one that fails is logged and stops nothing.
 */
import type { TerminalEnd } from '@porthole/shared';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { TerminalChange, TerminalStore } from './store.ts';

/** Prompts set the title at every command; browsers need not hear of each. */
const SETTLE_MS = 300;
/** Bells ring in bursts. */
const BELL_EVERY_MS = 2_000;
const MAX_TITLE = 200;

export class RowWriter implements Disposable {
  readonly #store: Pick<TerminalStore, 'update'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #id: string;
  #due: TerminalChange = {};
  #timer: Disposable | null = null;
  #writing: Promise<void> = Promise.resolve();
  #bellAt = 0;

  constructor(id: string, store: Pick<TerminalStore, 'update'>, clock: Clock, log: Logger) {
    this.#id = id;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  title(title: string): void {
    // A program's words: control characters have no place in a list (SE5).
    const clean = title.replace(/\p{C}/gu, ' ').trim().slice(0, MAX_TITLE);
    this.#soon({ title: clean || null });
  }

  resized(cols: number, rows: number): void {
    this.#soon({ cols, rows });
  }

  bell(): void {
    const now = this.#clock.now();
    if (now - this.#bellAt < BELL_EVERY_MS) return;
    this.#bellAt = now;
    this.#soon({ bellAt: now });
  }

  ended(end: TerminalEnd, status: 'ended' | 'closed'): Promise<void> {
    return this.#now({ status, end });
  }

  running(): Promise<void> {
    return this.#now({ status: 'running', end: null, title: null });
  }

  #soon(change: TerminalChange): void {
    Object.assign(this.#due, change);
    this.#timer ??= this.#clock.after(SETTLE_MS, () => void this.flush());
  }

  #now(change: TerminalChange): Promise<void> {
    Object.assign(this.#due, change);
    return this.flush();
  }

  /** Everything that is due is written when this resolves. */
  flush(): Promise<void> {
    this.#timer?.dispose();
    this.#timer = null;
    const change = this.#due;
    this.#due = {};
    if (Object.keys(change).length === 0) return this.#writing;
    this.#writing = this.#writing
      .then(() => this.#store.update(this.#id, change))
      .then(
        () => {},
        (error: unknown) => this.#log.error({ terminal: this.#id, error }, 'a terminal row was not written'),
      );
    return this.#writing;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = null;
  }
}
