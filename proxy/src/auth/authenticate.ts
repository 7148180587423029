/**
 * Cookie or token → who is asking. Invariant: an `Authorization` header decides alone; a wrong one is never made up for
 * by a cookie.
 */
import { PortholeError } from '@porthole/shared';
import type { Database } from '../db/database.ts';
import type { Authenticate } from '../http/guard.ts';
import type { Clock } from '../lib/clock.ts';
import { hashSecret } from '../lib/ids.ts';
import type { Actor } from './actor.ts';
import type { Sessions } from './sessions.ts';
import { tokenBySecret, touchDevice, touchToken } from './store.ts';

/** "Last seen" is as coarse as that. */
const TOUCH_MS = 60_000;
/** What scanners for leaked secrets can look for. */
export const TOKEN_PREFIX = 'porthole_';

/** A full disk keeps nobody from looking, and from making room. */
const noted = (writing: Promise<void>): Promise<void> => writing.catch(() => {});

export function createAuthenticate(deps: { db: Database; sessions: Sessions; clock: Clock }): Authenticate {
  const { db, sessions, clock } = deps;

  const byToken = async (secret: string) => {
    const token = await tokenBySecret(db.q, hashSecret(secret));
    if (!token) throw new PortholeError('unauthenticated', 'There is no such API token.');
    const now = clock.now();
    if (token.expires_at <= now)
      throw new PortholeError('token_expired', 'This API token is over. Make a new one.');
    if (now - (token.used_at ?? 0) >= TOUCH_MS) await noted(touchToken(db.q, token.id, now));
    const actor: Actor = {
      userId: token.user_id,
      name: token.user_name,
      email: token.user_email,
      deviceId: null,
      token: {
        id: token.id,
        organisationId: token.organisation_id,
        scope: token.scope as 'read' | 'write' | 'admin',
      },
    };
    return { actor, cookie: null };
  };

  return async ({ cookie, authorization }) => {
    if (authorization !== undefined) {
      const secret = /^Bearer +(porthole_[\w-]{20,100})$/i.exec(authorization)?.[1];
      if (!secret)
        throw new PortholeError('unauthenticated', 'Authorization has to be `Bearer` and an API token.');
      return byToken(secret);
    }
    const found = await sessions.find(cookie);
    if (!found) return null;
    const now = clock.now();
    if (now - found.seenAt >= TOUCH_MS) await noted(touchDevice(db.q, found.deviceId, now));
    const { user, deviceId } = found;
    const actor: Actor = { userId: user.id, name: user.name, email: user.email, deviceId, token: null };
    return { actor, cookie: found.cookie };
  };
}
