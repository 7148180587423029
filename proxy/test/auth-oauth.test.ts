/** Sign-in by GitHub and Google against a server on the loopback that answers as they do. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addMember, Client, OWNER, type Person, signUpOwner, startProxy } from './harness.ts';

interface Account {
  id: number;
  name: string;
  emails: { email: string; primary: boolean; verified: boolean }[];
}

/** Both providers at once: each code stands for the account that was signed in there. */
class FakeProviders {
  account: Account = { id: 1, name: 'Ana', emails: [] };
  /** code → the PKCE challenge it was given out for. */
  #codes = new Map<string, { challenge: string; redirectUri: string }>();
  #server: Server = createServer((request, response) => {
    this.#answer(request).then(
      ({ status = 200, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** What the person's browser would do there: agree, and be sent back. */
  agree(authorization: string): string {
    const asked = new URL(authorization).searchParams;
    expect(asked.get('client_id')).toBe('the-client');
    expect(asked.get('code_challenge_method')).toBe('S256');
    const code = `code-${this.#codes.size}`;
    const redirectUri = asked.get('redirect_uri')!;
    this.#codes.set(code, { challenge: asked.get('code_challenge')!, redirectUri });
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state')!);
    return back.pathname + back.search;
  }

  async #answer(request: IncomingMessage): Promise<{ status?: number; body: unknown }> {
    const { url = '' } = request;
    if (url === '/login/oauth/access_token' || url === '/token') return this.#token(request);
    if (request.headers.authorization !== 'Bearer the-access-token') return { status: 401, body: {} };
    const { id, name, emails } = this.account;
    const primary = emails.find((each) => each.primary);
    if (url === '/api/v3/user') return { body: { id, login: 'login', name } };
    if (url === '/api/v3/user/emails') return { body: emails };
    if (url === '/v1/userinfo')
      return { body: { sub: `g${id}`, name, email: primary?.email, email_verified: primary?.verified } };
    return { status: 404, body: {} };
  }

  async #token(request: IncomingMessage): Promise<{ status?: number; body: unknown }> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const form = new URLSearchParams(text);
    const basic = `Basic ${Buffer.from('the-client:the-secret').toString('base64')}`;
    const known = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const good =
      request.headers.authorization === basic &&
      known?.challenge === challenge &&
      known.redirectUri === form.get('redirect_uri');
    return good
      ? { body: { access_token: 'the-access-token', token_type: 'bearer' } }
      : { status: 400, body: { error: 'invalid_grant' } };
  }
}

const fake = new FakeProviders();
let proxy: Awaited<ReturnType<typeof startProxy>>;
let owner: Person;
beforeAll(async () => {
  const url = await fake.start();
  const settings = (name: string) => ({
    [`PORTHOLE_${name}_CLIENT_ID`]: 'the-client',
    [`PORTHOLE_${name}_CLIENT_SECRET`]: 'the-secret',
    [`PORTHOLE_${name}_URL`]: url,
  });
  proxy = await startProxy({ env: { ...settings('GITHUB'), ...settings('GOOGLE') } });
  owner = await signUpOwner(proxy);
  fake.account = ANA;
  await link(owner.client, 'github', OWNER.password);
});
afterAll(async () => {
  await proxy.dispose();
  fake.stop();
});

/** The owner's, which is the same every time. */
const ANA = { id: 7, name: 'Ana', emails: [{ email: 'ana@example.com', primary: true, verified: true }] };
const emails = (email: string, verified = true) => [{ email, primary: true, verified }];
let lastId = 100;
beforeEach(() => {
  lastId += 1;
  fake.account = { id: lastId, name: 'Somebody', emails: [] };
});

/** The whole way; answers where the browser ends up. */
async function signIn(client: Client, provider: 'github' | 'google', next = '/'): Promise<string> {
  const start = await client.raw('GET', `/api/oauth/${provider}/start?next=${encodeURIComponent(next)}`);
  expect(start.status).toBe(302);
  const back = await client.raw('GET', fake.agree(start.headers.get('location')!));
  expect(back.status).toBe(302);
  return back.headers.get('location')!;
}

/** From the settings; answers where the browser ends up. `by`: whose browser comes back from there. */
async function link(client: Client, provider: 'github' | 'google', password: string | null, by = client) {
  const body = { password, next: '/settings/profile' };
  const { url } = await client.call('linkAccount', { params: { provider }, body });
  if (by !== client) by.cookie = [by.cookie, /porthole_oauth=[^;]*/.exec(client.cookie)?.[0]].join('; ');
  return (await by.raw('GET', fake.agree(url))).headers.get('location');
}

/** Somebody new without a password, by an invite and an account there. */
async function newcomer(email: string, role: 'member' | 'admin' = 'member'): Promise<Client> {
  const params = { org: owner.org };
  const { path } = await owner.client.call('createInvite', { params, body: { role, days: 1 } });
  fake.account.emails = emails(email);
  const client = new Client(proxy.url);
  const start = await client.raw('POST', '/api/oauth/github/start', {
    body: JSON.stringify({ invite: path.split('#')[1]!, next: '/' }),
    headers: { 'content-type': 'application/json' },
  });
  const { url } = (await start.json()) as { url: string };
  expect((await client.raw('GET', fake.agree(url))).headers.get('location')).toBe('/');
  return client;
}

describe('sign-in elsewhere', () => {
  it('is offered when it is configured', async () => {
    expect((await owner.client.call('getServer', {})).oauth).toEqual(['github', 'google']);
    const plain = await startProxy();
    expect((await new Client(plain.url).call('getServer', {})).oauth).toEqual([]);
    for (const path of ['/api/oauth/github/start', '/api/oauth/github'])
      expect((await new Client(plain.url).raw('GET', path)).status).toBe(404);
    await plain.dispose();
  });

  it('[SE1] knows a person without a password by a verified address, and then by the account', async () => {
    const { user } = await (await newcomer('linked@example.com')).call('getMe', {});
    fake.account.emails = emails('Linked@Example.com');
    const client = new Client(proxy.url);
    expect(await signIn(client, 'google', '/settings/devices')).toBe('/settings/devices');
    expect((await client.call('getMe', {})).user.id).toBe(user.id);
    // The address there has changed; the account is the same.
    fake.account.emails = emails('elsewhere@example.com');
    const later = new Client(proxy.url);
    expect(await signIn(later, 'google')).toBe('/');
    expect((await later.call('getMe', {})).user.id).toBe(user.id);
  });

  it.each(['github', 'google'] as const)(
    '[SE1] by %s opens no account whose address was only typed in: two people would share it',
    async (provider) => {
      const squatter = await addMember(owner, `Victim${provider}`);
      fake.account.emails = emails(`victim${provider}@example.com`);
      const victim = new Client(proxy.url);
      expect(await signIn(victim, provider)).toBe('/sign-in?error=email_taken');
      expect(victim.cookie).toBe('');
      expect((await squatter.client.call('listAccounts', {})).accounts).toEqual([]);
    },
  );

  it.each(['github', 'google'] as const)(
    '[SE1] by %s lets nobody in by an address that is not verified, or not known',
    async (provider) => {
      const client = new Client(proxy.url);
      fake.account.emails = emails('ana@example.com', false);
      expect(await signIn(client, provider)).toBe('/sign-in?error=not_found');
      fake.account.emails = emails('stranger@example.com');
      expect(await signIn(client, provider)).toBe('/sign-in?error=not_found');
      expect(client.cookie).toBe('');
      const { db } = proxy.server;
      expect(
        await db.q.selectFrom('users').selectAll().where('email', '=', 'stranger@example.com').execute(),
      ).toEqual([]);
    },
  );

  it('[SE1] takes no address for another that only looks alike in lower case', async () => {
    await addMember(owner, 'Kim');
    for (const provider of ['github', 'google'] as const) {
      fake.account.emails = emails('\u212Aim@example.com');
      expect('\u212Aim@example.com'.toLowerCase()).toBe('kim@example.com');
      expect(await signIn(new Client(proxy.url), provider)).toBe('/sign-in?error=not_found');
      // As little as one with a tag, which the provider may deliver to the same person and we do not know.
      fake.account.emails = emails('kim+tag@example.com');
      expect(await signIn(new Client(proxy.url), provider)).toBe('/sign-in?error=not_found');
    }
  });

  it.each(['github', 'google'] as const)(
    '[SE1] by %s lets nobody in by an address that has passed on to another account',
    async (provider) => {
      await newcomer(`passed${provider}@example.com`);
      expect(await signIn(new Client(proxy.url), provider)).toBe('/');
      fake.account = { ...fake.account, id: fake.account.id + 1_000 };
      const heir = new Client(proxy.url);
      expect(await signIn(heir, provider)).toBe('/sign-in?error=conflict');
      expect(heir.cookie).toBe('');
    },
  );

  it('[SE1] gives the rights of an invite to no account whose address was only typed in', async () => {
    const squatter = await addMember(owner, 'Boss');
    const { path } = await owner.client.call('createInvite', {
      params: { org: owner.org },
      body: { role: 'admin', days: 1 },
    });
    fake.account.emails = emails('boss@example.com');
    const client = new Client(proxy.url);
    const start = await client.raw('POST', '/api/oauth/github/start', {
      body: JSON.stringify({ invite: path.split('#')[1]!, next: '/' }),
      headers: { 'content-type': 'application/json' },
    });
    const { url } = (await start.json()) as { url: string };
    const back = await client.raw('GET', fake.agree(url));
    expect(back.headers.get('location')).toBe('/sign-in?error=email_taken');
    const { organisations } = await squatter.client.call('getMe', {});
    expect(organisations.map(({ role }) => role)).toEqual(['member']);
  });

  it('takes in a newcomer with an invite, once, without the secret in any address', async () => {
    const { path } = await owner.client.call('createInvite', {
      params: { org: owner.org },
      body: { role: 'admin', days: 1 },
    });
    const invite = path.split('#')[1]!;
    const come = async (email: string) => {
      lastId += 1;
      fake.account = { id: lastId, name: 'New Comer', emails: emails(email) };
      const client = new Client(proxy.url);
      const start = await client.raw('POST', '/api/oauth/github/start', {
        body: JSON.stringify({ invite, next: '/' }),
        headers: { 'content-type': 'application/json' },
      });
      const { url } = (await start.json()) as { url: string };
      expect(url).not.toContain(invite);
      expect(client.cookie).not.toContain(invite);
      return { client, at: (await client.raw('GET', fake.agree(url))).headers.get('location') };
    };
    const { client, at } = await come('newcomer@example.com');
    expect(at).toBe('/');
    const me = await client.call('getMe', {});
    expect([me.user.name, me.user.hasPassword, me.organisations.map(({ role }) => role)]).toEqual([
      'New Comer',
      false,
      ['admin'],
    ]);
    expect((await come('second@example.com')).at).toBe('/sign-in?error=invite_used');
    const left = await proxy.server.db.q
      .selectFrom('users')
      .select('id')
      .where('email', '=', 'second@example.com')
      .execute();
    expect(left).toEqual([]);
    // Without a password nobody signs in with one.
    const body = { email: 'newcomer@example.com', password: '' };
    expect(await new Client(proxy.url).refusal('signIn', { body })).toBe('wrong_credentials');
  });

  it.each(['github', 'google'] as const)(
    '[SE1] by %s is linked by who is signed in and says the password, and signs in then',
    async (provider) => {
      const { client, userId } = await addMember(owner, `Both${provider}`);
      // Whatever its address is there.
      fake.account.emails = emails(`elsewhere-${provider}@example.com`);
      const body = { password: 'a wrong password', next: '/' };
      expect(await client.refusal('linkAccount', { params: { provider }, body })).toBe('wrong_credentials');
      expect(await link(client, provider, 'a long enough password')).toBe('/settings/profile');
      const { accounts } = await client.call('listAccounts', {});
      expect(accounts).toEqual([{ provider, linkedAt: expect.any(Number) }]);
      const later = new Client(proxy.url);
      expect(await signIn(later, provider)).toBe('/');
      expect((await later.call('getMe', {})).user.id).toBe(userId);

      // It is one person's, and a person has one there.
      const other = await addMember(owner, `Other${provider}`);
      const refused = '/settings/profile?error=conflict';
      expect(await link(other.client, provider, 'a long enough password')).toBe(refused);
      fake.account = { ...fake.account, id: fake.account.id + 2_000 };
      expect(await link(client, provider, 'a long enough password')).toBe(refused);
      fake.account = { ...fake.account, id: fake.account.id - 2_000 };

      await client.call('unlinkAccount', { params: { provider } });
      expect(await client.refusal('unlinkAccount', { params: { provider } })).toBe('not_found');
      expect(await signIn(new Client(proxy.url), provider)).toBe('/sign-in?error=not_found');
    },
  );

  it('[SE1] links nothing in a browser where somebody else, or nobody, is signed in by then', async () => {
    const { client } = await addMember(owner, 'Lena');
    const thief = await addMember(owner, 'Theo');
    const refused = '/settings/profile?error=unauthenticated';
    for (const by of [thief.client, new Client(proxy.url)])
      expect(await link(client, 'github', 'a long enough password', by)).toBe(refused);
    for (const each of [client, thief.client])
      expect((await each.call('listAccounts', {})).accounts).toEqual([]);
  });

  it('[SE1] leaves nobody without a way in', async () => {
    const client = await newcomer('only@example.com');
    const params = { provider: 'github' as const };
    expect(await client.refusal('unlinkAccount', { params })).toBe('conflict');
    expect((await client.call('listAccounts', {})).accounts).toHaveLength(1);
    await client.call('updateMe', { body: { password: { current: null, new: 'a long enough password' } } });
    await client.call('unlinkAccount', { params });
    expect((await client.call('listAccounts', {})).accounts).toEqual([]);
  });

  it('[SE2] ends where it was begun: not in another browser, not twice, not for another provider', async () => {
    fake.account = ANA;
    const begin = async () => {
      const client = new Client(proxy.url);
      const start = await client.raw('GET', '/api/oauth/github/start');
      return { client, back: fake.agree(start.headers.get('location')!) };
    };
    const location = async (client: Client, path: string) =>
      (await client.raw('GET', path)).headers.get('location');
    const { back } = await begin();
    expect(await location(new Client(proxy.url), back)).toBe('/sign-in?error=bad_request');
    const { client: other } = await begin();
    expect(await location(other, back)).toBe('/sign-in?error=bad_request');
    const mixed = await begin();
    expect(await location(mixed.client, mixed.back.replace('github', 'google'))).toBe(
      '/sign-in?error=bad_request',
    );
    const twice = await begin();
    expect(await location(twice.client, twice.back)).toBe('/');
    expect(await location(twice.client, twice.back)).toBe('/sign-in?error=bad_request');
    const denied = await begin();
    expect(await location(denied.client, denied.back.replace(/code=[^&]*/, 'error=access_denied'))).toBe(
      '/sign-in?error=bad_request',
    );
  });

  it('never sends a browser to another site afterwards', async () => {
    fake.account = ANA;
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/ /evil',
      '/\t/evil',
    ])
      expect(await signIn(new Client(proxy.url), 'github', next)).toBe('/');
    expect(await signIn(new Client(proxy.url), 'github', '/w/1?tab=2#x')).toBe('/w/1?tab=2#x');
  });

  it('[SE2] is begun with an invite from our own pages alone', async () => {
    const evil = new Client(proxy.url);
    evil.origin = 'https://evil.example';
    const answer = await evil.raw('POST', '/api/oauth/github/start', {
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(403);
  });
});
