/** Agents that organisations have added, recorded to the feed with every write (FD1). */
import type { AgentRow } from '@porthole/shared';
import type { Selectable } from 'kysely';
import { checkRoom } from '../db/bound.ts';
import type { Database } from '../db/database.ts';
import type { AgentsTable } from '../db/schema.ts';
import type { FeedRecorder } from '../feed/record.ts';

export class AgentStore {
  readonly #db: Database;
  readonly #feed: FeedRecorder;

  constructor(db: Database, feed: FeedRecorder) {
    this.#db = db;
    this.#feed = feed;
  }

  async list(organisationId: string, q: Database['q'] = this.#db.q): Promise<AgentRow[]> {
    const rows = await q
      .selectFrom('agents')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .orderBy('created_at')
      .execute();
    return rows.map(toRow);
  }

  async get(organisationId: string, id: string): Promise<AgentRow | null> {
    const row = await this.#db.q
      .selectFrom('agents')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? toRow(row) : null;
  }

  async insert(agent: AgentRow): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await checkRoom(tx, 'agents', agent.organisationId);
      await tx.q
        .insertInto('agents')
        .values({
          id: agent.id,
          organisation_id: agent.organisationId,
          name: agent.name,
          command: agent.command,
          args: JSON.stringify(agent.args),
          secrets: JSON.stringify(agent.secrets),
          created_at: agent.createdAt,
        })
        .execute();
      await this.#feed.put(tx, agent.organisationId, 'agents', agent);
    });
  }

  /** False: it was not there. */
  remove(organisationId: string, id: string): Promise<boolean> {
    return this.#db.transaction(async (tx) => {
      const { numDeletedRows } = await tx.q
        .deleteFrom('agents')
        .where('organisation_id', '=', organisationId)
        .where('id', '=', id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await this.#feed.delete(tx, organisationId, 'agents', id);
      return true;
    });
  }
}

const toRow = (row: Selectable<AgentsTable>): AgentRow => ({
  id: row.id,
  organisationId: row.organisation_id,
  name: row.name,
  command: row.command,
  args: JSON.parse(row.args) as string[],
  secrets: JSON.parse(row.secrets) as string[],
  createdAt: row.created_at,
});
