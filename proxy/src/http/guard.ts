/** Who is asking, as the HTTP edge and the sockets need it. The auth feature answers. */
import type { Actor } from '../auth/actor.ts';

export interface Credentials {
  /** The `Cookie` header. */
  cookie: string | undefined;
  /** The `Authorization` header; when there is one, the cookie is not looked at. */
  authorization: string | undefined;
}

export interface Authenticated {
  actor: Actor;
  /** A `Set-Cookie` value when the session has been prolonged. */
  cookie: string | null;
}

/** null: nobody is signed in. Throws `PortholeError` for a token that is wrong or over. */
export type Authenticate = (credentials: Credentials) => Promise<Authenticated | null>;

/** Counts one request; throws `rate_limited` with `retryAfter` when there were too many. */
export type LimitRequests = (kind: 'anonymous' | 'known', key: string) => Promise<void>;
