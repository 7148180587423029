/**
 * Secrets of organisations: keys of model services and what else agents need. Invariant (SE4): a value is in the table
 * encrypted, and leaves this file decrypted only towards the model gateway or an agent that is about to be started.
 */
import type { Selectable } from 'kysely';
import { checkRoom } from '../db/bound.ts';
import type { Database } from '../db/database.ts';
import type { Schema } from '../db/schema.ts';
import type { SecretBox } from '../lib/secrets.ts';

const context = (organisationId: string, name: string) => `organisation_secrets:${organisationId}:${name}`;

export class SecretStore {
  readonly #db: Database;
  readonly #secrets: SecretBox;

  constructor(db: Database, secrets: SecretBox) {
    this.#db = db;
    this.#secrets = secrets;
  }

  async list(organisationId: string): Promise<{ name: string; setAt: number }[]> {
    const rows = await this.#db.q
      .selectFrom('organisation_secrets')
      .select(['name', 'set_at'])
      .where('organisation_id', '=', organisationId)
      .orderBy('name')
      .execute();
    return rows.map(({ name, set_at }) => ({ name, setAt: set_at }));
  }

  async set(organisationId: string, name: string, value: string, at: number): Promise<void> {
    const secret = this.#secrets.encrypt(value, context(organisationId, name));
    await this.#db.transaction(async (tx) => {
      const known = await tx.q
        .updateTable('organisation_secrets')
        .set({ secret, set_at: at })
        .where('organisation_id', '=', organisationId)
        .where('name', '=', name)
        .executeTakeFirst();
      if (known.numUpdatedRows > 0n) return;
      await checkRoom(tx, 'organisation_secrets', organisationId);
      await tx.q
        .insertInto('organisation_secrets')
        .values({ organisation_id: organisationId, name, secret, set_at: at })
        .execute();
    });
  }

  /** False: it was not there. */
  async remove(organisationId: string, name: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db.q
      .deleteFrom('organisation_secrets')
      .where('organisation_id', '=', organisationId)
      .where('name', '=', name)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** null: nobody has set it. */
  async open(organisationId: string, name: string): Promise<string | null> {
    const row: Pick<Selectable<Schema['organisation_secrets']>, 'secret'> | undefined = await this.#db.q
      .selectFrom('organisation_secrets')
      .select('secret')
      .where('organisation_id', '=', organisationId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row ? this.#secrets.decrypt(row.secret, context(organisationId, name)) : null;
  }
}
