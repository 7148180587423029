/**
 * The HTTP edge: every endpoint of the shared table is guarded, limited, decoded, run and answered in one way.
 * Invariants: a handler runs only for who may call it, with values of the right shape; every answer that is not 2xx
 * is an `ErrorBody`; every request has an id, in the log and in the answer.
 */
import { PortholeError } from '@porthole/shared';
import { type Endpoint, type FileAnswer, MAX_BODY_BYTES } from '@porthole/shared/http';
import { type Context, Hono } from 'hono';
import * as z from 'zod/mini';
import type { Actor } from '../auth/actor.ts';
import { newSecret } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { readJson } from './body.ts';
import { errorResponse, toPortholeError } from './faults.ts';
import type { Authenticate, Authenticated, LimitRequests } from './guard.ts';
import type { EndpointRequest, Mount } from './mount.ts';
import { originAllowed } from './origin.ts';
import { securityHeaders } from './security-headers.ts';
import { validate } from './validate.ts';

export interface ApiDeps {
  publicOrigin: string | null;
  authenticate: Authenticate;
  limit: LimitRequests;
  /** The client's address. */
  addressOf: (context: Context) => string;
  log: Logger;
  /** Off in production: answers are checked against their schemas. */
  checkResponses: boolean;
}

/** `policy`: the answer's own Content-Security-Policy, which is narrower than the app's. */
export type ApiEnv = { Variables: { log: Logger; requestId: string; policy?: string } };

export interface Api {
  app: Hono<ApiEnv>;
  mount: Mount;
  /** What has been mounted, by `METHOD path`. */
  mounted: ReadonlyMap<string, Endpoint>;
}

const SCOPES = ['read', 'write', 'admin'] as const;

export function createApi(deps: ApiDeps): Api {
  const app = new Hono<ApiEnv>();
  const mounted = new Map<string, Endpoint>();
  app.use(async (context, next) => {
    await logged(deps, context, next);
  });
  app.onError((error, context) =>
    errorResponse(context, toPortholeError(error, context.get('log'), context.get('requestId'))),
  );
  const mount: Mount = (endpoint, handler) => {
    const key = `${endpoint.method.toUpperCase()} ${endpoint.path}`;
    if (mounted.has(key)) throw new Error(`${key} is mounted twice`);
    mounted.set(key, endpoint);
    app.on(endpoint.method.toUpperCase(), endpoint.path, async (context) => {
      const request = await admit(deps, endpoint, context);
      const result = await handler(request as never);
      context.header('Cache-Control', 'no-store');
      if (endpoint.file)
        return sendFile(context, checked(deps, endpoint, result) as z.infer<typeof FileAnswer>);
      return context.json(checked(deps, endpoint, result) as object, endpoint.status ?? 200);
    });
  };
  return { app, mount, mounted };
}

/** Also opened in a tab of its own it loads nothing, runs nothing, and belongs to no origin (SE5). */
function sendFile(context: Context<ApiEnv>, { mediaType, data }: z.infer<typeof FileAnswer>): Response {
  context.set('policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  return context.body(new Uint8Array(data), 200, {
    'Content-Type': mediaType,
    'Content-Length': String(data.length),
    'Content-Disposition': 'inline',
  });
}

/** 404 or 405, for paths under /api that no endpoint answered. Mount it last. */
export function refuseUnknown({ app, mounted }: Api): void {
  const paths = [...mounted.values()].map(({ method, path }) => ({
    method: method.toUpperCase(),
    regex: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}$`),
  }));
  app.all('/api/*', (context) => {
    const methods = paths.filter(({ regex }) => regex.test(context.req.path)).map(({ method }) => method);
    if (methods.length === 0) throw new PortholeError('not_found', 'There is no such endpoint.');
    context.header('Allow', methods.join(', '));
    throw new PortholeError('method_not_allowed', `Only ${methods.join(', ')} here.`);
  });
}

async function logged(deps: ApiDeps, context: Context<ApiEnv>, next: () => Promise<void>): Promise<void> {
  const began = performance.now();
  const requestId = newSecret().slice(0, 12);
  context.set('log', deps.log.child({ request: requestId }));
  context.set('requestId', requestId);
  await next();
  const { res } = context;
  for (const [name, value] of Object.entries(securityHeaders(deps.publicOrigin, context.req.header('host'))))
    res.headers.set(name, value);
  const policy = context.get('policy');
  if (policy !== undefined) res.headers.set('Content-Security-Policy', policy);
  res.headers.set('X-Request-Id', requestId);
  const ms = Math.round((performance.now() - began) * 10) / 10;
  // The path alone: whatever somebody puts into a query stays out of the log.
  const fields = { method: context.req.method, path: context.req.path, status: res.status, ms };
  // With who it was, once that is known.
  const known = context.get('log');
  if (context.req.path.startsWith('/api/')) known.info(fields, 'request');
  else known.debug(fields, 'request');
}

/** Everything before the handler. */
async function admit(
  deps: ApiDeps,
  endpoint: Endpoint,
  context: Context<ApiEnv>,
): Promise<EndpointRequest<Endpoint>> {
  const address = deps.addressOf(context);
  checkOrigin(deps, endpoint, context);
  const known = await identify(deps, endpoint, context, address);
  if (known) checkToken(endpoint, known.actor);
  const log = known ? context.get('log').child({ user: known.actor.userId }) : context.get('log');
  context.set('log', log);
  const body = endpoint.body
    ? validate(
        endpoint.body,
        await readJson(context.req.raw, endpoint.maxBodyBytes ?? MAX_BODY_BYTES),
        'bad_request',
      )
    : undefined;
  return {
    // An id that is none is as good as one that does not exist (SE3).
    params: validate(endpoint.params, context.req.param(), 'not_found'),
    query: validate(endpoint.query, context.req.query(), 'bad_request'),
    body,
    actor: known?.actor ?? null,
    address,
    log,
    signal: context.req.raw.signal,
    context,
  } as unknown as EndpointRequest<Endpoint>;
}

/** A browser sends `Origin` with everything that changes something; who has a token instead is no browser. */
function checkOrigin(deps: ApiDeps, endpoint: Endpoint, { req }: Context): void {
  if (endpoint.method === 'get') return;
  const origin = req.header('origin');
  if (origin === undefined && req.header('authorization') !== undefined) return;
  if (originAllowed(deps.publicOrigin, origin, req.header('host'))) return;
  throw new PortholeError(
    'bad_origin',
    'This request does not come from the app. Scripts use an API token (Authorization: Bearer).',
  );
}

async function identify(
  deps: ApiDeps,
  endpoint: Endpoint,
  context: Context,
  address: string,
): Promise<Authenticated | null> {
  const { req } = context;
  const isPublic = endpoint.access === 'public';
  let known: Authenticated | null = null;
  let refusal: unknown = new PortholeError('unauthenticated', 'Sign in first.');
  try {
    known = await deps.authenticate({
      cookie: req.header('cookie'),
      authorization: req.header('authorization'),
    });
  } catch (error) {
    refusal = error;
  }
  await (known ? deps.limit('known', known.actor.userId) : deps.limit('anonymous', address));
  if (!known && !isPublic) throw refusal;
  if (known?.cookie) context.header('Set-Cookie', known.cookie, { append: true });
  return known;
}

function checkToken(endpoint: Endpoint, { token }: Actor): void {
  if (!token) return;
  if (endpoint.access === 'device')
    throw new PortholeError('forbidden', 'This needs a person at a signed-in device, not an API token.');
  const needed = endpoint.scope ?? (endpoint.method === 'get' ? 'read' : 'write');
  if (SCOPES.indexOf(token.scope) < SCOPES.indexOf(needed))
    throw new PortholeError('forbidden', `This needs an API token with the scope "${needed}".`);
}

function checked(deps: ApiDeps, endpoint: Endpoint, result: unknown): unknown {
  if (!deps.checkResponses) return result;
  const parsed = z.safeParse(endpoint.response, result);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${endpoint.method} ${endpoint.path} answers against its schema: ${z.prettifyError(parsed.error)}`,
  );
}
