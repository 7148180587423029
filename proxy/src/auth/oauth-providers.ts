/**
 * GitHub and Google by arctic, and its only importer. Invariant: only addresses that the provider has verified are
 * answered.
 */
import { CodeChallengeMethod, OAuth2Client } from 'arctic';
import * as z from 'zod/mini';

export type OAuthProviderName = 'github' | 'google';

export interface OAuthProfile {
  /** The provider's own, never reused. */
  accountId: string;
  name: string;
  /** Verified, lower case, ASCII, the primary one first. */
  emails: string[];
}

export interface OAuthSettings {
  clientId: string;
  clientSecret: string;
  /** github.com or an Enterprise Server; for Google '' or a stand-in's address. */
  url: string;
}

export interface OAuthProvider {
  authorizationUrl(redirectUri: string, state: string, verifier: string): URL;
  /** Throws when the provider refuses the code or answers something unexpected. */
  profile(redirectUri: string, code: string, verifier: string): Promise<OAuthProfile>;
}

const ANSWER_MS = 10_000;

interface Endpoints {
  authorize: string;
  token: string;
  scopes: string[];
  profile: (get: (url: string) => Promise<unknown>) => Promise<OAuthProfile>;
}

export function createOAuthProvider(name: OAuthProviderName, settings: OAuthSettings): OAuthProvider {
  const endpoints = name === 'github' ? github(settings.url) : google(settings.url);
  const client = (redirectUri: string) =>
    new OAuth2Client(settings.clientId, settings.clientSecret, redirectUri);
  return {
    authorizationUrl: (redirectUri, state, verifier) =>
      client(redirectUri).createAuthorizationURLWithPKCE(
        endpoints.authorize,
        state,
        CodeChallengeMethod.S256,
        verifier,
        endpoints.scopes,
      ),
    async profile(redirectUri, code, verifier) {
      const tokens = await inTime(
        client(redirectUri).validateAuthorizationCode(endpoints.token, code, verifier),
      );
      const token = tokens.accessToken();
      return endpoints.profile((url) => getJson(url, token));
    },
  };
}

const GitHubUser = z.object({ id: z.int(), login: z.string(), name: z.nullish(z.string()) });
const GitHubEmails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

function github(url: string): Endpoints {
  const api = url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`;
  return {
    authorize: `${url}/login/oauth/authorize`,
    token: `${url}/login/oauth/access_token`,
    scopes: ['user:email'],
    async profile(get) {
      const user = GitHubUser.parse(await get(`${api}/user`));
      const emails = GitHubEmails.parse(await get(`${api}/user/emails`))
        .filter(({ verified }) => verified)
        .sort((a, b) => Number(b.primary) - Number(a.primary))
        .map(({ email }) => email);
      return { accountId: String(user.id), name: user.name || user.login, emails: comparable(emails) };
    },
  };
}

const GoogleUser = z.object({
  sub: z.string(),
  name: z.optional(z.string()),
  email: z.optional(z.string()),
  email_verified: z.optional(z.boolean()),
});

function google(url: string): Endpoints {
  return {
    authorize: url === '' ? 'https://accounts.google.com/o/oauth2/v2/auth' : `${url}/o/oauth2/v2/auth`,
    token: url === '' ? 'https://oauth2.googleapis.com/token' : `${url}/token`,
    scopes: ['openid', 'email', 'profile'],
    async profile(get) {
      const base = url === '' ? 'https://openidconnect.googleapis.com' : url;
      const user = GoogleUser.parse(await get(`${base}/v1/userinfo`));
      const emails = user.email && user.email_verified === true ? [user.email] : [];
      const name = user.name || user.email || 'Somebody';
      return { accountId: user.sub, name, emails: comparable(emails) };
    },
  };
}

/** Outside ASCII, lower case makes one address of two: the Kelvin sign becomes a k. */
const comparable = (emails: string[]): string[] =>
  emails.filter((email) => /^[\x21-\x7e]+$/.test(email)).map((email) => email.toLowerCase());

/** arctic's own request has no end of its own. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const timeout = AbortSignal.timeout(ANSWER_MS);
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener('abort', () => reject(new Error('the provider did not answer in time')));
  });
  return Promise.race([answer, late]);
}

async function getJson(url: string, token: string): Promise<unknown> {
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'user-agent': 'Porthole' },
    signal: AbortSignal.timeout(ANSWER_MS),
    redirect: 'error',
  });
  if (!answer.ok) throw new Error(`${new URL(url).host} answered ${answer.status}`);
  return answer.json();
}
