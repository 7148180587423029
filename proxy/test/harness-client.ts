/** The HTTP API by its shared table, with the cookie of one person's device or an API token. */
import { ErrorBody, type ErrorCode } from '@porthole/shared';
import {
  type BodyInputOf,
  type EndpointName,
  type Endpoints,
  endpoints,
  type ParamsOf,
  type ResponseOf,
} from '@porthole/shared/http';
import { expect } from 'vitest';
import type * as z from 'zod/mini';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    readonly body: ErrorBody['error'],
    readonly headers: Headers,
  ) {
    super(`${status} ${code}: ${body.message}`);
  }
}

type Sent<E> = (E extends { params: unknown } ? { params: ParamsOf<E> } : { params?: never }) &
  (BodyInputOf<E> extends undefined ? { body?: never } : { body: BodyInputOf<E> });

export class Client {
  /** `name=value` as a browser would send it. */
  cookie = '';
  token: string | null = null;
  /** What a browser sends with everything; null: nothing. */
  origin: string | null;
  userAgent = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36';

  constructor(readonly url: string) {
    this.origin = url;
  }

  /** The same person on the same device. */
  headers(): Record<string, string> {
    const headers: Record<string, string> = { 'user-agent': this.userAgent };
    if (this.cookie !== '') headers.cookie = this.cookie;
    if (this.token !== null) headers.authorization = `Bearer ${this.token}`;
    if (this.origin !== null) headers.origin = this.origin;
    return headers;
  }

  async raw(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await fetch(this.url + path, {
      redirect: 'manual',
      ...init,
      method,
      headers: { ...this.headers(), ...(init.headers as Record<string, string>) },
    });
    for (const set of answer.headers.getSetCookie()) this.#keep(set);
    return answer;
  }

  /** Throws `ApiError`. Checks the answer, good or bad, against its schema. */
  async call<N extends EndpointName>(name: N, sent: Sent<Endpoints[N]>): Promise<ResponseOf<Endpoints[N]>> {
    const endpoint = endpoints[name];
    const { params, body } = sent as { params?: Record<string, string>; body?: unknown };
    const path = endpoint.path.replace(/:(\w+)/g, (_, key: string) =>
      encodeURIComponent(params?.[key] ?? ''),
    );
    const init: RequestInit =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await this.raw(endpoint.method.toUpperCase(), path, init);
    const json: unknown = await answer.json();
    if (!answer.ok) {
      const { error } = ErrorBody.parse(json);
      throw new ApiError(answer.status, error.code, error, answer.headers);
    }
    expect(answer.status).toBe('status' in endpoint ? endpoint.status : 200);
    return (endpoint.response as z.ZodMiniType).parse(json) as ResponseOf<Endpoints[N]>;
  }

  /** The error code of a call that has to fail. */
  async refusal<N extends EndpointName>(name: N, sent: Sent<Endpoints[N]>): Promise<ErrorCode> {
    try {
      await this.call(name, sent);
    } catch (error) {
      if (error instanceof ApiError) return error.code;
      throw error;
    }
    throw new Error(`${name} was not refused`);
  }

  #keep(set: string): void {
    const [pair = '', ...attributes] = set.split(';');
    const [name = '', value] = pair.split('=');
    const others = this.cookie.split('; ').filter((each) => each !== '' && !each.startsWith(`${name}=`));
    const gone = value === '' || attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute));
    this.cookie = [...others, ...(gone ? [] : [pair])].join('; ');
  }
}
