/** Pull requests by GitHub's API: a FAKE of it on the loopback, which says so, and a FAKE bridge behind the proxy. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeBridgeLinks } from './fake-bridge.ts';
import { type Person, signUpOwner, startProxy } from './harness.ts';
import { newSession, SessionTab, send } from './session-tab.ts';
import { workspaceOf } from './terminal-tab.ts';

const TOKEN = 'ghp_fake_and_only_for_the_fake';

interface Asked {
  path: string;
  authorization: string | undefined;
}
const asked: Asked[] = [];
/** By branch. */
let pulls: Record<string, object[]> = {};
let answer: ((response: ServerResponse) => void) | null = null;
const github = createServer((request: IncomingMessage, response: ServerResponse) => {
  response.setHeader('x-fake', 'not GitHub');
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
  asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
  if (answer) return answer(response);
  response.statusCode = pathname === '/api/v3/repos/acme/shop/pulls' ? 200 : 404;
  response.end(JSON.stringify(pulls[searchParams.get('head') ?? ''] ?? []));
});

const links = new FakeBridgeLinks();
links.agent = ({ session, prompt, text }, bridge) => {
  bridge.emit(session, { type: 'turn_started', turn: prompt });
  const pushed = /push (\S+)/.exec(text)?.[1];
  const artifact = { key: `branch ${pushed}`, kind: 'branch' as const, title: `${pushed}`, url: null };
  if (pushed) bridge.emit(session, { type: 'artifact', artifact });
  bridge.emit(session, { type: 'turn_ended', turn: prompt, outcome: 'done', fault: null });
};
let web: string;
let proxy: Awaited<ReturnType<typeof startProxy>>;
let ana: Person;
let workspace: string;

beforeAll(async () => {
  github.listen(0, '127.0.0.1');
  await once(github, 'listening');
  web = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
  proxy = await startProxy({ links, env: { PORTHOLE_GITHUB_URL: web } });
  ana = await signUpOwner(proxy);
  workspace = await workspaceOf(ana);
  const credential = await ana.client.call('createCredential', {
    params: { org: ana.org },
    body: { kind: 'https_token', name: 'GitHub', host: new URL(web).host, token: TOKEN },
  });
  const repository = await ana.client.call('createRepository', {
    params: { org: ana.org },
    body: { url: `${web}/acme/shop.git`, credentialId: credential.id },
  });
  await proxy.server.db.q
    .updateTable('workspaces')
    .set({ repository_id: repository.id, branch: 'feat/refunds' })
    .where('id', '=', workspace)
    .execute();
});
afterAll(async () => {
  await proxy.dispose();
  github.closeAllConnections();
  github.close();
});
beforeEach(() => {
  asked.length = 0;
  pulls = {};
  answer = null;
});

const pull = (number: number, more: object = {}) => ({
  ...{ html_url: `${web}/acme/shop/pull/${number}`, number, title: 'Refunds', state: 'open' },
  ...more,
});
const ended = (tab: SessionTab, prompt: string) => tab.event('turn_ended', ({ turn }) => turn === prompt);
const titles = (tab: SessionTab) =>
  tab.events.flatMap((event) =>
    event.type === 'artifact' && event.artifact.kind === 'pull_request' ? [event.artifact.title] : [],
  );

describe('pull requests by GitHub’s API', () => {
  it('are found after a turn, of the workspace’s branch and of those that were pushed, with what became of them', async () => {
    pulls['acme:feat/refunds'] = [pull(7)];
    pulls['acme:fix/rounding'] = [pull(9, { draft: true }), pull(8, { state: 'closed' })];
    const { id, prompt } = await newSession(ana, workspace, 'push fix/rounding');
    const tab = await SessionTab.open(ana.client, id);
    await ended(tab, prompt);
    await tab.until(() => titles(tab).length === 3);
    expect(titles(tab).toSorted()).toEqual([
      'acme/shop #7 Refunds',
      'acme/shop #8 Refunds (closed)',
      'acme/shop #9 Refunds (draft)',
    ]);
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));

    // What is as it was is not said again; what was merged is, in the place of what it was.
    pulls['acme:feat/refunds'] = [pull(7, { state: 'closed', merged_at: '2026-11-21T09:00:00Z' })];
    await ended(tab, await send(ana, id, 'go on'));
    await tab.until(() => titles(tab).length === 4);
    expect(titles(tab).at(-1)).toBe('acme/shop #7 Refunds (merged)');
    const { head } = await ana.client.call('getSession', { params: { session: id } });
    expect(head.artifacts.filter(({ kind }) => kind === 'pull_request')).toHaveLength(3);
    tab.close();
  });

  it('hold up nobody and fail nothing: not an answer that is none, nor a host that does not want to be asked', async () => {
    const { id } = await newSession(ana, workspace);
    const tab = await SessionTab.open(ana.client, id);
    const turn = async (text: string) => {
      const before = asked.length;
      await ended(tab, await send(ana, id, text));
      await expect.poll(() => asked.length).toBeGreaterThan(before);
    };
    answer = (response) => response.end('<html>');
    await turn('one');
    answer = (response) => response.destroy();
    await turn('two');
    answer = (response) => {
      response.statusCode = 403;
      response.end('{"message":"API rate limit exceeded"}');
    };
    await turn('three');
    // From then on it is left alone: the next turns end, and it is not asked.
    const before = asked.length;
    pulls['acme:feat/refunds'] = [pull(7)];
    answer = null;
    await ended(tab, await send(ana, id, 'four'));
    await ended(tab, await send(ana, id, 'five'));
    await tab.settled();
    expect(asked).toHaveLength(before);
    expect(titles(tab)).toEqual([]);
    tab.close();
  });
});
