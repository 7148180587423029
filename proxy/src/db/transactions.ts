/**
 * One transaction after another, and what follows a commit.
 * Invariants: calls given to `afterCommit` run in the order of the commits; none runs for a rollback; inside a
 * transaction the outer database is not asked (on SQLite that would wait for itself: with `checks` it throws).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from 'kysely';
import type { Logger } from '../lib/log.ts';
import type { Tx } from './database.ts';
import { isRetryable, toFault } from './faults.ts';
import type { Schema } from './schema.ts';

/** Of PostgreSQL's serialization failures: one proxy alone meets none, several meet few. */
const MAX_TRIES = 10;
/** Transactions waiting for their turn; above that the database is lost rather than slow. */
const MAX_WAITING = 10_000;

export interface TransactionDeps {
  /** Runs `work` in a transaction of the dialect, and rolls back when it throws. */
  begin: <T>(work: (q: Transaction<Schema>) => Promise<T>) => Promise<T>;
  log: Logger;
  checks: boolean;
  /** Waits before another try; the number counts from 1. */
  pause: (tries: number) => Promise<void>;
}

export class Transactions {
  readonly #deps: TransactionDeps;
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(deps: TransactionDeps) {
    this.#deps = deps;
  }

  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.assertOutside();
    if (this.#waiting >= MAX_WAITING) throw new Error(`over ${MAX_WAITING} transactions are waiting`);
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#one(work));
    this.#last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** With `checks`: throws when called from within a transaction's work. */
  assertOutside(): void {
    if (this.#deps.checks && this.#inside.getStore()?.open)
      throw new Error('inside a transaction: use tx.q, and no second transaction');
  }

  /** When all that have been started are done. */
  idle(): Promise<unknown> {
    return this.#last;
  }

  async #one<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const calls: (() => void)[] = [];
      try {
        const result = await this.#deps.begin((q) =>
          this.#marked(() => work({ q, afterCommit: (call) => void calls.push(call) })),
        );
        for (const call of calls) this.#tell(call);
        return result;
      } catch (error) {
        if (!isRetryable(error) || tries >= MAX_TRIES) throw toFault(error);
        await this.#deps.pause(tries);
      }
    }
  }

  async #marked<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#deps.checks) return work();
    const mark = { open: true };
    try {
      return await this.#inside.run(mark, work);
    } finally {
      mark.open = false;
    }
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'after a commit');
    }
  }
}
