/**
 * Machines that admins have added for the `ssh` provider. Invariant (SE4): private keys are stored encrypted and
 * leave this file only in a target for the SSH pool.
 */
import type { HostRow } from '@porthole/shared';
import type { Selectable } from 'kysely';
import { checkRoom } from '../db/bound.ts';
import type { Database } from '../db/database.ts';
import type { HostsTable } from '../db/schema.ts';
import type { FeedRecorder } from '../feed/record.ts';
import type { SecretBox } from '../lib/secrets.ts';
import type { SshAuth, SshTarget } from '../ssh/target.ts';

export interface HostSecret {
  privateKey: string;
  passphrase?: string;
}

const context = (id: string) => `hosts:${id}`;

export class HostStore {
  readonly #db: Database;
  readonly #feed: FeedRecorder;
  readonly #secrets: SecretBox;
  /** ssh-agent's socket on this server; null: none. */
  readonly #agentSocket: string | null;

  constructor(db: Database, feed: FeedRecorder, secrets: SecretBox, agentSocket: string | null) {
    this.#db = db;
    this.#feed = feed;
    this.#secrets = secrets;
    this.#agentSocket = agentSocket;
  }

  async list(organisationId: string, q: Database['q'] = this.#db.q): Promise<HostRow[]> {
    const rows = await q
      .selectFrom('hosts')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .orderBy('name')
      .execute();
    return rows.map(toRow);
  }

  async get(organisationId: string, id: string): Promise<HostRow | null> {
    const row = await this.#find(organisationId, id);
    return row ? toRow(row) : null;
  }

  async insert(host: HostRow, secret: HostSecret | null): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await checkRoom(tx, 'hosts', host.organisationId);
      await tx.q
        .insertInto('hosts')
        .values({
          id: host.id,
          organisation_id: host.organisationId,
          name: host.name,
          address: host.address,
          port: host.port,
          username: host.username,
          auth: host.auth,
          secret: secret && this.#secrets.encrypt(JSON.stringify(secret), context(host.id)),
          public_key: host.publicKey,
          host_key: null,
          host_key_fingerprint: null,
          created_at: host.createdAt,
        })
        .execute();
      await this.#feed.put(tx, host.organisationId, 'hosts', host);
    });
  }

  /** `hostKey`: base 64 of the wire form. */
  pin(organisationId: string, id: string, hostKey: string, fingerprint: string): Promise<HostRow | null> {
    return this.#db.transaction(async (tx) => {
      const changed = await tx.q
        .updateTable('hosts')
        .set({ host_key: hostKey, host_key_fingerprint: fingerprint })
        .where('organisation_id', '=', organisationId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      if (!changed) return null;
      await this.#feed.put(tx, organisationId, 'hosts', toRow(changed));
      return toRow(changed);
    });
  }

  delete(organisationId: string, id: string): Promise<'deleted' | 'used' | 'missing'> {
    return this.#db.transaction(async (tx) => {
      const used = await tx.q
        .selectFrom('workspaces')
        .select('id')
        .where('host_id', '=', id)
        .executeTakeFirst();
      const mine = await tx.q
        .selectFrom('hosts')
        .select('id')
        .where('organisation_id', '=', organisationId)
        .where('id', '=', id)
        .executeTakeFirst();
      if (!mine) return 'missing';
      if (used) return 'used';
      await tx.q.deleteFrom('hosts').where('id', '=', id).execute();
      await this.#feed.delete(tx, organisationId, 'hosts', id);
      return 'deleted';
    });
  }

  /** How to get in; null when there is no such host. */
  async target(organisationId: string, id: string): Promise<SshTarget | null> {
    const row = await this.#find(organisationId, id);
    if (!row) return null;
    return {
      key: `host:${id}`,
      address: { host: row.address, port: row.port },
      user: row.username,
      auth: this.#auth(row),
      hostKey: row.host_key,
      label:
        row.name === row.address ? `${row.address}:${row.port}` : `${row.name} (${row.address}:${row.port})`,
    };
  }

  #auth(row: Selectable<HostsTable>): SshAuth {
    // Without an agent the socket's name is empty: connecting fails with `authentication`, which says it well enough.
    if (row.secret === null) return { kind: 'agent', socket: this.#agentSocket ?? '' };
    const secret = JSON.parse(this.#secrets.decrypt(row.secret, context(row.id))) as HostSecret;
    return { kind: 'key', ...secret };
  }

  #find(organisationId: string, id: string): Promise<Selectable<HostsTable> | undefined> {
    return this.#db.q
      .selectFrom('hosts')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .where('id', '=', id)
      .executeTakeFirst();
  }
}

const toRow = (row: Selectable<HostsTable>): HostRow => ({
  id: row.id,
  organisationId: row.organisation_id,
  name: row.name,
  address: row.address,
  port: row.port,
  username: row.username,
  auth: row.auth as HostRow['auth'],
  hostKeyFingerprint: row.host_key_fingerprint,
  publicKey: row.public_key,
  createdAt: row.created_at,
});
