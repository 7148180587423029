/**
 * Sessions by Lucia 3, and its only importer: to replace Lucia, replace this file.
 * Invariant: the database has the SHA-256 of a session id and never the id itself, so that a copy of the database
 * signs nobody in.
 */
import { type Adapter, type DatabaseSession, type DatabaseUser, Lucia, TimeSpan } from 'lucia';
import type { Database } from '../db/database.ts';
import { hashSecret, newId } from '../lib/ids.ts';

export const SESSION_DAYS = 30;

interface SessionAttributes {
  device_id: string;
  device_name: string;
  address: string;
  created_at: number;
  seen_at: number;
}

interface UserAttributes {
  name: string;
  email: string;
}

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<SessionAttributes, UserAttributes>;
    DatabaseSessionAttributes: SessionAttributes;
    DatabaseUserAttributes: UserAttributes;
  }
}

export interface FoundSession {
  user: { id: string; name: string; email: string };
  deviceId: string;
  seenAt: number;
  /** The `Set-Cookie` value of a session that has just been prolonged; null otherwise. */
  cookie: string | null;
}

export interface Sessions {
  /** Answers the `Set-Cookie` value. */
  start(
    userId: string,
    device: { name: string; address: string; now: number },
  ): Promise<{ cookie: string; deviceId: string }>;
  find(cookieHeader: string | undefined): Promise<FoundSession | null>;
  /** The `Set-Cookie` value that makes a browser forget. */
  forget(): string;
  deleteExpired(): Promise<void>;
}

/** `secure`: the app is reached by https. The name is then bound to this very host. */
export function createSessions(db: Database, secure: boolean): Sessions {
  const lucia = new Lucia<SessionAttributes, UserAttributes>(adapter(db), {
    sessionExpiresIn: new TimeSpan(SESSION_DAYS, 'd'),
    sessionCookie: {
      name: secure ? '__Host-porthole_session' : 'porthole_session',
      attributes: { secure, sameSite: 'lax', path: '/' },
    },
    getSessionAttributes: (attributes) => attributes,
    getUserAttributes: (attributes) => attributes,
  });
  return {
    async start(userId, { name, address, now }) {
      const deviceId = newId('device');
      const session = await lucia.createSession(userId, {
        device_id: deviceId,
        device_name: name,
        address,
        created_at: now,
        seen_at: now,
      });
      return { cookie: lucia.createSessionCookie(session.id).serialize(), deviceId };
    },
    async find(cookieHeader) {
      const id = lucia.readSessionCookie(cookieHeader ?? '');
      if (id === null || !/^[a-z0-9]{30,64}$/.test(id)) return null;
      const { session, user } = await lucia.validateSession(id);
      if (!session) return null;
      return {
        user: { id: user.id, name: user.name, email: user.email },
        deviceId: session.device_id,
        seenAt: session.seen_at,
        cookie: session.fresh ? lucia.createSessionCookie(id).serialize() : null,
      };
    },
    forget: () => lucia.createBlankSessionCookie().serialize(),
    deleteExpired: () => lucia.deleteExpiredSessions(),
  };
}

/** Lucia hands us ids; what it gets back as a session's id is what it asked with. */
function adapter({ q }: Database): Adapter {
  return {
    async getSessionAndUser(id): Promise<[DatabaseSession | null, DatabaseUser | null]> {
      const row = await q
        .selectFrom('auth_sessions')
        .innerJoin('users', 'users.id', 'auth_sessions.user_id')
        .selectAll('auth_sessions')
        .select(['users.name', 'users.email'])
        .where('id_hash', '=', hashSecret(id))
        .executeTakeFirst();
      if (!row) return [null, null];
      const { device_id, device_name, address, created_at, seen_at, name, email } = row;
      return [
        {
          id,
          userId: row.user_id,
          expiresAt: new Date(row.expires_at),
          attributes: { device_id, device_name, address, created_at, seen_at },
        },
        { id: row.user_id, attributes: { name, email } },
      ];
    },
    async getUserSessions() {
      throw new Error('the device list asks the store');
    },
    async setSession({ id, userId, expiresAt, attributes }) {
      await q
        .insertInto('auth_sessions')
        .values({
          id_hash: hashSecret(id),
          user_id: userId,
          expires_at: expiresAt.getTime(),
          ...attributes,
        })
        .execute();
    },
    async updateSessionExpiration(id, expiresAt) {
      // A full disk signs nobody out; the next request tries again.
      await q
        .updateTable('auth_sessions')
        .set({ expires_at: expiresAt.getTime() })
        .where('id_hash', '=', hashSecret(id))
        .execute()
        .catch(() => {});
    },
    async deleteSession(id) {
      await q.deleteFrom('auth_sessions').where('id_hash', '=', hashSecret(id)).execute();
    },
    async deleteUserSessions(userId) {
      await q.deleteFrom('auth_sessions').where('user_id', '=', userId).execute();
    },
    async deleteExpiredSessions() {
      await q.deleteFrom('auth_sessions').where('expires_at', '<=', Date.now()).execute();
    },
  };
}
