import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { plainSession, plainWorkspace } from './agents-link-kit.ts';
import { json, message } from './fake-models.ts';
import { ask, fake, KEY, OPENAI_KEY, owner, proxy, session, useGateway, workspace } from './gateway-kit.ts';
import { addMember, addStranger } from './harness.ts';

useGateway();

describe('the model gateway', () => {
  it('[SE4] puts the real key in, and passes on nothing that says who is asking', async () => {
    const headers = {
      'x-api-key': 'mine',
      cookie: 'a=b',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'x',
      'x-forwarded-for': '10.0.0.1',
      'openai-organization': 'theirs',
    };
    const answer = await ask('/ai/anthropic/v1/messages?beta=true', { headers });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(message());
    const [asked] = fake.asked;
    expect(asked).toMatchObject({ method: 'POST', path: '/anthropic/v1/messages?beta=true' });
    expect(asked?.body).toBe('{"model":"m","messages":[]}');
    expect(asked?.headers).toMatchObject({
      'x-api-key': KEY,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'x',
    });
    for (const name of ['authorization', 'cookie', 'x-forwarded-for', 'openai-organization'])
      expect([name, asked?.headers[name]]).toEqual([name, undefined]);
    expect(JSON.stringify(asked)).not.toContain(session.token);

    await (await ask('/ai/openai/v1/responses')).text();
    expect(fake.asked[1]?.headers.authorization).toBe(`Bearer ${OPENAI_KEY}`);
    expect(fake.asked[1]?.path).toBe('/v1/responses');
  });

  it('takes the token from either header, as clients of both services send it', async () => {
    const init = { headers: { authorization: '', 'x-api-key': session.token } };
    expect((await ask('/ai/anthropic/v1/messages', init)).status).toBe(200);
  });

  it('[SE3] lets in only the token of a session that is alive', async () => {
    const archived = await plainSession(proxy, owner, workspace, { archived_at: 5 });
    const leaving = await plainWorkspace(proxy, owner, { status: 'deleting' });
    const ending = await plainSession(proxy, owner, leaving);
    const other = await plainSession(proxy, owner, workspace);
    const mixed = `pgw_${session.id}_${other.token.slice(-43)}`;
    for (const token of ['', 'x', KEY, archived.token, ending.token, mixed, `${session.token}x`]) {
      const answer = await ask(undefined, { headers: { authorization: `Bearer ${token}` } });
      expect([token, answer.status]).toEqual([token, 401]);
      expect(await answer.json()).toMatchObject({
        type: 'error',
        error: { type: 'authentication_error', code: 'unauthenticated' },
      });
    }
    // A person's cookie is no token.
    const byCookie = await ask(undefined, { headers: { ...owner.client.headers(), authorization: '' } });
    expect(byCookie.status).toBe(401);
    expect(fake.asked).toEqual([]);
  });

  it('passes on listed paths and methods alone', async () => {
    for (const [method, path, status] of [
      ['GET', '/ai/anthropic/v1/models', 200],
      ['GET', '/ai/openai/v1/models/fake-model-1', 200],
      ['POST', '/ai/anthropic/v1/messages/count_tokens', 200],
      ['GET', '/ai/anthropic/v1/messages', 405],
      ['DELETE', '/ai/openai/v1/models/fake-model-1', 405],
      ['POST', '/ai/anthropic/v1/organizations', 404],
      ['GET', '/ai/anthropic/v1/files', 404],
      ['POST', '/ai/openai/v1/messages', 404],
      ['GET', '/ai/openai/v1/models/../files', 404],
      ['GET', '/ai/openai/v1/models/..%2ffiles', 404],
      ['POST', '/ai/openai//v1/responses', 404],
      ['POST', `/ai/openai/v1/responses?${'x'.repeat(3_000)}`, 404],
    ] as const) {
      const answer = await ask(path, { method, ...(method === 'POST' ? {} : { body: null }) });
      expect([method, path, answer.status]).toEqual([method, path, status]);
      if (status !== 200) expect((await answer.json()).error.code).toMatch(/not_found|method_not_allowed/);
    }
    expect(fake.asked.length).toBe(3);
  });

  it('[SE7] refuses a body that is too large, by its length and by its bytes', async () => {
    const large = new Uint8Array(33 * 1024 * 1024);
    const told = await ask(undefined, { body: large });
    expect(told.status).toBe(413);
    expect((await told.json()).error.type).toBe('request_too_large');
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 40) controller.close();
        else controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    const streamed = await ask(undefined, { body, duplex: 'half' } as RequestInit).catch(() => null);
    if (streamed) expect(streamed.status).toBe(413);
    expect((await ask()).status).toBe(200);
  });

  it('passes a refusal of the service on as it is: 429 with its Retry-After', async () => {
    const body = { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } };
    fake.answer = (_, response) =>
      json(response, 429, body, {
        'retry-after': '7',
        'anthropic-organization-id': 'secret',
        'set-cookie': 'a=b',
      });
    const answer = await ask();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
    expect(answer.headers.get('anthropic-organization-id')).toBeNull();
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await answer.json()).toEqual(body);
  });

  it('[SE4] says that a key was refused without repeating it, and follows no redirect with it', async () => {
    const refuse = { error: { message: `Incorrect API key provided: ${OPENAI_KEY}` } };
    fake.answer = (_, response) => json(response, 401, refuse);
    const answer = await ask('/ai/openai/v1/responses');
    expect(answer.status).toBe(401);
    const text = await answer.text();
    expect(text).toContain('OPENAI_API_KEY');
    expect(text).not.toContain(OPENAI_KEY);
    fake.answer = (asked, response) =>
      json(response, 400, { error: { message: JSON.stringify(asked.headers) } });
    const echoed = await (await ask()).text();
    expect(echoed).toContain('[hidden]');
    expect(echoed).not.toContain(KEY);
    fake.answer = (_, response) => json(response, 307, {}, { location: `${fake.url}/elsewhere` });
    expect((await ask()).status).toBe(502);
    expect(fake.asked.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  it('asks for a key that is missing by its name', async () => {
    const stranger = await addStranger(owner, 'Sam');
    const place = await plainWorkspace(proxy, stranger);
    const { token } = await plainSession(proxy, stranger, place);
    const answer = await ask('/ai/openai/v1/responses', { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    const { error } = await answer.json();
    expect(error).toMatchObject({ code: 'key_missing' });
    expect(error.message).toContain('OPENAI_API_KEY');
  });

  it('[SE7] ends a month’s tokens with 429 in the service’s format, and shows them to every member', async () => {
    const add = (day: string, tokens: number) =>
      proxy.server.db.q
        .insertInto('model_usage')
        .values({
          ...{ organisation_id: owner.org, day, user_id: owner.userId, session_id: session.id },
          ...{ upstream: 'anthropic', model: 'm', requests: 1, input_tokens: tokens, output_tokens: 1 },
        })
        .execute();
    await add('2026-01-31', 2_000_000);
    expect((await ask()).status).toBe(200);
    await add(new Date().toISOString().slice(0, 10), 999_999);
    const answer = await ask();
    expect(answer.status).toBe(429);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(await answer.json()).toMatchObject({
      error: { type: 'rate_limit_error', code: 'quota_used', message: expect.stringContaining('1,000,000') },
    });
    const openai = await ask('/ai/openai/v1/responses');
    expect((await openai.json()).error).toMatchObject({ type: 'insufficient_quota', code: 'quota_used' });
    // What uses none goes on.
    expect((await ask('/ai/anthropic/v1/models', { method: 'GET', body: null })).status).toBe(200);
    const member = await addMember(owner, 'Mia');
    const shown = await member.client.call('getUsage', { params: { org: owner.org } });
    expect(shown.limit).toBe(1_000_000);
    const stranger = await addStranger(owner, 'Sue');
    expect(await stranger.client.refusal('getUsage', { params: { org: owner.org } })).toBe('not_found');
  });

  it('names a service that cannot be reached', async () => {
    fake.answer = (_, response) => response.destroy();
    const answer = await ask();
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ error: { type: 'api_error', code: 'upstream_failed' } });
  });

  it('[SE7] lets a session ask so many things at a time', async () => {
    const open: ServerResponse[] = [];
    let all = () => {};
    const full = new Promise<void>((resolve) => {
      all = resolve;
    });
    fake.answer = (_, response) => {
      open.push(response);
      if (open.length === 32) all();
    };
    const asking = Array.from({ length: 32 }, () => ask());
    await full;
    const refused = await ask();
    expect([refused.status, (await refused.json()).error.code]).toEqual([429, 'too_many']);
    for (const response of open) json(response, 200, message());
    for (const answer of await Promise.all(asking)) await answer.text();
    fake.answer = (_, response) => json(response, 200, message());
    expect((await ask()).status).toBe(200);
  });
});
