/**
 * The way back from a lost password: a link, made by the operator on the server itself or by somebody who owns all that
 * the person belongs to. Invariants: the secret is in the link's fragment and its hash in the database; a link is good
 * for an hour and once, whoever clicks at the same time, and a person has one at a time; when it is used, nothing that
 * signed the person in before does so any more, for whoever had the account may be why it is used.
 */
import { PortholeError } from '@porthole/shared';
import type { Bus } from '../bus/bus.ts';
import type { Database, Tx } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';
import { hashSecret, newSecret } from '../lib/ids.ts';
import type { Passwords } from './passwords.ts';
import * as resets from './reset-store.ts';
import { deleteDevices, updateUser, userById } from './store.ts';

export const RESET_MS = 60 * 60 * 1000;

export interface ResetLink {
  path: string;
  expiresAt: number;
}

export interface ResetsDeps {
  db: Database;
  bus: Bus;
  clock: Clock;
  passwords: Passwords;
  /** Whether the first person owns every organisation that the second belongs to, and there is one. */
  ownsAllOf: (q: Database['q'], ownerId: string, userId: string) => Promise<boolean>;
}

/** `by` null: the operator. In place of the one that the person had. */
export async function issueReset(tx: Tx, userId: string, by: string | null, now: number): Promise<ResetLink> {
  const secret = newSecret();
  const expiresAt = now + RESET_MS;
  await resets.deleteResets(tx, userId);
  await resets.insertReset(tx, {
    ...{ secret_hash: hashSecret(secret), user_id: userId, created_by: by },
    ...{ expires_at: expiresAt, used_at: null },
  });
  return { path: `/reset#${secret}`, expiresAt };
}

export class Resets {
  readonly #deps: ResetsDeps;

  constructor(deps: ResetsDeps) {
    this.#deps = deps;
  }

  /** By an owner, of a member. Throws `forbidden`. */
  create(userId: string, by: string): Promise<ResetLink> {
    const { db, clock, ownsAllOf } = this.#deps;
    return db.transaction(async (tx) => {
      if (!(await ownsAllOf(tx.q, by, userId)))
        throw new PortholeError(
          'forbidden',
          'They belong to another organisation as well, which is not yours. Whoever runs the server can make a link.',
        );
      return issueReset(tx, userId, by, clock.now());
    });
  }

  /** Throws `not_found` and `gone`. */
  async preview(secret: string): Promise<{ name: string; email: string; expiresAt: number }> {
    const { q } = this.#deps.db;
    const record = await this.#good(q, secret);
    const user = await userById(q, record.user_id);
    if (!user) throw unknown();
    return { name: user.name, email: user.email, expiresAt: record.expires_at };
  }

  /** Answers whose it is. Throws as `preview` does. */
  async use(secret: string, password: string): Promise<string> {
    const { db, bus, clock, passwords } = this.#deps;
    // Before the slow hash: a wrong link costs nothing.
    await this.#good(db.q, secret);
    const hash = await passwords.hash(password);
    return db.transaction(async (tx) => {
      const { user_id: userId, secret_hash } = await this.#good(tx.q, secret);
      if (!(await resets.takeReset(tx, secret_hash, clock.now()))) throw over();
      await updateUser(tx, userId, { password_hash: hash });
      const devices = await deleteDevices(tx.q, userId, null);
      const tokens = await resets.deleteTokens(tx, userId);
      await resets.deleteAccounts(tx, userId);
      await resets.deleteResets(tx, userId);
      tx.afterCommit(() => {
        for (const id of devices) bus.publish('signed_out', userId, { what: 'device', id });
        for (const id of tokens) bus.publish('signed_out', userId, { what: 'token', id });
      });
      return userId;
    });
  }

  async #good(q: Database['q'], secret: string): Promise<resets.ResetRecord> {
    const { clock, ownsAllOf } = this.#deps;
    const record = await resets.resetBySecret(q, hashSecret(secret));
    if (!record) throw unknown();
    if (record.used_at !== null || record.expires_at <= clock.now()) throw over();
    // Whoever made it must still be able to.
    if (record.created_by !== null && !(await ownsAllOf(q, record.created_by, record.user_id)))
      throw unknown();
    return record;
  }
}

const unknown = () =>
  new PortholeError('not_found', 'There is no such link any more. Another one may have taken its place.');
const over = () =>
  new PortholeError('gone', 'This link has been used, or its hour is over. Ask for another one.');
