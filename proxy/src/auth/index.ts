/** Puts the feature together. `app.ts` calls this once. */
import type { Me } from '@porthole/shared/http';
import type { Context, Hono } from 'hono';
import type { Bus } from '../bus/bus.ts';
import type { Database, Tx } from '../db/database.ts';
import { byNetwork } from '../http/address.ts';
import type { ApiEnv } from '../http/api.ts';
import type { Authenticate } from '../http/guard.ts';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import { createRateLimiter, type Limit } from '../lib/rate-limit.ts';
import type { SecretBox } from '../lib/secrets.ts';
import { accountRoutes } from './account-routes.ts';
import type { Actor, MembershipOf } from './actor.ts';
import { createAuthenticate } from './authenticate.ts';
import { type OAuthDeps, oauthRoutes } from './oauth.ts';
import { createOAuthProvider, type OAuthProviderName, type OAuthSettings } from './oauth-providers.ts';
import { createPasswords } from './passwords.ts';
import { People } from './people.ts';
import { resetRoutes } from './reset-routes.ts';
import { deleteOldResets } from './reset-store.ts';
import { Resets, type ResetsDeps } from './resets.ts';
import { authRoutes, FIRST_ORGANISATION } from './routes.ts';
import { createSessions } from './sessions.ts';
import { issueSetupCode } from './setup-code.ts';
import { anyUser, deviceUntil, fact, tokenUntil } from './store.ts';

export interface AuthDeps {
  db: Database;
  bus: Bus;
  clock: Clock;
  secrets: SecretBox;
  config: { origin: string | null } & Record<OAuthProviderName, OAuthSettings | null>;
  limits: Record<'signInPair' | 'signInAccount' | 'signInAddress' | 'resetTries', Limit>;
  /** What organisations do for people. */
  orgs: {
    membershipOf: MembershipOf;
    organisationsOf: (userId: string) => Promise<Me['organisations']>;
    create: (tx: Tx, name: string, ownerId: string) => Promise<{ id: string }>;
    personChanged: (tx: Tx, userId: string) => Promise<void>;
    ownsAllOf: ResetsDeps['ownsAllOf'];
    acceptInvite: (tx: Tx, secret: string, userId: string) => Promise<void>;
  };
  originAllowed: (context: Context) => boolean;
  addressOf: (context: Context) => string;
}

export interface Auth {
  routes: Routes;
  mountOAuth(app: Hono<ApiEnv>): void;
  authenticate: Authenticate;
  /** When this sign-in ends, as things are now, ms since 1970; null: it was revoked. */
  signedInUntil: (actor: Actor) => Promise<number | null>;
  people: People;
  resets: Resets;
  oauthNames: OAuthProviderName[];
  needsSetup: () => Promise<boolean>;
  /** The organisation that set-up made, and that owns the server; null: nobody has yet. */
  firstOrganisation: () => Promise<string | null>;
  issueSetupCode: () => Promise<string | null>;
  cleanUp: () => Promise<void>;
}

export function createAuth(deps: AuthDeps): Auth {
  const { db, bus, clock, config, limits, orgs } = deps;
  const sessions = createSessions(db, config.origin?.startsWith('https:') ?? false);
  const passwords = createPasswords();
  const people = new People({
    ...{ db, bus, clock, sessions, passwords },
    organisationsOf: orgs.organisationsOf,
  });
  const address = byNetwork(createRateLimiter(limits.signInAddress));
  const resets = new Resets({ db, bus, clock, passwords, ownsAllOf: orgs.ownsAllOf });
  const oauthNames = (['github', 'google'] as const).filter((name) => config[name] !== null);
  const tries = {
    pair: createRateLimiter(limits.signInPair),
    account: createRateLimiter(limits.signInAccount),
    address,
  };
  const oauth: OAuthDeps = {
    ...{ db, clock, secrets: deps.secrets },
    providers: Object.fromEntries(
      oauthNames.map((name) => [name, createOAuthProvider(name, config[name] as OAuthSettings)]),
    ),
    publicOrigin: config.origin,
    originAllowed: deps.originAllowed,
    addressOf: deps.addressOf,
    tries: address,
    acceptInvite: orgs.acceptInvite,
    signIn: (context, from, userId) => people.signIn(context, from, userId),
    signedIn: async (context) => (await sessions.find(context.req.header('cookie')))?.user.id ?? null,
  };
  const ofPeople = authRoutes({
    ...{ db, bus, clock, people, passwords, tries },
    membershipOf: orgs.membershipOf,
    createOrganisation: orgs.create,
    personChanged: orgs.personChanged,
  });
  const ofAccounts = accountRoutes({ db, passwords, tries, oauth });
  const resetTries = byNetwork(createRateLimiter(limits.resetTries));
  const ofResets = resetRoutes({ people, resets, tries: resetTries });
  return {
    authenticate: createAuthenticate({ db, sessions, clock }),
    signedInUntil: async ({ deviceId, token }) =>
      deviceId !== null
        ? deviceUntil(db.q, deviceId)
        : token?.id === undefined
          ? null
          : tokenUntil(db.q, token.id),
    people,
    resets,
    oauthNames,
    routes(mount) {
      ofPeople(mount);
      ofAccounts(mount);
      ofResets(mount);
    },
    mountOAuth: (app) => oauthRoutes(app, oauth),
    firstOrganisation: () => fact(db.q, FIRST_ORGANISATION),
    needsSetup: async () => !(await anyUser(db.q)),
    issueSetupCode: () => issueSetupCode(db),
    async cleanUp() {
      await sessions.deleteExpired();
      await deleteOldResets(db.q, clock.now());
    },
  };
}
