/**
 * Sign-in by GitHub and Google; routes of a browser's navigation, so outside the endpoints' table.
 * Invariant: it signs in whom the server knows already, by a linked account or, who has no password, by a verified
 * address; anybody else only with a good invite. An account elsewhere alone opens nothing.
 */
import { PortholeError } from '@porthole/shared';
import type { Context, Hono } from 'hono';
import * as z from 'zod/mini';
import type { Database, Tx } from '../db/database.ts';
import type { ApiEnv } from '../http/api.ts';
import { readJson } from '../http/body.ts';
import type { Clock } from '../lib/clock.ts';
import { newId, newSecret } from '../lib/ids.ts';
import type { RateLimiter } from '../lib/rate-limit.ts';
import type { SecretBox } from '../lib/secrets.ts';
import type { OAuthProfile, OAuthProvider, OAuthProviderName } from './oauth-providers.ts';
import { noStateCookie, readState, STATE_MS, safeNext, stateCookie } from './oauth-state.ts';
import { hasAccountAt, insertUser, linkAccount, userByEmail, userOfAccount } from './store.ts';

export interface OAuthDeps {
  db: Database;
  clock: Clock;
  secrets: SecretBox;
  providers: Partial<Record<OAuthProviderName, OAuthProvider>>;
  /** null: the loopback, where the address is what the browser says. */
  publicOrigin: string | null;
  originAllowed: (context: Context) => boolean;
  addressOf: (context: Context) => string;
  tries: RateLimiter;
  acceptInvite: (tx: Tx, secret: string, userId: string) => Promise<void>;
  signIn: (context: Context, address: string, userId: string) => Promise<string>;
  /** Whose device this is; null: nobody's. */
  signedIn: (context: Context) => Promise<string | null>;
}

const StartBody = z.object({
  next: z.optional(z.string()),
  invite: z.optional(z.string().check(z.maxLength(100))),
});

export function oauthRoutes(app: Hono<ApiEnv>, deps: OAuthDeps): void {
  // A link on the sign-in page.
  app.get('/api/oauth/:provider/start', async (context) => {
    await deps.tries.take(deps.addressOf(context));
    return context.redirect(start(deps, context, { next: context.req.query('next') }).href);
  });

  // From an invite, whose secret may not be in an address: answers where to go.
  app.post('/api/oauth/:provider/start', async (context) => {
    if (!deps.originAllowed(context))
      throw new PortholeError('bad_origin', 'This page may not sign in here.');
    await deps.tries.take(deps.addressOf(context));
    const body = z.safeParse(StartBody, await readJson(context.req.raw, 4_096));
    if (!body.success) throw new PortholeError('bad_request', 'Send `next` and `invite`.');
    return context.json({ url: start(deps, context, body.data).href });
  });

  app.get('/api/oauth/:provider/callback', async (context) => {
    try {
      return context.redirect(await callback(deps, context));
    } catch (error) {
      const code = error instanceof PortholeError ? error.code : 'internal';
      context.get('log').warn({ err: error }, 'sign-in elsewhere failed');
      return context.redirect(`/sign-in?error=${code}`);
    }
  });
}

interface Wish {
  next?: string | undefined;
  invite?: string | undefined;
  /** The person who links the account. */
  link?: string;
}

/** Where the browser agrees to it. Throws `not_found` when the server does not offer it. */
export function start(deps: OAuthDeps, context: Context, { next, invite, link }: Wish): URL {
  const { name, provider } = chosen(deps, context);
  const redirectUri = `${originOf(deps, context)}/api/oauth/${name}/callback`;
  const state = newSecret();
  const verifier = newSecret();
  const until = deps.clock.now() + STATE_MS;
  const kept = {
    provider: name,
    state,
    verifier,
    redirectUri,
    next: safeNext(next),
    invite: invite ?? null,
    link: link ?? null,
    until,
  };
  context.header('Set-Cookie', stateCookie(deps.secrets, kept, isSecure(deps)), { append: true });
  return provider.authorizationUrl(redirectUri, state, verifier);
}

/** Answers the path to go to. */
async function callback(deps: OAuthDeps, context: Context): Promise<string> {
  const address = deps.addressOf(context);
  await deps.tries.take(address);
  const { name, provider } = chosen(deps, context);
  const kept = readState(deps.secrets, context.req.header('cookie'), deps.clock.now());
  context.header('Set-Cookie', noStateCookie(isSecure(deps)), { append: true });
  const { code, state } = context.req.query();
  if (!kept || kept.provider !== name || state !== kept.state || !code)
    throw new PortholeError('bad_request', 'This sign-in was not begun here, or took too long.');
  const profileOf = () => provider.profile(kept.redirectUri, code, kept.verifier);
  const { link, next } = kept;
  if (link !== null) return linking(deps, context, { link, next }, name, profileOf);
  const profile = await profileOf();
  const userId = await deps.db.transaction((tx) => find(deps, tx, name, profile, kept.invite));
  await deps.signIn(context, address, userId);
  return next;
}

/** The path to go back to, with why when it was not linked. */
async function linking(
  deps: OAuthDeps,
  context: Context,
  { link, next }: { link: string; next: string },
  provider: OAuthProviderName,
  profileOf: () => Promise<OAuthProfile>,
): Promise<string> {
  try {
    // Signed out meanwhile, or somebody else in this browser.
    const checkSignedIn = async () => {
      if ((await deps.signedIn(context)) !== link)
        throw new PortholeError('unauthenticated', 'Sign in first.');
    };
    await checkSignedIn();
    const { accountId } = await profileOf();
    // The provider took its time, in which every device may have been signed out.
    await checkSignedIn();
    const at = deps.clock.now();
    await deps.db.transaction(async (tx) => {
      const owner = await userOfAccount(tx.q, provider, accountId);
      if (owner ? owner.id !== link : await hasAccountAt(tx.q, provider, link))
        throw new PortholeError('conflict', 'This account, or another one for you, is linked already.');
      await linkAccount(tx, { provider, accountId, userId: link, at });
    });
    return next;
  } catch (error) {
    context.get('log').warn({ err: error }, 'an account elsewhere was not linked');
    const code = error instanceof PortholeError ? error.code : 'internal';
    return `${next}${next.includes('?') ? '&' : '?'}error=${code}`;
  }
}

async function find(
  deps: OAuthDeps,
  tx: Tx,
  provider: OAuthProviderName,
  profile: OAuthProfile,
  invite: string | null,
): Promise<string> {
  const { accountId } = profile;
  const at = deps.clock.now();
  const linked = await userOfAccount(tx.q, provider, accountId);
  let userId = linked?.id ?? (await knownByAddress(tx, provider, profile.emails));
  const isNew = userId === null;
  if (userId === null) {
    const email = profile.emails[0];
    if (invite === null || email === undefined)
      throw new PortholeError('not_found', 'Nobody here has a verified address of this account.');
    userId = newId('user');
    const name = profile.name.trim().slice(0, 100) || email;
    await insertUser(tx, { id: userId, email, name, password_hash: null, created_at: at });
  }
  if (invite !== null)
    await deps.acceptInvite(tx, invite, userId).catch((error: unknown) => {
      // A member already: then it is just a sign-in.
      if (isNew || !(error instanceof PortholeError && error.code === 'conflict')) throw error;
    });
  await linkAccount(tx, { provider, accountId, userId, at });
  return userId;
}

/**
 * Whose verified address it is; null: nobody's. What may be another person's is refused: an address that has passed on
 * to another account of the same provider, and one that has a password, for whoever chose that only typed the address
 * in, and would be in the same account. Who has both links them (`linkAccount`).
 */
async function knownByAddress(
  tx: Tx,
  provider: OAuthProviderName,
  emails: readonly string[],
): Promise<string | null> {
  for (const email of emails) {
    const user = await userByEmail(tx.q, email);
    if (!user) continue;
    if (await hasAccountAt(tx.q, provider, user.id)) {
      const message = 'The person with this address signs in by another account there.';
      throw new PortholeError('conflict', message);
    }
    if (user.password_hash !== null) {
      const message = 'This e-mail address has a password here. Sign in with that, then link the account.';
      throw new PortholeError('email_taken', message);
    }
    return user.id;
  }
  return null;
}

function chosen(deps: OAuthDeps, context: Context): { name: OAuthProviderName; provider: OAuthProvider } {
  const name = context.req.param('provider');
  const provider = name === 'github' || name === 'google' ? deps.providers[name] : undefined;
  if (!provider) throw new PortholeError('not_found', 'This server does not offer that way to sign in.');
  return { name: name as OAuthProviderName, provider };
}

function originOf(deps: OAuthDeps, context: Context): string {
  return deps.publicOrigin ?? `http://${context.req.header('host') ?? 'localhost'}`;
}

const isSecure = (deps: OAuthDeps): boolean => deps.publicOrigin?.startsWith('https:') ?? false;
