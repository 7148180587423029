/**
 * The model gateway: `/ai/anthropic/*` and `/ai/openai/*` for agents on machines. `app.ts` calls this once.
 * Invariants: a request goes through for a session that is alive, of an organisation below its limit, to a listed path;
 * the real key never reaches a machine and is never logged; what was used is counted, also of a stream that was cut.
 */
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { PortholeError } from '@porthole/shared/errors';
import { endpoints } from '@porthole/shared/http';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { MembershipOf } from '../auth/actor.ts';
import type { Database } from '../db/database.ts';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { SecretBox } from '../lib/secrets.ts';
import { forward } from './forward.ts';
import { dayOf, type GatewaySession, GatewayStore } from './store.ts';
import { createSessionTokens } from './tokens.ts';
import { errorBody, UPSTREAMS, type Upstream, type UpstreamName } from './upstreams.ts';
import type { Usage } from './usage-reader.ts';

/** An agent with its helpers asks a few things at a time. */
export const REQUESTS_PER_SESSION = 32;
/** UTF-8 bytes per token of ordinary text, for answers without figures. */
const BYTES_PER_TOKEN = 4;
const PATH_CHARS = 2_000;
const DAYS = 30;
/** Sessions in an answer, those with the most. */
const USAGE_SESSIONS = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface GatewayDeps {
  db: Database;
  secrets: SecretBox;
  clock: Clock;
  log: Logger;
  membershipOf: MembershipOf;
  upstreams: Record<UpstreamName, string>;
  monthlyTokens: number | null;
  /** A secret of the organisation; null: not set. */
  secretOf: (organisationId: string, name: string) => Promise<string | null>;
  /** Whose turn runs in a session; null: nobody's that is known, then whoever made the session is charged. */
  personAt: (sessionId: string) => string | null;
  /** Counts a request of nobody known; throws `rate_limited`. */
  strangers: (address: string) => Promise<void>;
  addressOf: (context: Context) => string;
  /** Something was used and is counted. */
  onUsed?: (use: { upstream: UpstreamName; inputTokens: number; outputTokens: number }) => void;
}

export interface Gateway {
  /** `getUsage`. */
  routes: Routes;
  /** `/ai/*`. */
  // biome-ignore lint/suspicious/noExplicitAny: any application will do, whatever its variables are.
  mount(app: Hono<any>): void;
  /** The gateway alone, for a connection that came through a tunnel from a machine. */
  serve(stream: Duplex): void;
  tokenFor(sessionId: string): string;
  /** Resolves when everything that has ended is counted. */
  idle(): Promise<void>;
}

export function createGateway(deps: GatewayDeps): Gateway {
  const { clock, log, membershipOf, monthlyTokens } = deps;
  const store = new GatewayStore(deps.db);
  const tokens = createSessionTokens(deps.secrets);
  const open = new Map<string, number>();
  const counting = new Set<Promise<void>>();

  const count = (
    session: GatewaySession,
    upstream: Upstream,
    usage: Pick<Usage, 'model' | 'inputTokens' | 'outputTokens'>,
  ) => {
    const { inputTokens, outputTokens } = usage;
    deps.onUsed?.({ upstream: upstream.name, inputTokens, outputTokens });
    const work = store
      .add({
        organisationId: session.organisationId,
        day: dayOf(clock.now()),
        userId: deps.personAt(session.id) ?? session.createdBy,
        sessionId: session.id,
        upstream: upstream.name,
        model: usage.model ?? 'unknown',
        ...{ inputTokens, outputTokens },
      })
      .catch((error: unknown) => log.error({ err: error, session: session.id }, 'usage was not counted'))
      .finally(() => counting.delete(work));
    counting.add(work);
  };

  const known = async (context: Context): Promise<GatewaySession> => {
    const sessionId = tokens.sessionOf(tokenOf(context.req.raw.headers));
    const session = sessionId === null ? null : await store.session(sessionId);
    if (session) return session;
    await deps.strangers(deps.addressOf(context));
    const over = sessionId === null ? 'This needs the token of a session.' : 'This session is over.';
    throw new PortholeError('unauthenticated', over);
  };

  const belowLimit = async ({ organisationId }: GatewaySession) => {
    if (monthlyTokens === null) return;
    const month = `${dayOf(clock.now()).slice(0, 7)}-01`;
    if ((await store.tokensSince(organisationId, month)) < monthlyTokens) return;
    const limit = monthlyTokens.toLocaleString('en');
    throw new PortholeError(
      'quota_used',
      `The organisation has used its ${limit} tokens of this month. Whoever runs the server can raise PORTHOLE_MONTHLY_TOKENS.`,
    );
  };

  const pass = async (context: Context, upstream: Upstream): Promise<Response> => {
    const { request, path, route } = routeOf(context, upstream);
    const session = await known(context);
    if (route.generates) await belowLimit(session);
    const key = await deps.secretOf(session.organisationId, upstream.secret);
    if (key === null)
      throw new PortholeError(
        'key_missing',
        `The organisation has no ${upstream.secret}. An admin can set it in Porthole’s settings.`,
      );
    const under = open.get(session.id) ?? 0;
    if (under >= REQUESTS_PER_SESSION)
      throw new PortholeError('too_many', `A session asks at most ${REQUESTS_PER_SESSION} things at a time.`);
    open.set(session.id, under + 1);
    const end = () => {
      const left = (open.get(session.id) ?? 1) - 1;
      if (left > 0) open.set(session.id, left);
      else open.delete(session.id);
    };
    let passed = false;
    try {
      const answer = await forward({
        upstream,
        ...{ base: deps.upstreams[upstream.name], path, request, key },
        // What is written already goes out; without the last chunk of its encoding it is known to be cut.
        onCut: () => cut((context.env as HttpBindings).outgoing.socket),
        onDone({ usage, requestBytes }) {
          end();
          count(session, upstream, route.generates ? estimated(usage, requestBytes) : usage);
        },
      });
      passed = answer.status < 300;
      return answer;
    } finally {
      if (!passed) end();
    }
  };

  const mount: Gateway['mount'] = (app) => {
    for (const upstream of Object.values(UPSTREAMS))
      app.all(`/ai/${upstream.name}/*`, (context) =>
        pass(context, upstream).catch((error) => refuse(error, context, upstream, log)),
      );
  };
  const inside = new Hono();
  mount(inside);
  const server = createAdaptorServer({ fetch: inside.fetch, createServer, overrideGlobalObjects: false });

  return {
    tokenFor: tokens.of,
    mount,
    // It listens nowhere: connections are handed to it.
    serve: (stream) => void server.emit('connection', stream),
    routes(mountEndpoint) {
      mountEndpoint(endpoints.getUsage, async ({ params, query, actor }) => {
        if (!(await membershipOf(actor, params.org)))
          throw new PortholeError('not_found', 'There is no such organisation.');
        const since = dayOf(clock.now() - ((query.days ?? DAYS) - 1) * DAY_MS);
        const of = [params.org, since, query.session ?? null] as const;
        return {
          rows: await store.summary(...of),
          sessions: await store.bySession(...of, USAGE_SESSIONS),
          costs: await store.costs(...of, USAGE_SESSIONS),
          limit: monthlyTokens,
        };
      });
    },
    async idle() {
      while (counting.size > 0) await Promise.all(counting);
    },
  };
}

/** A tunnel's stream is no socket, though it stands for one: the end of its bytes does. */
function cut(socket: Socket | null): void {
  if (typeof socket?.destroySoon === 'function') socket.destroySoon();
  else socket?.end();
}

/** Claude's client sends its token in one of two headers, by how it was told of it. */
function tokenOf(headers: Headers): string {
  const bearer = /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  return bearer ?? headers.get('x-api-key') ?? '';
}

function routeOf(context: Context, upstream: Upstream) {
  const request = context.req.raw;
  const { pathname, search } = new URL(request.url);
  const path = pathname.slice(`/ai/${upstream.name}`.length);
  const fits = upstream.routes.filter((each) => each.path.test(path));
  const route = fits.find(({ method }) => method === request.method);
  if (fits.length === 0 || path.length + search.length > PATH_CHARS)
    throw new PortholeError('not_found', 'The gateway does not pass this on.');
  if (!route)
    throw new PortholeError(
      'method_not_allowed',
      `Only ${fits.map(({ method }) => method).join(', ')} here.`,
    );
  return { request, route, path: path + search };
}

/** A stream that was cut before it said what it used, or a client that had not asked to be told. A piece is a token or more. */
const estimated = (usage: Usage, requestBytes: number) => ({
  model: usage.model,
  inputTokens: usage.inputTokens || Math.ceil(requestBytes / BYTES_PER_TOKEN),
  outputTokens: usage.outputTokens + usage.uncounted,
});

function refuse(error: unknown, context: Context, upstream: Upstream, log: Logger): Response {
  const known = error instanceof PortholeError ? error : null;
  if (!known) log.error({ err: error, upstream: upstream.name }, 'the gateway failed');
  const { code, message, status, retryAfter } =
    known ?? new PortholeError('internal', 'The gateway failed. Try again.');
  context.header('Cache-Control', 'no-store');
  if (retryAfter !== undefined) context.header('Retry-After', String(Math.ceil(retryAfter)));
  // Both services' clients know it: what is not over in a moment is not worth their ten tries.
  if (!['too_many', 'rate_limited', 'upstream_failed', 'internal'].includes(code))
    context.header('X-Should-Retry', 'false');
  // A missing key is no conflict to a model's client.
  const shown = code === 'key_missing' ? 401 : status;
  return context.json(errorBody(upstream.name, code, message), shown as ContentfulStatusCode);
}
