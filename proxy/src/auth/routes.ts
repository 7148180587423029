/** HTTP of setting up, signing in and out, devices and API tokens. */
import { PortholeError } from '@porthole/shared';
import { type ApiToken, endpoints } from '@porthole/shared/http';
import type { Bus } from '../bus/bus.ts';
import type { Database, Tx } from '../db/database.ts';
import { networkOf } from '../http/address.ts';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import { hashSecret, newId, newSecret } from '../lib/ids.ts';
import type { RateLimiter } from '../lib/rate-limit.ts';
import type { MembershipOf } from './actor.ts';
import { TOKEN_PREFIX } from './authenticate.ts';
import type { Passwords } from './passwords.ts';
import type { People } from './people.ts';
import { deleteResets } from './reset-store.ts';
import { checkSetupCode, useSetupCode } from './setup-code.ts';
import * as store from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Of one person. */
const MAX_TOKENS = 100;
/** The fact that names the organisation of set-up; migration 0006 has found it where set-up was before. */
export const FIRST_ORGANISATION = 'first_organisation';

export interface AuthRoutesDeps {
  db: Database;
  bus: Bus;
  clock: Clock;
  people: People;
  passwords: Passwords;
  membershipOf: MembershipOf;
  createOrganisation: (tx: Tx, name: string, ownerId: string) => Promise<{ id: string }>;
  personChanged: (tx: Tx, userId: string) => Promise<void>;
  tries: {
    /** By account and address together, by account, and by address. */
    pair: RateLimiter;
    account: RateLimiter;
    address: RateLimiter;
  };
}

export const authRoutes =
  (deps: AuthRoutesDeps): Routes =>
  (mount) => {
    const { db, people, passwords, tries, clock } = deps;

    mount(endpoints.setUp, async ({ body, address, context }) => {
      await tries.address.take(address);
      await checkSetupCode(db.q, body.code);
      const add = await people.prepare(body);
      const userId = await db.transaction(async (tx) => {
        await useSetupCode(tx, body.code);
        const id = await add(tx);
        const first = await deps.createOrganisation(tx, body.organisation, id);
        await store.setFact(tx, FIRST_ORGANISATION, first.id);
        return id;
      });
      return people.me(userId, await people.signIn(context, address, userId));
    });

    mount(endpoints.signIn, async ({ body, address, context, log }) => {
      const pair = `${body.email} ${networkOf(address)}`;
      await tries.address.take(address);
      // Before the account: one address alone never uses up what the account has from everywhere.
      await tries.pair.take(pair);
      await tries.account.take(body.email);
      const user = await store.userByEmail(db.q, body.email);
      if (!(await passwords.matches(user?.password_hash ?? null, body.password)) || !user) {
        if (!(await store.anyUser(db.q)))
          throw new PortholeError('setup_required', 'Nobody owns this server yet. Set it up first.');
        log.info({ account: user?.id ?? null }, 'a sign-in was refused');
        throw wrongCredentials();
      }
      await tries.pair.forgive(pair);
      const deviceId = await people.signIn(context, address, user.id);
      // While it was checked another one may have been chosen, and every device signed out.
      const now = await store.userById(db.q, user.id);
      if (now?.password_hash !== user.password_hash) {
        await people.endDevice(user.id, deviceId);
        people.forget(context);
        throw wrongCredentials();
      }
      return people.me(user.id, deviceId);
    });

    mount(endpoints.signOut, async ({ actor, context }) => {
      if (actor.deviceId) await people.endDevice(actor.userId, actor.deviceId);
      people.forget(context);
      return {};
    });

    mount(endpoints.signOutEverywhere, async ({ actor, context }) => {
      await people.endDevices(actor.userId, null);
      people.forget(context);
      return {};
    });

    mount(endpoints.getMe, ({ actor }) =>
      people.me(actor.userId, actor.deviceId, actor.token?.organisationId ?? null),
    );

    mount(endpoints.updateMe, async ({ actor, body }) => {
      const password = body.password ? await newPassword(deps, actor.userId, body.password) : null;
      await db.transaction(async (tx) => {
        if (password !== null) await changePassword(tx, actor.userId, password);
        if (body.name === undefined) return;
        await store.updateUser(tx, actor.userId, { name: body.name });
        await deps.personChanged(tx, actor.userId);
      });
      // Whoever knew the old password is out.
      if (password !== null) await people.endDevices(actor.userId, actor.deviceId);
      return people.me(actor.userId, actor.deviceId);
    });

    mount(endpoints.listDevices, async ({ actor }) => {
      const sessions = await store.sessionsOf(db.q, actor.userId);
      return {
        devices: sessions
          .filter(({ expires_at }) => expires_at > clock.now())
          .map((session) => ({
            id: session.device_id,
            name: session.device_name,
            address: session.address,
            current: session.device_id === actor.deviceId,
            createdAt: session.created_at,
            seenAt: session.seen_at,
          })),
      };
    });

    mount(endpoints.revokeDevice, async ({ actor, params, context }) => {
      if (!(await people.endDevice(actor.userId, params.device)))
        throw new PortholeError('not_found', 'There is no such device.');
      if (params.device === actor.deviceId) people.forget(context);
      return {};
    });

    tokenRoutes(deps)(mount);
  };

const tokenRoutes =
  ({ db, bus, clock, membershipOf }: AuthRoutesDeps): Routes =>
  (mount) => {
    mount(endpoints.listTokens, async ({ actor }) => ({
      tokens: (await store.tokensOf(db.q, actor.userId)).map(toToken),
    }));

    mount(endpoints.createToken, async ({ actor, body }) => {
      if (!(await membershipOf(actor, body.organisationId)))
        throw new PortholeError('not_found', 'There is no such organisation.');
      if ((await store.tokensOf(db.q, actor.userId)).length >= MAX_TOKENS)
        throw new PortholeError('too_many', `A person has at most ${MAX_TOKENS} tokens. Revoke some first.`);
      const secret = TOKEN_PREFIX + newSecret();
      const now = clock.now();
      const record: store.TokenRecord = {
        id: newId('apiToken'),
        secret_hash: hashSecret(secret),
        user_id: actor.userId,
        organisation_id: body.organisationId,
        name: body.name,
        scope: body.scope,
        created_at: now,
        expires_at: now + body.days * DAY_MS,
        used_at: null,
      };
      await store.insertToken(db.q, record);
      return { token: toToken(record), secret };
    });

    mount(endpoints.revokeToken, async ({ actor, params }) => {
      if (!(await store.deleteToken(db.q, actor.userId, params.token)))
        throw new PortholeError('not_found', 'There is no such token.');
      bus.publish('signed_out', actor.userId, { what: 'token', id: params.token });
      return {};
    });
  };

const wrongCredentials = () =>
  new PortholeError('wrong_credentials', 'This e-mail address and password do not belong together.');

interface PasswordChange {
  /** Of the current one, which was right; null: there was none. */
  before: string | null;
  hash: string;
}

/** The hash of the new password, when the current one is right. */
async function newPassword(
  deps: AuthRoutesDeps,
  userId: string,
  { current, new: next }: { current: string | null; new: string },
): Promise<PasswordChange> {
  const before = await checkPassword(deps, userId, current, 'password.current');
  return { before, hash: await deps.passwords.hash(next) };
}

/** Links to choose one by are over: whoever has one may be who the new password is to keep out. */
async function changePassword(tx: Tx, userId: string, { before, hash }: PasswordChange): Promise<void> {
  const user = await store.userById(tx.q, userId);
  if (!user || user.password_hash !== before)
    throw new PortholeError('conflict', 'The password was changed elsewhere meanwhile.');
  await store.updateUser(tx, userId, { password_hash: hash });
  await deleteResets(tx, userId);
}

/**
 * Who has a password says it once more before a way in is changed. Answers its hash. Throws `wrong_credentials`, or
 * `rate_limited`.
 */
export async function checkPassword(
  { db, passwords, tries }: Pick<AuthRoutesDeps, 'db' | 'passwords' | 'tries'>,
  userId: string,
  given: string | null,
  field: string,
): Promise<string | null> {
  await tries.pair.take(`password of ${userId}`);
  const user = await store.userById(db.q, userId);
  const stored = user?.password_hash ?? null;
  if (stored !== null && !(await passwords.matches(stored, given ?? '')))
    throw new PortholeError('wrong_credentials', 'The current password is not right.', {
      fields: { [field]: 'is not right' },
    });
  await tries.pair.forgive(`password of ${userId}`);
  return stored;
}

const toToken = (record: store.TokenRecord): ApiToken => ({
  id: record.id,
  name: record.name,
  organisationId: record.organisation_id,
  scope: record.scope as ApiToken['scope'],
  createdAt: record.created_at,
  expiresAt: record.expires_at,
  usedAt: record.used_at,
});
