/**
 * A turn that somebody has asked to stop: the bridge is told, again when the turn has begun only now; and one that is
 * not confirmed is ended from here, so that nobody waits for a machine that is away.
 */
import { STOP_GRACE_MS } from '@porthole/shared/agent-limits';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';

export interface StoppingHands {
  /** False: the bridge is away. */
  tell(turn: string): boolean;
  /** Ends it in the log, unless it has ended. */
  end(turn: string): void;
}

export class Stopping implements Disposable {
  readonly #clock: Clock;
  readonly #hands: StoppingHands;
  #turn: string | null = null;
  #timer: Disposable | null = null;

  constructor(clock: Clock, hands: StoppingHands) {
    this.#clock = clock;
    this.#hands = hands;
  }

  /** That is to stop; null: none. */
  get turn(): string | null {
    return this.#turn;
  }

  asked(turn: string): void {
    this.#turn = turn;
    const reached = this.#hands.tell(turn);
    this.#timer?.dispose();
    // The bridge ends the agent in its own time of grace; one that is away, or says nothing, does not keep people waiting.
    this.#timer = this.#clock.after(reached ? 2 * STOP_GRACE_MS : STOP_GRACE_MS, () => this.#hands.end(turn));
  }

  /** It was asked before the prompt had begun. */
  began(turn: string): void {
    if (this.#turn === turn) this.#hands.tell(turn);
  }

  ended(turn: string): void {
    if (this.#turn === turn) this.#turn = null;
    this.dispose();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = null;
  }
}
