/** The HTTP API by its shared table, with the cookie of one person's device. */
import { ErrorBody, type ErrorCode } from '@porthole/shared';
import { type BodyInputOf, type Endpoint, endpoints, type Me, type ResponseOf } from '@porthole/shared/http';
import type { Server } from './server.ts';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode | 'not_json',
    message: string,
  ) {
    super(`${status} ${code}: ${message}`);
  }
}

type Sent<E> = (E extends { params: unknown } ? { params: Record<string, string> } : unknown) &
  (BodyInputOf<E> extends undefined ? unknown : { body: BodyInputOf<E> });

export class Api {
  cookie = '';
  /** `device` is what the list of devices makes a name of. */
  constructor(
    readonly url: string,
    readonly device = 'journey',
  ) {}

  async call<E extends Endpoint>(endpoint: E, sent: Sent<E>): Promise<ResponseOf<E>> {
    const { params, body } = sent as { params?: Record<string, string>; body?: unknown };
    const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) =>
      encodeURIComponent(params?.[name] ?? ''),
    );
    const answer = await fetch(this.url + path, {
      method: endpoint.method.toUpperCase(),
      headers: {
        origin: this.url,
        'user-agent': this.device,
        cookie: this.cookie,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const set = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
    if (set.length > 0) this.cookie = set.join('; ');
    const json: unknown = await answer.json().catch(() => null);
    if (answer.ok) return json as ResponseOf<E>;
    const parsed = ErrorBody.safeParse(json);
    if (parsed.success) throw new ApiError(answer.status, parsed.data.error.code, parsed.data.error.message);
    throw new ApiError(answer.status, 'not_json', `${endpoint.method} ${path}`);
  }
}

export const OWNER = {
  name: 'Ana Example',
  email: 'ana@example.com',
  password: 'correct horse battery',
  organisation: 'Acme',
};

/** The first person of a fresh server. */
export async function becomeOwner(server: Server): Promise<{ api: Api; me: Me; org: string }> {
  const api = new Api(server.url);
  const me = await api.call(endpoints.setUp, { body: { code: server.setupCode ?? '', ...OWNER } });
  const org = me.organisations[0]?.id;
  if (!org) throw new Error('the owner has no organisation');
  return { api, me, org };
}
