/** Repositories of an organisation, recorded to the feed with every write (FD1). */
import type { RepositoryRow } from '@porthole/shared';
import type { Selectable } from 'kysely';
import { checkRoom } from '../db/bound.ts';
import type { Database, Tx } from '../db/database.ts';
import type { RepositoriesTable } from '../db/schema.ts';
import type { FeedRecorder } from '../feed/record.ts';

export type RepositoryChange = Partial<Pick<RepositoryRow, 'name' | 'defaultBranch' | 'credentialId'>>;

export class RepositoryStore {
  readonly #db: Database;
  readonly #feed: FeedRecorder;

  constructor(db: Database, feed: FeedRecorder) {
    this.#db = db;
    this.#feed = feed;
  }

  async list(organisationId: string, q: Database['q'] = this.#db.q): Promise<RepositoryRow[]> {
    const rows = await q
      .selectFrom('repositories')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .orderBy('name')
      .execute();
    return rows.map(toRow);
  }

  async get(organisationId: string, id: string): Promise<RepositoryRow | null> {
    const row = await this.#db.q
      .selectFrom('repositories')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? toRow(row) : null;
  }

  async findByUrl(organisationId: string, url: string): Promise<RepositoryRow | null> {
    const row = await this.#db.q
      .selectFrom('repositories')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .where('url', '=', url)
      .executeTakeFirst();
    return row ? toRow(row) : null;
  }

  /** For a clone: null while nobody has said what the default branch is. */
  async knownDefaultBranch(organisationId: string, id: string): Promise<string | null> {
    const row = await this.#db.q
      .selectFrom('repositories')
      .select(['default_branch', 'default_branch_known'])
      .where('organisation_id', '=', organisationId)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && row.default_branch_known !== 0 ? row.default_branch : null;
  }

  /** What the remote says. Changes nothing once it is known. */
  async learnDefaultBranch(organisationId: string, id: string, branch: string): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const row = await this.#lock(tx, organisationId, id);
      if (row?.default_branch_known !== 0) return;
      await tx.q
        .updateTable('repositories')
        .set({ default_branch: branch, default_branch_known: 1 })
        .where('id', '=', id)
        .execute();
      if (row.default_branch !== branch)
        await this.#feed.put(tx, organisationId, 'repositories', { ...toRow(row), defaultBranch: branch });
    });
  }

  /** `branchKnown` false: the default branch is a guess. */
  async insert(repository: RepositoryRow, branchKnown: boolean): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await checkRoom(tx, 'repositories', repository.organisationId);
      await tx.q
        .insertInto('repositories')
        .values({
          id: repository.id,
          organisation_id: repository.organisationId,
          name: repository.name,
          url: repository.url,
          default_branch: repository.defaultBranch,
          default_branch_known: branchKnown ? 1 : 0,
          credential_id: repository.credentialId,
          created_at: repository.createdAt,
        })
        .execute();
      await this.#feed.put(tx, repository.organisationId, 'repositories', repository);
    });
  }

  update(organisationId: string, id: string, change: RepositoryChange): Promise<RepositoryRow | null> {
    return this.#db.transaction(async (tx) => {
      const row = await this.#lock(tx, organisationId, id);
      if (!row) return null;
      const next = { ...toRow(row), ...change };
      await tx.q
        .updateTable('repositories')
        .set({
          name: next.name,
          default_branch: next.defaultBranch,
          default_branch_known: change.defaultBranch === undefined ? row.default_branch_known : 1,
          credential_id: next.credentialId,
        })
        .where('id', '=', id)
        .execute();
      await this.#feed.put(tx, organisationId, 'repositories', next);
      return next;
    });
  }

  delete(organisationId: string, id: string): Promise<'deleted' | 'used' | 'missing'> {
    return this.#db.transaction(async (tx) => {
      if (!(await this.#lock(tx, organisationId, id))) return 'missing';
      const used = await tx.q
        .selectFrom('workspaces')
        .select('id')
        .where('repository_id', '=', id)
        .executeTakeFirst();
      if (used) return 'used';
      await tx.q.deleteFrom('repositories').where('id', '=', id).execute();
      await this.#feed.delete(tx, organisationId, 'repositories', id);
      return 'deleted';
    });
  }

  #lock(tx: Tx, organisationId: string, id: string): Promise<Selectable<RepositoriesTable> | undefined> {
    return tx.q
      .selectFrom('repositories')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .where('id', '=', id)
      .executeTakeFirst();
  }
}

const toRow = (row: Selectable<RepositoriesTable>): RepositoryRow => ({
  id: row.id,
  organisationId: row.organisation_id,
  name: row.name,
  url: row.url,
  defaultBranch: row.default_branch,
  credentialId: row.credential_id,
  createdAt: row.created_at,
});
