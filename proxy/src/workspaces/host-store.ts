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
import { type AgentUse, type SshAgent, useAgent } from './host-agent.ts';

export interface HostSecret {
  privateKey: string;
  passphrase?: string;
}

/** How to get in, or why not. */
export type HostTarget =
  | { kind: 'target'; target: SshTarget }
  | { kind: 'missing' }
  | ({ kind: 'refused' } & Omit<Extract<AgentUse, { ok: false }>, 'ok'>);

const context = (id: string) => `hosts:${id}`;

export class HostStore {
  readonly #db: Database;
  readonly #feed: FeedRecorder;
  readonly #secrets: SecretBox;
  readonly #agent: SshAgent;

  constructor(db: Database, feed: FeedRecorder, secrets: SecretBox, agent: SshAgent) {
    this.#db = db;
    this.#feed = feed;
    this.#secrets = secrets;
    this.#agent = agent;
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

  /** Whether machines of this organisation may be signed in to by the server's ssh-agent. */
  useAgent(organisationId: string): Promise<AgentUse> {
    return useAgent(this.#agent, organisationId);
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

  async target(organisationId: string, id: string): Promise<HostTarget> {
    const row = await this.#find(organisationId, id);
    if (!row) return { kind: 'missing' };
    const auth = await this.#auth(row);
    if (!auth.ok) return { kind: 'refused', code: auth.code, message: auth.message };
    const target: SshTarget = {
      key: `host:${id}`,
      address: { host: row.address, port: row.port },
      user: row.username,
      auth: auth.auth,
      hostKey: row.host_key,
      label:
        row.name === row.address ? `${row.address}:${row.port}` : `${row.name} (${row.address}:${row.port})`,
    };
    return { kind: 'target', target };
  }

  async #auth(
    row: Selectable<HostsTable>,
  ): Promise<{ ok: true; auth: SshAuth } | Extract<AgentUse, { ok: false }>> {
    if (row.secret === null) {
      const use = await this.useAgent(row.organisation_id);
      return use.ok ? { ok: true, auth: { kind: 'agent', socket: use.socket } } : use;
    }
    const secret = JSON.parse(this.#secrets.decrypt(row.secret, context(row.id))) as HostSecret;
    return { ok: true, auth: { kind: 'key', ...secret } };
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
