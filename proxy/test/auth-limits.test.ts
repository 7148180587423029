/** How often one may try to sign in, and ask at all. */
import { describe, expect, it } from 'vitest';
import { Client, OWNER, signUpOwner, startProxy } from './harness.ts';

describe('the limits of signing in', () => {
  it('[SE1] hold per account and address, say when to come back, and leave others alone', async () => {
    const proxy = await startProxy({ limits: { signInPair: { points: 3, seconds: 600 } } });
    await signUpOwner(proxy);
    const client = new Client(proxy.url);
    const wrong = { body: { email: OWNER.email, password: 'wrong wrong wrong' } };
    for (let i = 0; i < 3; i += 1) expect(await client.refusal('signIn', wrong)).toBe('wrong_credentials');
    const error = await client.call('signIn', wrong).catch((e) => e);
    expect(error.code).toBe('rate_limited');
    expect(error.body.retryAfter).toBeGreaterThan(0);
    expect(Number(error.headers.get('retry-after'))).toBe(error.body.retryAfter);
    // Even with the right password: otherwise guessing would go on.
    const right = { email: OWNER.email, password: OWNER.password };
    expect(await client.refusal('signIn', { body: right })).toBe('rate_limited');
    expect(await client.refusal('signIn', { body: { ...right, email: 'b@example.com' } })).toBe(
      'wrong_credentials',
    );
    await proxy.dispose();
  });

  it('[SE1] let no one address use up what an account has from everywhere', async () => {
    const proxy = await startProxy({
      env: { PORTHOLE_TRUSTED_PROXIES: '127.0.0.1' },
      limits: { signInPair: { points: 3, seconds: 600 }, signInAccount: { points: 5, seconds: 600 } },
    });
    await signUpOwner(proxy);
    const from = async (address: string, password: string) => {
      const answer = await new Client(proxy.url).raw('POST', '/api/sign-in', {
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ email: OWNER.email, password }),
      });
      return answer.status;
    };
    // One device has a whole /64 of addresses.
    const guesses: number[] = [];
    for (let i = 0; i < 8; i += 1) guesses.push(await from(`2001:db8::${i + 1}`, 'wrong wrong wrong'));
    expect(guesses).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
    expect(await from('203.0.113.9', OWNER.password)).toBe(200);
    await proxy.dispose();
  });

  it('[SE1] hold per address whatever the account', async () => {
    const proxy = await startProxy({ limits: { signInAddress: { points: 4, seconds: 600 } } });
    await signUpOwner(proxy);
    const codes: string[] = [];
    for (let i = 0; i < 5; i += 1)
      codes.push(
        await new Client(proxy.url).refusal('signIn', {
          body: { email: `p${i}@example.com`, password: 'wrong wrong wrong' },
        }),
      );
    // Setting up was the first.
    expect(codes).toEqual([...Array(3).fill('wrong_credentials'), 'rate_limited', 'rate_limited']);
    await proxy.dispose();
  });

  it('[SE7] hold for requests in general, by person and by address', async () => {
    const proxy = await startProxy({
      limits: { known: { points: 3, seconds: 60 }, anonymous: { points: 4, seconds: 60 } },
    });
    const owner = await signUpOwner(proxy);
    for (let i = 0; i < 3; i += 1) await owner.client.call('getMe', {});
    expect(await owner.client.refusal('getMe', {})).toBe('rate_limited');
    const visitor = new Client(proxy.url);
    for (let i = 0; i < 3; i += 1) await visitor.call('getServer', {});
    expect(await visitor.refusal('getServer', {})).toBe('rate_limited');
    await proxy.dispose();
  });
});
