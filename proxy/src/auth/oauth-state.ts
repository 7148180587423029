/**
 * What has to survive the trip to the provider and back: sealed into a cookie of ours, so that the answer is good only
 * in the browser that asked, for ten minutes, and the server keeps nothing.
 */
import * as z from 'zod/mini';
import type { SecretBox } from '../lib/secrets.ts';

const State = z.object({
  provider: z.enum(['github', 'google']),
  state: z.string(),
  /** PKCE. */
  verifier: z.string(),
  redirectUri: z.string(),
  /** A path of the app. */
  next: z.string(),
  invite: z.nullable(z.string()),
  /** The person who links the account, instead of signing in by it. */
  link: z.nullable(z.string()),
  until: z.number(),
});
export type OAuthState = z.infer<typeof State>;

export const STATE_MS = 10 * 60_000;
const NAME = 'porthole_oauth';
const CONTEXT = 'oauth-state';

export function stateCookie(box: SecretBox, state: OAuthState, secure: boolean): string {
  return cookie(box.encrypt(JSON.stringify(state), CONTEXT), STATE_MS / 1000, secure);
}

export const noStateCookie = (secure: boolean): string => cookie('', 0, secure);

const cookie = (value: string, seconds: number, secure: boolean): string =>
  `${NAME}=${value}; Path=/api/oauth; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? '; Secure' : ''}`;

/** null: none, not ours, or too old. */
export function readState(box: SecretBox, cookies: string | undefined, now: number): OAuthState | null {
  const sealed = new RegExp(`(?:^|;\\s*)${NAME}=([\\w.-]{1,8192})`).exec(cookies ?? '')?.[1];
  if (!sealed) return null;
  try {
    const parsed = z.safeParse(State, JSON.parse(box.decrypt(sealed, CONTEXT)));
    return parsed.success && parsed.data.until > now ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Where to go afterwards: a path of this app, and nothing that a browser takes for another host. */
export const safeNext = (next: string | undefined): string =>
  next !== undefined && next.length <= 1_000 && /^\/(?![/\\])[^\\\s\x00-\x1f]*$/.test(next) ? next : '/';
