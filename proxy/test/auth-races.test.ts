/** A new password that is chosen while the old one is being checked: the old one opens nothing. */
import { endpoints } from '@porthole/shared/http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { People } from '../src/auth/people.ts';
import { authRoutes } from '../src/auth/routes.ts';
import { createSessions } from '../src/auth/sessions.ts';
import { createInProcessBus } from '../src/bus/in-process.ts';
import type { Mount } from '../src/http/mount.ts';
import { systemClock } from '../src/lib/clock.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import { createRateLimiter } from '../src/lib/rate-limit.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { codeOf } from './workspaces-world.ts';

const userId = newId('user');
let db: TestDatabase;
let whileChecking: () => Promise<unknown>;
let handlers: Map<unknown, (request: never) => Promise<unknown>>;

beforeEach(async () => {
  db = await openTestDatabase();
  await db.q
    .insertInto('users')
    .values({ id: userId, email: 'ana@example.com', name: 'Ana', password_hash: 'of old', created_at: 0 })
    .execute();
  whileChecking = async () => {};
  handlers = new Map();
  const bus = createInProcessBus(silentLogger);
  const passwords = {
    hash: async (password: string) => `of ${password}`,
    async matches(stored: string | null, password: string) {
      await whileChecking();
      return stored === `of ${password}`;
    },
  };
  const common = { db, bus, clock: systemClock, passwords };
  const limiter = () => createRateLimiter({ points: 100, seconds: 60 });
  const people = new People({
    ...common,
    sessions: createSessions(db, false),
    organisationsOf: async () => [],
  });
  const mount: Mount = (endpoint, handler) => void handlers.set(endpoint, handler as never);
  authRoutes({
    ...{ ...common, people },
    membershipOf: async () => null,
    createOrganisation: async () => ({ id: '' }),
    personChanged: async () => {},
    tries: { pair: limiter(), account: limiter(), address: limiter() },
  })(mount);
});
afterEach(() => db.dispose());

const ask = async (endpoint: unknown, body: object): Promise<unknown> => {
  const context = { req: { header: () => undefined }, header: () => {} };
  const actor = { userId, deviceId: 'dev', token: null };
  return handlers.get(endpoint)?.({ body, actor, address: '127.0.0.1', context } as never);
};
const passwordNow = async () =>
  (await db.q.selectFrom('users').selectAll().executeTakeFirst())?.password_hash;
const another = () => db.q.updateTable('users').set({ password_hash: 'of new' }).execute();

it('[SE1] signs nobody in by a password that was changed meanwhile', async () => {
  const body = { email: 'ana@example.com', password: 'old' };
  await ask(endpoints.signIn, body);
  const before = await db.q.selectFrom('auth_sessions').selectAll().execute();
  expect(before.length).toBe(1);
  whileChecking = another;
  expect(await codeOf(ask(endpoints.signIn, body))).toBe('wrong_credentials');
  expect(await db.q.selectFrom('auth_sessions').selectAll().execute()).toEqual(before);
});

it('[SE1] changes no password by one that was changed meanwhile', async () => {
  whileChecking = another;
  const body = { password: { current: 'old', new: 'mine' } };
  expect(await codeOf(ask(endpoints.updateMe, body))).toBe('conflict');
  expect(await passwordNow()).toBe('of new');
});
