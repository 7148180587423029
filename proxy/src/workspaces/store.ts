/**
 * The workspaces table. Every query is scoped by organisation or by an id that the caller has checked; every
 * write records the row to the feed in the same transaction (FD1).
 */
import type { ProvisioningStep, WorkspaceError, WorkspaceRow, WorkspaceStatus } from '@porthole/shared';
import { type Selectable, sql, type Updateable } from 'kysely';
import { checkRoom } from '../db/bound.ts';
import type { Database, Tx } from '../db/database.ts';
import type { WorkspacesTable } from '../db/schema.ts';
import type { FeedRecorder } from '../feed/record.ts';
import type { Effect } from './lifecycle.ts';
import type { Machine } from './provider.ts';

/** A workspace as the supervisor sees it: the row that browsers mirror, and what only the server needs. */
export interface Workspace extends WorkspaceRow {
  machine: Machine | null;
  /** The effect that is due or under way. */
  pending: Effect | null;
  /** Tries of that effect so far. */
  attempt: number;
  pausedAt: number | null;
}

export interface WorkspaceChange {
  name?: string;
  autoStopMinutes?: number;
  status?: WorkspaceStatus;
  steps?: ProvisioningStep[];
  error?: WorkspaceError | null;
  unreachable?: WorkspaceError | null;
  machine?: Machine | null;
  folder?: string | null;
  branch?: string;
  baseBranch?: string | null;
  pending?: Effect | null;
  attempt?: number;
  activeAt?: number;
  pausedAt?: number | null;
}

/** What sessions keep that may be long: so many rows of it are taken away in one statement, some MB at the most. */
const KEPT_BY_SESSIONS = [
  { table: 'session_events', key: 'seq', atOnce: 200 },
  { table: 'session_attachments', key: 'id', atOnce: 8 },
  { table: 'session_images', key: 'id', atOnce: 8 },
] as const;

export class WorkspaceStore {
  readonly #db: Database;
  readonly #feed: FeedRecorder;
  /** What the provider of a row can do; the table does not hold it. */
  readonly #capabilities: (provider: WorkspaceRow['provider']) => WorkspaceRow['capabilities'];
  readonly #onRemoved: (id: string) => void;

  constructor(
    db: Database,
    feed: FeedRecorder,
    capabilities: (provider: WorkspaceRow['provider']) => WorkspaceRow['capabilities'],
    /** After the commit that removed a row. */
    onRemoved: (id: string) => void = () => {},
  ) {
    this.#db = db;
    this.#feed = feed;
    this.#capabilities = capabilities;
    this.#onRemoved = onRemoved;
  }

  async get(id: string): Promise<Workspace | null> {
    const row = await this.#db.q.selectFrom('workspaces').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? this.#read(row) : null;
  }

  async list(organisationId: string, q: Database['q'] = this.#db.q): Promise<Workspace[]> {
    const rows = await q
      .selectFrom('workspaces')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .orderBy('created_at')
      .execute();
    return rows.map((row) => this.#read(row));
  }

  /** For the supervisor alone: of every organisation, those with something due, or alive. */
  async listSupervised(): Promise<Workspace[]> {
    const rows = await this.#db.q
      .selectFrom('workspaces')
      .selectAll()
      .where((is) =>
        is.or([
          is('pending', 'is not', null),
          is('status', 'in', ['provisioning', 'running', 'paused', 'deleting'] satisfies WorkspaceStatus[]),
        ]),
      )
      .execute();
    return rows.map((row) => this.#read(row));
  }

  async insert(workspace: Workspace): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await this.insertIn(tx, workspace);
    });
  }

  async insertIn(tx: Tx, workspace: Workspace): Promise<void> {
    await checkRoom(tx, 'workspaces', workspace.organisationId);
    await tx.q
      .insertInto('workspaces')
      .values({
        id: workspace.id,
        organisation_id: workspace.organisationId,
        name: workspace.name,
        repository_id: workspace.repositoryId,
        provider: workspace.provider,
        host_id: workspace.hostId,
        branch: workspace.branch,
        base_branch: workspace.baseBranch,
        status: workspace.status,
        steps: JSON.stringify(workspace.steps),
        error: null,
        unreachable: null,
        machine: null,
        folder: null,
        auto_stop_minutes: workspace.autoStopMinutes,
        pending: workspace.pending,
        attempt: 0,
        created_by: workspace.createdBy,
        created_at: workspace.createdAt,
        active_at: workspace.activeAt,
        paused_at: null,
      })
      .execute();
    await this.#feed.put(tx, workspace.organisationId, 'workspaces', toRow(workspace));
  }

  /**
   * Changes a workspace by what it is at that moment; `decide` answering null changes nothing.
   * Resolves with the workspace as it is afterwards, or null when it is gone.
   */
  update(
    id: string,
    decide: (current: Workspace) => WorkspaceChange | 'remove' | null,
  ): Promise<Workspace | null> {
    return this.#db.transaction(async (tx) => {
      const found = await tx.q.selectFrom('workspaces').selectAll().where('id', '=', id).executeTakeFirst();
      if (!found) return null;
      const current = this.#read(found);
      const change = decide(current);
      if (change === null) return current;
      if (change === 'remove') {
        await this.#removeWithin(tx, current, 'terminals');
        await this.#removeWithin(tx, current, 'sessions');
        tx.afterCommit(() => this.#onRemoved(id));
        await tx.q.deleteFrom('workspaces').where('id', '=', id).execute();
        await this.#feed.delete(tx, current.organisationId, 'workspaces', id);
        return null;
      }
      const columns = toColumns(change);
      if (Object.keys(columns).length === 0) return current;
      await tx.q.updateTable('workspaces').set(columns).where('id', '=', id).execute();
      const next = { ...current, ...change };
      await this.#feed.put(tx, current.organisationId, 'workspaces', toRow(next));
      return next;
    });
  }

  /**
   * Takes away what the sessions of a workspace keep, in pieces between which others write: in the transaction that
   * removes the row it would hold them up for as long as the logs are. What is left goes with the row, so it may be cut
   * short, and run again. False: it was, since `wanted` answered so.
   */
  async clearSessions(id: string, wanted: () => boolean): Promise<boolean> {
    const { q } = this.#db;
    const sessions = await q.selectFrom('sessions').select('id').where('workspace_id', '=', id).execute();
    for (const session of sessions)
      for (const { table, key, atOnce } of KEPT_BY_SESSIONS)
        for (let more = true; more; ) {
          if (!wanted()) return false;
          // A statement of SQLite's ends in the turn in which it began: without this nobody would come between.
          await new Promise(setImmediate);
          const rows = sql`select ${sql.ref(key)} from ${sql.table(table)}
            where session_id = ${session.id} order by ${sql.ref(key)} limit ${atOnce}`;
          const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)}
            where session_id = ${session.id} and ${sql.ref(key)} in (${rows})`.execute(q);
          more = numAffectedRows === BigInt(atOnce);
        }
    return true;
  }

  /** What was on the machine went with it; its rows would keep the workspace's from going. */
  async #removeWithin(tx: Tx, workspace: Workspace, table: 'terminals' | 'sessions'): Promise<void> {
    const rows = await tx.q
      .deleteFrom(table)
      .where('workspace_id', '=', workspace.id)
      .returning('id')
      .execute();
    for (const { id } of rows) await this.#feed.delete(tx, workspace.organisationId, table, id);
  }

  #read(row: Selectable<WorkspacesTable>): Workspace {
    const provider = row.provider as WorkspaceRow['provider'];
    return {
      id: row.id,
      organisationId: row.organisation_id,
      name: row.name,
      repositoryId: row.repository_id,
      provider,
      hostId: row.host_id,
      branch: row.branch,
      baseBranch: row.base_branch,
      status: row.status as WorkspaceStatus,
      steps: JSON.parse(row.steps) as ProvisioningStep[],
      error: parseError(row.error),
      unreachable: parseError(row.unreachable),
      capabilities: this.#capabilities(provider),
      folder: row.folder,
      autoStopMinutes: row.auto_stop_minutes,
      createdBy: row.created_by,
      createdAt: row.created_at,
      activeAt: row.active_at,
      machine: row.machine === null ? null : (JSON.parse(row.machine) as Machine),
      pending: row.pending as Effect | null,
      attempt: row.attempt,
      pausedAt: row.paused_at,
    };
  }
}

const parseError = (text: string | null): WorkspaceError | null =>
  text === null ? null : (JSON.parse(text) as WorkspaceError);

/** Without what only the server needs. */
export function toRow(workspace: Workspace): WorkspaceRow {
  const { machine: _machine, pending: _pending, attempt: _attempt, pausedAt: _pausedAt, ...row } = workspace;
  return row;
}

function toColumns(change: WorkspaceChange): Updateable<WorkspacesTable> {
  const columns: Updateable<WorkspacesTable> = {};
  if (change.name !== undefined) columns.name = change.name;
  if (change.autoStopMinutes !== undefined) columns.auto_stop_minutes = change.autoStopMinutes;
  if (change.status !== undefined) columns.status = change.status;
  if (change.steps !== undefined) columns.steps = JSON.stringify(change.steps);
  if (change.error !== undefined) columns.error = change.error && JSON.stringify(change.error);
  if (change.unreachable !== undefined)
    columns.unreachable = change.unreachable && JSON.stringify(change.unreachable);
  if (change.machine !== undefined) columns.machine = change.machine && JSON.stringify(change.machine);
  if (change.folder !== undefined) columns.folder = change.folder;
  if (change.branch !== undefined) columns.branch = change.branch;
  if (change.baseBranch !== undefined) columns.base_branch = change.baseBranch;
  if (change.pending !== undefined) columns.pending = change.pending;
  if (change.attempt !== undefined) columns.attempt = change.attempt;
  if (change.activeAt !== undefined) columns.active_at = change.activeAt;
  if (change.pausedAt !== undefined) columns.paused_at = change.pausedAt;
  return columns;
}
