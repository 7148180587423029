/**
 * The tables `terminals` and `terminal_screens`. Callers have checked that the person may see the ids they pass
 * (SE3). Invariant: every change of a row is recorded to the feed in the same transaction (FD1).
 */
import type { TerminalEnd, TerminalRow } from '@porthole/shared';
import { MAX_TERMINALS_PER_WORKSPACE, PortholeError } from '@porthole/shared';
import type { Selectable, Updateable } from 'kysely';
import type { Database, Tx } from '../db/database.ts';
import type { TerminalsTable } from '../db/schema.ts';
import type { FeedRecorder } from '../feed/record.ts';
import type { KeptScreen } from './terminal-options.ts';

/** Last screens, by terminal. */
export interface KeptScreens {
  load(terminalId: string): Promise<KeptScreen | null>;
  save(terminalId: string, screen: KeptScreen): Promise<void>;
}

export type TerminalChange = Partial<
  Pick<TerminalRow, 'name' | 'title' | 'status' | 'end' | 'cols' | 'rows' | 'othersMay' | 'bellAt'>
>;

export interface NewTerminal {
  id: string;
  organisationId: string;
  workspaceId: string;
  name: string | null;
  cols: number;
  rows: number;
  createdBy: string;
  createdAt: number;
}

/** Closed terminals that a workspace remembers; the oldest are forgotten. */
const MAX_CLOSED = 50;

export class TerminalStore implements KeptScreens {
  readonly #db: Database;
  readonly #feed: FeedRecorder;
  readonly #now: () => number;

  constructor(db: Database, feed: FeedRecorder, now: () => number) {
    this.#db = db;
    this.#feed = feed;
    this.#now = now;
  }

  async get(id: string): Promise<TerminalRow | null> {
    const row = await this.#db.q.selectFrom('terminals').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? toRow(row) : null;
  }

  async list(workspaceId: string): Promise<TerminalRow[]> {
    const rows = await this.#db.q
      .selectFrom('terminals')
      .selectAll()
      .where('workspace_id', '=', workspaceId)
      .orderBy('number')
      .execute();
    return rows.map(toRow);
  }

  /** Of the whole organisation, for the feed. */
  async listAll(q: Database['q'], organisationId: string): Promise<TerminalRow[]> {
    const rows = await q
      .selectFrom('terminals')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .execute();
    return rows.map(toRow);
  }

  /** Of every organisation, those that a proxy which is gone has left as running. */
  async running(): Promise<TerminalRow[]> {
    const rows = await this.#db.q
      .selectFrom('terminals')
      .selectAll()
      .where('status', '=', 'running')
      .execute();
    return rows.map(toRow);
  }

  /** Rejects with `too_many` when the workspace has all it may. */
  insert(terminal: NewTerminal): Promise<TerminalRow> {
    return this.#db.transaction(async (tx) => {
      const others = await tx.q
        .selectFrom('terminals')
        .select(['id', 'number', 'status'])
        .where('workspace_id', '=', terminal.workspaceId)
        .orderBy('number')
        .execute();
      const closed = others.filter((row) => row.status === 'closed');
      if (others.length - closed.length >= MAX_TERMINALS_PER_WORKSPACE)
        throw new PortholeError(
          'too_many',
          `A workspace has at most ${MAX_TERMINALS_PER_WORKSPACE} terminals. Close one first.`,
        );
      for (const { id } of closed.slice(0, Math.max(0, closed.length - MAX_CLOSED + 1)))
        await this.#delete(tx, terminal.organisationId, id);
      const row: TerminalRow = {
        ...terminal,
        number: Math.max(0, ...others.map((other) => other.number)) + 1,
        title: null,
        status: 'running',
        end: null,
        othersMay: 'write',
        bellAt: null,
      };
      await tx.q
        .insertInto('terminals')
        .values({ ...toColumns(row), ...fixedColumns(row) })
        .execute();
      await this.#feed.put(tx, row.organisationId, 'terminals', row);
      return row;
    });
  }

  /** Answers the row as it is afterwards; null when it is gone. */
  update(id: string, change: TerminalChange): Promise<TerminalRow | null> {
    return this.#db.transaction(async (tx) => {
      const found = await tx.q.selectFrom('terminals').selectAll().where('id', '=', id).executeTakeFirst();
      if (!found) return null;
      const row = { ...toRow(found), ...change };
      await tx.q.updateTable('terminals').set(toColumns(row)).where('id', '=', id).execute();
      await this.#feed.put(tx, row.organisationId, 'terminals', row);
      return row;
    });
  }

  remove(organisationId: string, id: string): Promise<void> {
    return this.#db.transaction(async (tx) => {
      await this.#delete(tx, organisationId, id);
    });
  }

  async #delete(tx: Tx, organisationId: string, id: string): Promise<void> {
    await tx.q.deleteFrom('terminal_screens').where('terminal_id', '=', id).execute();
    await tx.q.deleteFrom('terminals').where('id', '=', id).execute();
    await this.#feed.delete(tx, organisationId, 'terminals', id);
  }

  // ── KeptScreens ───────────────────────────────────────────────────────────

  async load(terminalId: string): Promise<KeptScreen | null> {
    const row = await this.#db.q
      .selectFrom('terminal_screens')
      .selectAll()
      .where('terminal_id', '=', terminalId)
      .executeTakeFirst();
    if (!row) return null;
    const { epoch, cols, rows } = row;
    return { epoch, cols, rows, seq: Number(row.seq), data: new Uint8Array(row.screen) };
  }

  /** Nothing is saved of a terminal whose row is gone. */
  async save(terminalId: string, screen: KeptScreen): Promise<void> {
    const { epoch, seq, cols, rows } = screen;
    const values = { epoch, seq, cols, rows, screen: Buffer.from(screen.data), saved_at: this.#now() };
    await this.#db.transaction(async (tx) => {
      const row = await tx.q
        .selectFrom('terminals')
        .select('id')
        .where('id', '=', terminalId)
        .executeTakeFirst();
      if (!row) return;
      await tx.q
        .insertInto('terminal_screens')
        .values({ terminal_id: terminalId, ...values })
        .onConflict((on) => on.column('terminal_id').doUpdateSet(values))
        .execute();
    });
  }
}

function toRow(row: Selectable<TerminalsTable>): TerminalRow {
  return {
    id: row.id,
    organisationId: row.organisation_id,
    workspaceId: row.workspace_id,
    name: row.name,
    title: row.title,
    number: row.number,
    status: row.status as TerminalRow['status'],
    end: row.ended === null ? null : (JSON.parse(row.ended) as TerminalEnd),
    cols: row.cols,
    rows: row.rows,
    othersMay: row.others_may as TerminalRow['othersMay'],
    bellAt: row.bell_at === null ? null : Number(row.bell_at),
    createdBy: row.created_by,
    createdAt: Number(row.created_at),
  };
}

const toColumns = (row: TerminalRow) =>
  ({
    name: row.name,
    title: row.title,
    status: row.status,
    ended: row.end && JSON.stringify(row.end),
    cols: row.cols,
    rows: row.rows,
    others_may: row.othersMay,
    bell_at: row.bellAt,
  }) satisfies Updateable<TerminalsTable>;

const fixedColumns = (row: TerminalRow) => ({
  id: row.id,
  organisation_id: row.organisationId,
  workspace_id: row.workspaceId,
  number: row.number,
  created_by: row.createdBy,
  created_at: row.createdAt,
});
