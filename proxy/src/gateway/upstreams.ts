/**
 * Pure: what of a model service is passed on, and how its clients are told of an error. Invariant: only what is listed
 * here goes through, and no header that says who somebody is.
 */
import type { ErrorCode } from '@porthole/shared';

export type UpstreamName = 'anthropic' | 'openai';

export interface Upstream {
  name: UpstreamName;
  label: string;
  /** The organisation's secret with the key. */
  secret: string;
  /** The header the key goes into, and its value. */
  auth: (key: string) => [name: string, value: string];
  /** `METHOD /path`; `generates`: it uses tokens, so that one without figures is estimated. */
  routes: readonly { method: string; path: RegExp; generates: boolean }[];
}

const MODEL = /^\/v1\/models(\/[\w.:-]{1,100})?$/;

export const UPSTREAMS: Record<UpstreamName, Upstream> = {
  anthropic: {
    name: 'anthropic',
    label: 'Anthropic',
    secret: 'ANTHROPIC_API_KEY',
    auth: (key) => ['x-api-key', key],
    routes: [
      { method: 'POST', path: /^\/v1\/messages$/, generates: true },
      { method: 'POST', path: /^\/v1\/messages\/count_tokens$/, generates: false },
      { method: 'GET', path: MODEL, generates: false },
    ],
  },
  openai: {
    name: 'openai',
    label: 'OpenAI',
    secret: 'OPENAI_API_KEY',
    auth: (key) => ['authorization', `Bearer ${key}`],
    routes: [
      { method: 'POST', path: /^\/v1\/(responses|chat\/completions|embeddings)$/, generates: true },
      { method: 'POST', path: /^\/v1\/responses\/compact$/, generates: true },
      { method: 'GET', path: MODEL, generates: false },
    ],
  },
};

/** Of one connection (RFC 9110, 7.6.1), of this one's bytes, or of who is asking: they end here. */
const ENDS_HERE = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['host', 'content-length', 'accept-encoding', 'expect', 'via', 'forwarded', 'origin', 'referer'],
  ...['authorization', 'x-api-key', 'api-key', 'cookie', 'openai-organization', 'openai-project'],
]);
/** The answer is decoded here; whose account it was is nobody's business on the machine. */
const NOT_BACK = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['content-length', 'content-encoding', 'set-cookie', 'alt-svc', 'strict-transport-security'],
  ...['openai-organization', 'openai-project', 'anthropic-organization-id'],
]);

const listed = (headers: Headers): Set<string> =>
  new Set((headers.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase()));

export function requestHeaders(incoming: Headers, upstream: Upstream, key: string): Headers {
  const named = listed(incoming);
  const headers = new Headers();
  incoming.forEach((value, name) => {
    const dropped = ENDS_HERE.has(name) || named.has(name) || /^(x-forwarded|proxy|sec)-/.test(name);
    if (!dropped) headers.set(name, value);
  });
  // Usage is read from the answer as it passes.
  headers.set('accept-encoding', 'identity');
  headers.set(...upstream.auth(key));
  return headers;
}

export function responseHeaders(incoming: Headers): Headers {
  const named = listed(incoming);
  const headers = new Headers();
  incoming.forEach((value, name) => {
    if (!NOT_BACK.has(name) && !named.has(name) && !/^(proxy|access-control)-/.test(name))
      headers.set(name, value);
  });
  headers.set('cache-control', 'no-store');
  return headers;
}

/** What Anthropic calls it, by our code; OpenAI's clients look at `code` and the status. */
const ANTHROPIC_TYPE: Partial<Record<ErrorCode, string>> = {
  bad_request: 'invalid_request_error',
  unauthenticated: 'authentication_error',
  key_missing: 'authentication_error',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  method_not_allowed: 'not_found_error',
  too_large: 'request_too_large',
  quota_used: 'rate_limit_error',
  too_many: 'rate_limit_error',
  rate_limited: 'rate_limit_error',
};

/** In the format of the service that the client believes it talks to; `code` is ours in both. */
export function errorBody(upstream: UpstreamName, code: ErrorCode, message: string): object {
  const type = ANTHROPIC_TYPE[code] ?? 'api_error';
  if (upstream === 'anthropic') return { type: 'error', error: { type, message, code } };
  return { error: { message, type: code === 'quota_used' ? 'insufficient_quota' : type, param: null, code } };
}
