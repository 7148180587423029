/** `/metrics`: who may look, and that what it says is what happened. With a FAKE bridge behind the proxy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeBridgeLinks } from './fake-bridge.ts';
import { type Person, signUpOwner, startProxy } from './harness.ts';
import { newSession, SessionTab, send } from './session-tab.ts';
import { workspaceOf } from './terminal-tab.ts';

const TOKEN = 'a-token-for-prometheus-0815';

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Prometheus' text format 0.0.4; throws over a line that is none. */
function parse(text: string): { samples: Sample[]; types: Map<string, string> } {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const type = /^# TYPE ([a-z_:][\w:]*) (counter|gauge|histogram|summary)$/i.exec(line);
    if (type) types.set(type[1]!, type[2]!);
    if (line.startsWith('#')) {
      expect(line).toMatch(/^# (TYPE|HELP) /);
      continue;
    }
    const found = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i.exec(line);
    if (!found) throw new Error(`not a line of the format: ${line}`);
    const labels = Object.fromEntries(
      [...(found[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    const value = Number(found[3]!.replace('+Inf', 'Infinity'));
    if (Number.isNaN(value) && found[3] !== 'Nan') throw new Error(`no number: ${line}`);
    samples.push({ name: found[1]!, labels, value });
  }
  return { samples, types };
}

const ask = (url: string, token?: string) =>
  fetch(`${url}/metrics`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

describe('/metrics', () => {
  const links = new FakeBridgeLinks();
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let ana: Person;
  let workspace: string;
  beforeAll(async () => {
    proxy = await startProxy({ links, env: { PORTHOLE_METRICS_TOKEN: TOKEN } });
    ana = await signUpOwner(proxy);
    workspace = await workspaceOf(ana);
  });
  afterAll(() => proxy.dispose());
  links.agent = async ({ session, prompt, text }, bridge) => {
    if (!bridge.ready.has(session))
      bridge.emit(session, { type: 'agent_ready', name: 'Fake', version: null, resumed: false });
    bridge.emit(session, { type: 'turn_started', turn: prompt });
    bridge.emit(session, { type: 'text', turn: prompt, item: prompt, kind: 'message', text });
    if (text === 'wait') return;
    bridge.emit(session, { type: 'turn_ended', turn: prompt, outcome: 'done', fault: null });
  };

  const read = async () => {
    const answer = await ask(proxy.url, TOKEN);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const { samples, types } = parse(await answer.text());
    const value = (name: string, labels: Record<string, string> = {}) =>
      samples.find(
        (each) => each.name === name && Object.entries(labels).every(([key, is]) => each.labels[key] === is),
      )?.value;
    return { samples, types, value };
  };

  it('[SE1] answers who brings the token and nobody else, not even the owner', async () => {
    expect((await ask(proxy.url)).status).toBe(401);
    const wrong = await ask(proxy.url, `${TOKEN}x`);
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await wrong.text()).not.toContain('porthole_');
    expect((await ana.client.raw('GET', '/metrics')).status).toBe(401);
  });

  it('[SE7] who tries tokens is held up', async () => {
    const strict = await startProxy({
      env: { PORTHOLE_METRICS_TOKEN: TOKEN },
      limits: { anonymous: { points: 2, seconds: 60 } },
    });
    const answers = [];
    for (let i = 0; i < 4; i += 1) answers.push((await ask(strict.url, 'a-wrong-token-of-length')).status);
    expect(answers).toEqual([401, 401, 429, 429]);
    expect((await ask(strict.url, TOKEN)).status, 'who has it is not').toBe(200);
    await strict.dispose();
  });

  it('is not there without a token in the settings', async () => {
    const plain = await startProxy();
    expect((await ask(plain.url)).status).toBe(404);
    expect((await ask(plain.url, '')).status).toBe(404);
    await plain.dispose();
  });

  it('[AG8] counts a turn: the wait by part, warm or not, what the log wrote; and says what is now', async () => {
    const before = await read();
    expect(before.value('porthole_agent_warm_total', { result: 'hit' })).toBe(0);
    const { id, prompt } = await newSession(ana, workspace, 'hello');
    const tab = await SessionTab.open(ana.client, id);
    await tab.event('turn_ended', ({ turn }) => turn === prompt);
    const warm = await send(ana, id, 'wait');
    await tab.event('turn_started', ({ turn }) => turn === warm);
    await send(ana, id, 'comes after');
    await tab.event('prompt_queued', ({ text }) => text === 'comes after');
    const { value, types, samples } = await read();
    for (const part of ['total', 'machine', 'agent', 'model']) {
      const name = 'porthole_agent_first_output_seconds';
      expect(value(`${name}_count`, { part })).toBe(2);
      expect(value(`${name}_bucket`, { part, le: '+Inf' })).toBe(2);
      const buckets = samples.filter((each) => each.name === `${name}_bucket` && each.labels.part === part);
      expect(buckets.map((each) => each.value)).toEqual(
        buckets.map((each) => each.value).sort((a, b) => a - b),
      );
    }
    expect(types.get('porthole_agent_first_output_seconds')).toBe('histogram');
    expect(value('porthole_agent_warm_total', { result: 'miss' })).toBe(1);
    expect(value('porthole_agent_warm_total', { result: 'hit' })).toBe(1);
    expect(value('porthole_agent_turns_running')).toBe(1);
    expect(value('porthole_agent_prompts_queued')).toBe(1);
    expect(value('porthole_session_viewers')).toBe(1);
    expect(value('porthole_sockets', { route: '/ws/sessions/:session' })).toBe(1);
    const commits = value('porthole_session_log_commit_seconds_count')!;
    expect(commits).toBeGreaterThan(before.value('porthole_session_log_commit_seconds_count') ?? 0);
    expect(value('porthole_session_log_batch_events_sum')!).toBeGreaterThanOrEqual(tab.events.length - 1);
    expect(value('porthole_info', { version: '0.0.0-test' })).toBe(1);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(0);

    await ana.client.call('stopTurn', { params: { session: id } });
    links.at(workspace).emit(id, { type: 'turn_ended', turn: warm, outcome: 'stopped', fault: null });
    await tab.event('turn_ended', ({ turn }) => turn === warm);
    tab.close();
    await expect.poll(async () => (await read()).value('porthole_session_viewers')).toBe(0);
    expect((await read()).value('porthole_sockets', { route: '/ws/sessions/:session' })).toBeUndefined();
  });

  it('[SE3] says nothing about who: no label has an id or a name of anybody', async () => {
    const answer = await (await ask(proxy.url, TOKEN)).text();
    expect(answer).not.toMatch(/\b(org|usr|ses|wsp)_|Acme|Ana/);
  });

  it('counts terminals whose program runs, and the SSH connections for them', async () => {
    const { id } = await ana.client.call('createTerminal', { params: { workspace }, body: {} });
    await expect.poll(async () => (await read()).value('porthole_ssh_connections')).toBeGreaterThan(0);
    expect((await read()).value('porthole_terminals_live')).toBe(1);
    await ana.client.call('closeTerminal', { params: { terminal: id } });
    await expect.poll(async () => (await read()).value('porthole_terminals_live')).toBe(0);
  });
});
