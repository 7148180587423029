/**
 * Tells the parts of the server what has happened. Between several proxies it would be a broker; delivery is at
 * most once and in order per topic and publisher: whoever needs more reads the database.
 */
import type { Disposable } from '../lib/disposable.ts';

/** Topics and their messages; all of it survives JSON. */
export interface Topics {
  /** A change of an organisation's feed; the key is the organisation's id. */
  feed: {
    organisationId: string;
    seq: number;
    table: string;
    id: string;
    op: 'put' | 'delete';
    row: string | null;
  };
  /** Sockets to be closed; the key is a user's id. An id null: all of this person's devices or tokens. */
  signed_out: { what: 'device' | 'token'; id: string | null };
  /** The key is a user's id. */
  membership_lost: { organisationId: string };
}

export type Topic = keyof Topics;

export interface Bus {
  /** Never waits and never throws: what a listener does with it is its own affair. */
  publish<T extends Topic>(topic: T, key: string, message: Topics[T]): void;
  /** Hears what is published from now on under exactly this key. */
  subscribe<T extends Topic>(topic: T, key: string, listener: (message: Topics[T]) => void): Disposable;
  /** Nothing is delivered afterwards. */
  close(): Promise<void>;
}
