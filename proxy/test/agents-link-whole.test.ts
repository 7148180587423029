/** The whole way: a person, a session, the real bridge, the scripted agent; and that no secret is seen on it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { runningWorkspace, tokenOf } from './agents-link-kit.ts';
import { type FakeModels, json, message, startFakeModels } from './fake-models.ts';
import { type Person, type ProxyChild, signUpOwner, startProxy, startProxyChild } from './harness.ts';

describe('a session on a real bridge', () => {
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let owner: Person;
  beforeAll(async () => {
    proxy = await startProxy();
    owner = await signUpOwner(proxy);
  });
  afterAll(() => proxy.dispose());

  async function eventsUntil(session: string, type: string) {
    for (;;) {
      const { events } = await owner.client.call('listEvents', { params: { session } });
      if (events.some((event) => event.type === type)) return events;
    }
  }

  it('[AG1] [AG6] runs a prompt to its end, and asks for a key that is missing in the session itself', async () => {
    const workspace = await runningWorkspace(owner, { provider: 'local' });
    const id = newId('session');
    const prompt = { id: newId('prompt'), text: 'say Hello\nrun echo from the machine' };
    await owner.client.call('createSession', {
      params: { workspace },
      body: { id, agent: 'scripted', title: null, prompt },
    });
    const events = await eventsUntil(id, 'turn_ended');
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)).toMatchObject({ type: 'turn_ended', outcome: 'done' });
    expect(JSON.stringify(events)).toContain('from the machine');

    const other = newId('session');
    await owner.client.call('createSession', {
      params: { workspace },
      body: { id: other, agent: 'claude', title: null, prompt: { id: newId('prompt'), text: 'Hi' } },
    });
    const failed = await eventsUntil(other, 'agent_failed');
    expect(failed.find(({ type }) => type === 'agent_failed')).toMatchObject({
      fault: { code: 'key_missing', details: 'ANTHROPIC_API_KEY' },
    });
    await owner.client.call('deleteWorkspace', { params: { workspace } });
    while ((await owner.client.raw('GET', `/api/workspaces/${workspace}`)).status !== 404);
  }, 60_000);
});

describe('what a proxy logs', () => {
  let fake: FakeModels;
  let proxy: ProxyChild;
  beforeAll(async () => {
    fake = await startFakeModels();
    const env = { PORTHOLE_ANTHROPIC_URL: fake.url, PORTHOLE_LOG_LEVEL: 'trace' };
    proxy = await startProxyChild({ env });
  });
  afterAll(async () => {
    await proxy.dispose();
    await fake.stop();
  });

  it('[SE4] has no key, no token of a session and no token of a machine in it, whatever goes wrong', async () => {
    const key = 'sk-ant-not-for-any-log-0815';
    const owner = await signUpOwner(proxy);
    const params = { org: owner.org, name: 'ANTHROPIC_API_KEY' };
    await owner.client.call('setSecret', { params, body: { value: key } });
    const workspace = await runningWorkspace(owner, { provider: 'local' });
    const { token: machine } = await owner.client.call('makeBridgeToken', { params: { workspace } });
    const id = newId('session');
    await owner.client.call('createSession', { params: { workspace }, body: { id, agent: 'claude' } });
    const token = tokenOf(proxy.dataFolder, id);
    const ask = (bearer: string) =>
      fetch(`${proxy.url}/ai/anthropic/v1/messages?beta=true`, {
        method: 'POST',
        body: '{}',
        headers: { authorization: `Bearer ${bearer}` },
      });
    expect((await ask(token)).status).toBe(200);
    expect((await ask(`${token}x`)).status).toBe(401);
    expect((await ask(machine)).status).toBe(401);
    fake.answer = (asked, response) => json(response, 400, { error: asked.headers });
    expect(await (await ask(token)).text()).not.toContain(key);
    fake.answer = (_, response) => response.destroy();
    expect((await ask(token)).status).toBe(502);
    fake.answer = (_, response) => json(response, 200, message());
    await fetch(`${proxy.url}/ws/bridge`, { headers: { authorization: `Bearer ${machine}` } });
    await owner.client.call('deleteWorkspace', { params: { workspace } });
    while ((await owner.client.raw('GET', `/api/workspaces/${workspace}`)).status !== 404);
    await proxy.stop();
    const log = proxy.output();
    expect(log).toContain('"method":"POST"');
    for (const secret of [key, token, machine, token.slice(-43), machine.slice(-43)])
      expect(log).not.toContain(secret);
  }, 60_000);
});
