/** What went through the gateway, summed per day, person, session and model; and the sessions whose tokens it knows. */
import type { Database } from '../db/database.ts';
import type { UpstreamName } from './upstreams.ts';

export interface UsageEntry {
  organisationId: string;
  /** 2026-11-21, UTC. */
  day: string;
  userId: string;
  sessionId: string;
  upstream: UpstreamName;
  model: string;
  inputTokens: number;
  outputTokens: number;
}

export interface GatewaySession {
  id: string;
  organisationId: string;
  createdBy: string;
}

export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

export class GatewayStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** null: there is no such session, or it is over: archived, or its workspace is going. */
  async session(id: string): Promise<GatewaySession | null> {
    const row = await this.#db.q
      .selectFrom('sessions')
      .innerJoin('workspaces', 'workspaces.id', 'sessions.workspace_id')
      .select(['sessions.id', 'sessions.organisation_id', 'sessions.created_by'])
      .where('sessions.id', '=', id)
      .where('sessions.archived_at', 'is', null)
      .where('workspaces.status', '!=', 'deleting')
      .executeTakeFirst();
    return row ? { id: row.id, organisationId: row.organisation_id, createdBy: row.created_by } : null;
  }

  async add(entry: UsageEntry): Promise<void> {
    const { inputTokens, outputTokens } = entry;
    await this.#db.q
      .insertInto('model_usage')
      .values({
        organisation_id: entry.organisationId,
        day: entry.day,
        user_id: entry.userId,
        session_id: entry.sessionId,
        upstream: entry.upstream,
        model: entry.model,
        requests: 1,
        input_tokens: inputTokens,
        output_tokens: outputTokens,
      })
      .onConflict((c) =>
        c
          .columns(['organisation_id', 'day', 'user_id', 'session_id', 'upstream', 'model'])
          .doUpdateSet((e) => ({
            requests: e('model_usage.requests', '+', 1),
            input_tokens: e('model_usage.input_tokens', '+', inputTokens),
            output_tokens: e('model_usage.output_tokens', '+', outputTokens),
          })),
      )
      .execute();
  }

  /** Tokens of an organisation since that day, in and out. */
  async tokensSince(organisationId: string, day: string): Promise<number> {
    const { input, output } = await this.#db.q
      .selectFrom('model_usage')
      .select(({ fn }) => [
        fn.sum<number | null>('input_tokens').as('input'),
        fn.sum<number | null>('output_tokens').as('output'),
      ])
      .where('organisation_id', '=', organisationId)
      .where('day', '>=', day)
      .executeTakeFirstOrThrow();
    return Number(input ?? 0) + Number(output ?? 0);
  }

  /** Per day, person and model, newest day first; of one session, or of all. */
  async summary(organisationId: string, since: string, sessionId: string | null) {
    const all = this.#db.q
      .selectFrom('model_usage')
      .select(({ fn }) => [
        'day',
        'user_id',
        'upstream',
        'model',
        fn.sum<number>('requests').as('requests'),
        fn.sum<number>('input_tokens').as('input'),
        fn.sum<number>('output_tokens').as('output'),
      ])
      .where('organisation_id', '=', organisationId)
      .where('day', '>=', since)
      .groupBy(['day', 'user_id', 'upstream', 'model'])
      .orderBy('day', 'desc')
      .orderBy('user_id')
      .orderBy('model');
    const rows = await (sessionId === null ? all : all.where('session_id', '=', sessionId)).execute();
    return rows.map((row) => ({
      day: row.day,
      userId: row.user_id,
      upstream: row.upstream as UpstreamName,
      model: row.model,
      requests: Number(row.requests),
      inputTokens: Number(row.input),
      outputTokens: Number(row.output),
    }));
  }

  /** Per session and person, at most `limit`, who was sent most first. Sessions that are gone count as well. */
  async bySession(organisationId: string, since: string, sessionId: string | null, limit: number) {
    const all = this.#db.q
      .selectFrom('model_usage')
      .select(({ fn }) => [
        'session_id',
        'user_id',
        fn.sum<number>('requests').as('requests'),
        fn.sum<number>('input_tokens').as('input'),
        fn.sum<number>('output_tokens').as('output'),
      ])
      .where('organisation_id', '=', organisationId)
      .where('day', '>=', since)
      .groupBy(['session_id', 'user_id'])
      .orderBy(({ fn }) => fn.sum('input_tokens'), 'desc')
      .orderBy('session_id')
      .orderBy('user_id')
      .limit(limit);
    const rows = await (sessionId === null ? all : all.where('session_id', '=', sessionId)).execute();
    return rows.map((row) => ({
      ...{ session: row.session_id, userId: row.user_id, requests: Number(row.requests) },
      ...{ inputTokens: Number(row.input), outputTokens: Number(row.output) },
    }));
  }

  /** What agents say they have cost, per session, person and currency, the dearest first: at most `limit`. */
  async costs(organisationId: string, since: string, sessionId: string | null, limit: number) {
    const all = this.#db.q
      .selectFrom('session_costs')
      .select(({ fn }) => ['session_id', 'user_id', 'currency', fn.sum<number>('micros').as('micros')])
      .where('organisation_id', '=', organisationId)
      .where('day', '>=', since)
      .groupBy(['session_id', 'user_id', 'currency'])
      .orderBy(({ fn }) => fn.sum('micros'), 'desc')
      .orderBy('session_id')
      .orderBy('user_id')
      .limit(limit);
    const rows = await (sessionId === null ? all : all.where('session_id', '=', sessionId)).execute();
    return rows.map((row) => ({
      ...{ session: row.session_id, userId: row.user_id },
      ...{ currency: row.currency, amount: Number(row.micros) / 1_000_000 },
    }));
  }
}
