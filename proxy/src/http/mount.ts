/** How a feature offers its endpoints: one call per row of the shared table. */
import type { BodyOf, Endpoint, ParamsOf, QueryOf, ResponseOf } from '@porthole/shared/http';
import type { Context } from 'hono';
import type { Actor } from '../auth/actor.ts';
import type { Logger } from '../lib/log.ts';

export interface EndpointRequest<E> {
  params: ParamsOf<E>;
  query: QueryOf<E>;
  body: BodyOf<E>;
  /** null only on `public` endpoints. */
  actor: E extends { access: 'public' } ? Actor | null : Actor;
  /** The peer's address, after trusted proxies. */
  address: string;
  log: Logger;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** For cookies and headers; anything else is in the fields above. */
  context: Context;
}

/** Answers the body (checked against the schema outside production), or throws `PortholeError`. */
export type Handler<E> = (request: EndpointRequest<E>) => Promise<ResponseOf<E>> | ResponseOf<E>;

/** `routes.ts` of each feature: `(mount) => { mount(endpoints.listHosts, async ({ params, actor }) => …) }`. */
export type Mount = <E extends Endpoint>(endpoint: E, handler: Handler<E>) => void;
export type Routes = (mount: Mount) => void;
