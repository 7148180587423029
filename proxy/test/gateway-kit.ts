/** The model gateway in front of a FAKE of both services, with a session that may use it: for tests of what goes through. */
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { plainSession, plainWorkspace } from './agents-link-kit.ts';
import { type FakeModels, json, message, startFakeModels } from './fake-models.ts';
import { type Person, signUpOwner, startProxy } from './harness.ts';

export const KEY = 'sk-ant-the-real-key-0123456789';
export const OPENAI_KEY = 'sk-openai-the-real-key-0123456789';

export let fake: FakeModels;
export let proxy: Awaited<ReturnType<typeof startProxy>>;
export let owner: Person;
export let workspace: string;
/** Another one for each test. */
export let session: { id: string; token: string };

/** Call once in a test file. */
export function useGateway(): void {
  beforeAll(async () => {
    fake = await startFakeModels();
    proxy = await startProxy({
      env: {
        PORTHOLE_ANTHROPIC_URL: `${fake.url}/anthropic/`,
        PORTHOLE_OPENAI_URL: fake.url,
        PORTHOLE_MONTHLY_TOKENS: '1000000',
      },
    });
    owner = await signUpOwner(proxy);
    workspace = await plainWorkspace(proxy, owner);
    const set = (name: string, value: string) =>
      owner.client.call('setSecret', { params: { org: owner.org, name }, body: { value } });
    await set('ANTHROPIC_API_KEY', KEY);
    await set('OPENAI_API_KEY', OPENAI_KEY);
  });
  afterAll(async () => {
    await proxy.dispose();
    await fake.stop();
  });
  beforeEach(async () => {
    session = await plainSession(proxy, owner, workspace);
    fake.asked.length = 0;
    fake.answer = (_, response) => json(response, 200, message());
  });
  afterEach(() => proxy.server.db.q.deleteFrom('model_usage').execute());
}

export const ask = (path = '/ai/anthropic/v1/messages', init: RequestInit = {}) =>
  fetch(proxy.url + path, {
    method: 'POST',
    body: '{"model":"m","messages":[]}',
    ...init,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${session.token}`,
      ...(init.headers as Record<string, string>),
    },
  });

/** The sums, once what has ended is counted. */
export async function usage(person = owner) {
  for (;;) {
    const { rows } = await person.client.call('getUsage', { params: { org: person.org } });
    if (rows.length > 0) return rows;
  }
}

export const stream =
  (parts: string[], after: (response: ServerResponse) => void = (response) => response.end()) =>
  (_: unknown, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) response.write(part);
    after(response);
  };
