/**
 * Git credentials. Invariant (SE4): the secret is in the table encrypted and leaves this file decrypted only
 * towards a clone.
 */
import type { Credential } from '@porthole/shared/http';
import type { Selectable } from 'kysely';
import { checkRoom } from '../db/bound.ts';
import type { Database } from '../db/database.ts';
import type { CredentialsTable } from '../db/schema.ts';
import type { SecretBox } from '../lib/secrets.ts';
import type { GitCredential } from './git.ts';

const context = (id: string) => `credentials:${id}`;

export class CredentialStore {
  readonly #db: Database;
  readonly #secrets: SecretBox;

  constructor(db: Database, secrets: SecretBox) {
    this.#db = db;
    this.#secrets = secrets;
  }

  async list(organisationId: string): Promise<Credential[]> {
    const rows = await this.#db.q
      .selectFrom('credentials')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .orderBy('created_at')
      .execute();
    return rows.map(toCredential);
  }

  async exists(organisationId: string, id: string): Promise<boolean> {
    return (await this.#find(organisationId, id)) !== undefined;
  }

  async insert(organisationId: string, credential: Credential, secret: string): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await checkRoom(tx, 'credentials', organisationId);
      await tx.q
        .insertInto('credentials')
        .values({
          id: credential.id,
          organisation_id: organisationId,
          kind: credential.kind,
          name: credential.name,
          username: credential.username,
          public_key: credential.publicKey,
          secret: this.#secrets.encrypt(secret, context(credential.id)),
          created_at: credential.createdAt,
        })
        .execute();
    });
  }

  /** For a clone that begins now. */
  async open(organisationId: string, id: string): Promise<GitCredential | null> {
    const row = await this.#find(organisationId, id);
    if (!row) return null;
    const secret = this.#secrets.decrypt(row.secret, context(id));
    return row.kind === 'ssh_key'
      ? { kind: 'ssh_key', privateKey: secret }
      : { kind: 'https_token', username: row.username, token: secret };
  }

  /** SE3: whether it is used is asked of the organisation's own alone. */
  delete(organisationId: string, id: string): Promise<'deleted' | 'used' | 'missing'> {
    return this.#db.transaction(async (tx) => {
      if (!(await this.#find(organisationId, id, tx.q))) return 'missing';
      const used = await tx.q
        .selectFrom('repositories')
        .select('id')
        .where('credential_id', '=', id)
        .executeTakeFirst();
      if (used) return 'used';
      await tx.q.deleteFrom('credentials').where('id', '=', id).execute();
      return 'deleted';
    });
  }

  #find(
    organisationId: string,
    id: string,
    q: Database['q'] = this.#db.q,
  ): Promise<Selectable<CredentialsTable> | undefined> {
    return q
      .selectFrom('credentials')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .where('id', '=', id)
      .executeTakeFirst();
  }
}

const toCredential = (row: Selectable<CredentialsTable>): Credential => ({
  id: row.id,
  kind: row.kind as Credential['kind'],
  name: row.name,
  username: row.username,
  publicKey: row.public_key,
  createdAt: row.created_at,
});
