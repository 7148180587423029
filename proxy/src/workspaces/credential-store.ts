/**
 * Git credentials. Invariants (SE4): the secret is in the table encrypted and leaves this file decrypted only
 * towards a clone; a token only for a URL on the host that it is for.
 */
import type { Credential } from '@porthole/shared/http';
import type { Selectable } from 'kysely';
import { checkRoom } from '../db/bound.ts';
import type { Database } from '../db/database.ts';
import type { CredentialsTable } from '../db/schema.ts';
import type { SecretBox } from '../lib/secrets.ts';
import { type CredentialUse, tokenHost, useOf } from './credential-host.ts';
import type { GitCredential } from './git.ts';

export type OpenedCredential =
  | { ok: true; credential: GitCredential }
  | Extract<CredentialUse, { ok: false }>;

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

  /**
   * Whether it may be used for this URL; null: there is no such credential. With `bind` a token that nobody has named a
   * host for is from now on for this one.
   */
  async use(organisationId: string, id: string, url: string, bind: boolean): Promise<CredentialUse | null> {
    const row = await this.#find(organisationId, id);
    if (!row) return null;
    const use = useOf(row.kind, row.host, url);
    if (use.ok || use.code !== 'unbound' || !bind) return use;
    const { host } = await this.#db.q
      .updateTable('credentials')
      .set(({ fn, val }) => ({ host: fn.coalesce('host', val(tokenHost(url))) }))
      .where('organisation_id', '=', organisationId)
      .where('id', '=', id)
      .returning('host')
      .executeTakeFirstOrThrow();
    // Somebody else may have been faster.
    return useOf(row.kind, host, url);
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
          host: credential.host,
          public_key: credential.publicKey,
          secret: this.#secrets.encrypt(secret, context(credential.id)),
          created_at: credential.createdAt,
        })
        .execute();
    });
  }

  /** For a clone of this URL that begins now; null: there is no such credential. */
  async open(organisationId: string, id: string, url: string): Promise<OpenedCredential | null> {
    const row = await this.#find(organisationId, id);
    if (!row) return null;
    const use = useOf(row.kind, row.host, url);
    if (!use.ok) return use;
    const secret = this.#secrets.decrypt(row.secret, context(id));
    return row.kind === 'ssh_key'
      ? { ok: true, credential: { kind: 'ssh_key', privateKey: secret } }
      : { ok: true, credential: { kind: 'https_token', username: row.username, token: secret } };
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
  host: row.host,
  publicKey: row.public_key,
  createdAt: row.created_at,
});
