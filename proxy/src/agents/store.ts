/**
 * The tables `sessions`, `session_events`, `session_prompts` and the places of `bridges`. Callers have checked that the
 * person may see the ids they pass (SE3). Invariants: every change of a session's row is recorded to the feed in the
 * same transaction (FD1); a bridge's events and its `stored` are written in one (AG4).
 */
import { PortholeError, type SessionRow, type SessionStatus } from '@porthole/shared';
import { MAX_SESSIONS_PER_WORKSPACE } from '@porthole/shared/agent-limits';
import { BUILT_IN_AGENTS } from '@porthole/shared/agents';
import type { Selectable } from 'kysely';
import { checkRoom } from '../db/bound.ts';
import type { Database, Tx } from '../db/database.ts';
import { isOrphan, isTaken } from '../db/faults.ts';
import type { SessionsTable } from '../db/schema.ts';
import type { FeedRecorder } from '../feed/record.ts';
import { putImage } from './image-store.ts';
import type { KeptImage } from './images.ts';

/** An event as it is stored: `body` is JSON of everything but its place. */
export interface StoredEvent {
  seq: number;
  at: number;
  body: string;
}

/** As it is sent: the body and its place, which comes last because of two keys the last one counts. */
export const wireOf = ({ seq, at, body }: StoredEvent): string =>
  `${body.slice(0, -1)},"seq":${seq},"at":${at}}`;

export interface BridgePlace {
  bridge: string | null;
  stored: number;
}

/** What one commit of the event log writes. */
export interface LogCommit {
  events: (StoredEvent & { session: string })[];
  prompts: { id: string; session: string; seq: number }[];
  rows: { row: SessionRow; checkpoint: string | null }[];
  places: (BridgePlace & { workspace: string })[];
  costs: SpentCost[];
  images: { session: string; seq: number; image: KeptImage }[];
}

/** By whom, on which day (2026-11-21, UTC), in millionths of the currency. */
export interface SpentCost {
  organisationId: string;
  day: string;
  userId: string;
  session: string;
  currency: string;
  micros: number;
}

export interface LoadedSession {
  row: SessionRow;
  checkpoint: string | null;
  agentSession: string | null;
}

const ACTIVE: SessionStatus[] = ['queued', 'starting', 'thinking', 'tool', 'waiting'];
/** Of variables in one statement, SQLite has 32,766. */
const EVENTS_PER_INSERT = 500;
/** Of events, in one page: hostile ones may be half a megabyte each. UTF-16 units or bytes. */
const PAGE_CHARS = 2 * 1024 * 1024;

export class SessionStore {
  readonly #db: Database;
  readonly #feed: FeedRecorder;

  constructor(db: Database, feed: FeedRecorder) {
    this.#db = db;
    this.#feed = feed;
  }

  async get(id: string): Promise<SessionRow | null> {
    return (await this.load(id))?.row ?? null;
  }

  async load(id: string): Promise<LoadedSession | null> {
    const row = await this.#db.q.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? { row: toRow(row), checkpoint: row.checkpoint, agentSession: row.agent_session } : null;
  }

  async list(workspaceId: string): Promise<SessionRow[]> {
    const rows = await this.#select(this.#db.q)
      .where('workspace_id', '=', workspaceId)
      .orderBy('created_at')
      .execute();
    return rows.map(toRow);
  }

  /** Of the whole organisation, for the feed. */
  async listAll(q: Database['q'], organisationId: string): Promise<SessionRow[]> {
    return (await this.#select(q).where('organisation_id', '=', organisationId).execute()).map(toRow);
  }

  /** Of every organisation, those that something was going on in when the proxy ended. */
  async active(): Promise<{ id: string; workspaceId: string }[]> {
    const rows = await this.#db.q
      .selectFrom('sessions')
      .select(['id', 'workspace_id'])
      .where('status', 'in', ACTIVE)
      .execute();
    return rows.map(({ id, workspace_id }) => ({ id, workspaceId: workspace_id }));
  }

  /** With its first event. Answers the row that is there, for an id that is taken. */
  insert(row: SessionRow, first: StoredEvent): Promise<SessionRow> {
    return this.#db.transaction(async (tx) => {
      const known = await this.#select(tx.q).where('id', '=', row.id).executeTakeFirst();
      if (known) return toRow(known);
      await checkRoom(tx, 'sessions', row.organisationId);
      const { count } = await tx.q
        .selectFrom('sessions')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('workspace_id', '=', row.workspaceId)
        .where('archived_at', 'is', null)
        .executeTakeFirstOrThrow();
      if (Number(count) >= MAX_SESSIONS_PER_WORKSPACE)
        throw new PortholeError(
          'too_many',
          `A workspace has at most ${MAX_SESSIONS_PER_WORKSPACE} sessions. Archive one first.`,
        );
      await tx.q
        .insertInto('sessions')
        .values({
          ...{ id: row.id, organisation_id: row.organisationId, workspace_id: row.workspaceId },
          ...{ agent: row.agent, created_by: row.createdBy, created_at: row.createdAt },
          ...{ agent_session: null, checkpoint: null, ...changing(row) },
        })
        .execute();
      await tx.q
        .insertInto('session_events')
        .values({ session_id: row.id, ...first })
        .execute();
      await this.#feed.put(tx, row.organisationId, 'sessions', row);
      return row;
    });
  }

  /** AG4: all of it or nothing; whoever is to hear of it hears after. */
  async commit(commit: LogCommit): Promise<void> {
    try {
      await this.#commit(commit);
    } catch (error) {
      if (isOrphan(error)) throw gone();
      if (isTaken(error) && commit.prompts.length > 0)
        throw new PortholeError('conflict', 'This prompt was sent to another session.');
      throw error;
    }
  }

  #commit(commit: LogCommit): Promise<void> {
    return this.#db.transaction(async (tx) => {
      for (let i = 0; i < commit.events.length; i += EVENTS_PER_INSERT) {
        const some = commit.events.slice(i, i + EVENTS_PER_INSERT);
        await tx.q
          .insertInto('session_events')
          .values(some.map(({ session, ...event }) => ({ session_id: session, ...event })))
          .execute();
      }
      if (commit.prompts.length > 0)
        await tx.q
          .insertInto('session_prompts')
          .values(commit.prompts.map(({ session, ...prompt }) => ({ session_id: session, ...prompt })))
          .execute();
      for (const { row, checkpoint } of commit.rows) await this.#write(tx, row, checkpoint);
      for (const { workspace, bridge, stored } of commit.places)
        await tx.q
          .insertInto('bridges')
          .values({ workspace_id: workspace, bridge, stored, token_hash: null })
          .onConflict((on) => on.column('workspace_id').doUpdateSet({ bridge, stored }))
          .execute();
      for (const cost of commit.costs) await this.#spend(tx, cost);
      for (const { session, seq, image } of commit.images) await putImage(tx, session, image, seq);
    });
  }

  async #spend(tx: Tx, { micros, ...cost }: SpentCost): Promise<void> {
    await tx.q
      .insertInto('session_costs')
      .values({
        ...{ organisation_id: cost.organisationId, day: cost.day, user_id: cost.userId },
        ...{ session_id: cost.session, currency: cost.currency, micros },
      })
      .onConflict((c) =>
        c
          .columns(['organisation_id', 'day', 'user_id', 'session_id', 'currency'])
          .doUpdateSet((e) => ({ micros: e('session_costs.micros', '+', micros) })),
      )
      .execute();
  }

  async #write(tx: Tx, row: SessionRow, checkpoint: string | null): Promise<void> {
    const { numUpdatedRows } = await tx.q
      .updateTable('sessions')
      .set({ ...changing(row), ...(checkpoint === null ? {} : { checkpoint }) })
      .where('id', '=', row.id)
      .executeTakeFirst();
    // Its workspace was deleted: nothing may bring it back in a browser.
    if (Number(numUpdatedRows) === 0) throw gone();
    await this.#feed.put(tx, row.organisationId, 'sessions', row);
  }

  async place(workspaceId: string): Promise<BridgePlace> {
    const row = await this.#db.q
      .selectFrom('bridges')
      .select(['bridge', 'stored'])
      .where('workspace_id', '=', workspaceId)
      .executeTakeFirst();
    return row ?? { bridge: null, stored: 0 };
  }

  /** A built-in agent, or one of this organisation. */
  async knowsAgent(organisationId: string, agent: string): Promise<boolean> {
    if (BUILT_IN_AGENTS.some(({ id }) => id === agent)) return true;
    const row = await this.#db.q
      .selectFrom('agents')
      .select('id')
      .where('organisation_id', '=', organisationId)
      .where('id', '=', agent)
      .executeTakeFirst();
    return row !== undefined;
  }

  async setAgentSession(id: string, agentSession: string): Promise<void> {
    await this.#db.q
      .updateTable('sessions')
      .set({ agent_session: agentSession })
      .where('id', '=', id)
      .execute();
  }

  /** AG4: where a prompt was queued; null: it was not. */
  async prompt(id: string): Promise<{ session: string; seq: number } | null> {
    const row = await this.#db.q
      .selectFrom('session_prompts')
      .select(['session_id', 'seq'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? { session: row.session_id, seq: row.seq } : null;
  }

  async author(userId: string): Promise<{ name: string; email: string } | null> {
    const row = await this.#db.q
      .selectFrom('users')
      .select(['name', 'email'])
      .where('id', '=', userId)
      .executeTakeFirst();
    return row ?? null;
  }

  async lastSeq(id: string): Promise<number> {
    const row = await this.#db.q
      .selectFrom('session_events')
      .select('seq')
      .where('session_id', '=', id)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.seq ?? 0;
  }

  /** In order, at most `limit`, fewer when they are large: whoever wants the rest asks again. */
  async eventsAfter(id: string, after: number, limit: number): Promise<StoredEvent[]> {
    return this.#page(id, after + 1, after + limit, 'first');
  }

  /** The last ones before `before`, in order. */
  async eventsBefore(id: string, before: number, limit: number): Promise<StoredEvent[]> {
    return this.#page(id, Math.max(1, before - limit), before - 1, 'last');
  }

  /** Gapless numbers: a page is a range of them. */
  async #page(id: string, from: number, to: number, keep: 'first' | 'last'): Promise<StoredEvent[]> {
    if (to < from) return [];
    const within = () =>
      this.#db.q
        .selectFrom('session_events')
        .where('session_id', '=', id)
        .where('seq', '>=', from)
        .where('seq', '<=', to);
    const sizes = await within()
      .select(({ fn }) => ['seq', fn<number>('length', ['body']).as('size')])
      .orderBy('seq', keep === 'first' ? 'asc' : 'desc')
      .execute();
    let size = 0;
    let end = sizes[0]?.seq;
    for (const each of sizes) {
      size += Number(each.size);
      if (size > PAGE_CHARS && each.seq !== end) break;
      end = each.seq;
    }
    if (end === undefined) return [];
    return within()
      .select(['seq', 'at', 'body'])
      .where('seq', keep === 'first' ? '<=' : '>=', end)
      .orderBy('seq')
      .execute();
  }

  #select(q: Database['q']) {
    return q
      .selectFrom('sessions')
      .select([
        ...(['id', 'organisation_id', 'workspace_id', 'title', 'agent', 'status', 'head'] as const),
        ...(['archived_at', 'created_by', 'created_at', 'active_at'] as const),
      ]);
  }
}

export const gone = () => new PortholeError('not_found', 'There is no such session.');

function toRow(row: Omit<Selectable<SessionsTable>, 'agent_session' | 'checkpoint'>): SessionRow {
  return {
    id: row.id,
    organisationId: row.organisation_id,
    workspaceId: row.workspace_id,
    title: row.title,
    agent: row.agent,
    status: row.status as SessionStatus,
    head: row.head,
    archivedAt: row.archived_at,
    createdBy: row.created_by,
    createdAt: row.created_at,
    activeAt: row.active_at,
  };
}

const changing = ({ title, status, head, archivedAt, activeAt }: SessionRow) => ({
  ...{ title, status, head, archived_at: archivedAt, active_at: activeAt },
});
