/**
 * The database as features see it. Invariant (rule 8): what is to be told to others is recorded inside the
 * transaction and told after the commit; a rolled back transaction tells nothing.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

export interface Tx {
  /** Queries within this transaction. */
  readonly q: Transaction<Schema>;
  /** Runs after the commit, in order; an error in one is logged and stops none of the others. */
  afterCommit(call: () => void): void;
}

export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  /** Reads outside a transaction. Single statements that need no feed entry may write through it too. */
  readonly q: Kysely<Schema>;
  /**
   * SQLite: serialized, BEGIN IMMEDIATE. PostgreSQL: serializable, and done again on a serialization failure: so
   * `work` changes nothing but the database. Not re-entrant, and `q` may not be asked from within.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
