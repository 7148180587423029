/** Sessions from a browser's side, with a FAKE bridge behind the proxy: what people do, and what everybody then sees. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { FakeBridgeLinks } from './fake-bridge.ts';
import {
  addMember,
  addStranger,
  Client,
  type Person,
  SyncClient,
  signUpOwner,
  startProxy,
} from './harness.ts';
import { newSession, SessionTab, send } from './session-tab.ts';
import { workspaceOf } from './terminal-tab.ts';

const links = new FakeBridgeLinks();
let proxy: Awaited<ReturnType<typeof startProxy>>;
let ana: Person;
let ben: Person;
let workspace: string;

/** Says what it is told, and asks before anything that is called dangerous. */
links.agent = async ({ session, prompt, text }, bridge) => {
  if (!bridge.ready.has(session))
    bridge.emit(session, { type: 'agent_ready', name: 'Fake', version: null, resumed: false });
  bridge.emit(session, { type: 'turn_started', turn: prompt });
  if (text.includes('wait')) return;
  if (text.includes('ask')) {
    const request = `r-${prompt}`;
    const option = bridge.answer(request);
    bridge.emit(session, {
      ...{ type: 'permission_asked', turn: prompt, request, call: 'c', title: 'rm', kind: 'execute' },
      options: [
        { id: 'y', name: 'Yes', kind: 'allow_once' },
        { id: 'a', name: 'Always', kind: 'allow_always' },
        { id: 'n', name: 'No', kind: 'reject_once' },
      ],
    });
    bridge.emit(session, { type: 'text', turn: prompt, item: prompt, kind: 'message', text: await option });
  } else bridge.emit(session, { type: 'text', turn: prompt, item: prompt, kind: 'message', text });
  const fault = { code: 'agent_exited' as const, message: 'It ended.', details: null };
  const failed = text.includes('fail');
  bridge.emit(session, {
    ...{
      type: 'turn_ended',
      turn: prompt,
      outcome: failed ? 'failed' : 'done',
      fault: failed ? fault : null,
    },
  });
};

beforeAll(async () => {
  proxy = await startProxy({ links });
  ana = await signUpOwner(proxy);
  ben = await addMember(ana, 'Ben');
  workspace = await workspaceOf(ana);
});
afterAll(() => proxy.dispose());

const ended = (tab: SessionTab, prompt: string) => tab.event('turn_ended', ({ turn }) => turn === prompt);

describe('a session', () => {
  it('[AG1] two people see the same log, and it is what the API has', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'hello there');
    const tabs = [await SessionTab.open(ana.client, id), await SessionTab.open(ben.client, id)];
    const second = await send(ben, id, 'and again');
    for (const tab of tabs) {
      await ended(tab, prompt);
      await ended(tab, second);
    }
    expect(tabs[0]!.events).toEqual(tabs[1]!.events);
    const page = await ana.client.call('listEvents', { params: { session: id } });
    expect(page.events).toEqual(tabs[0]!.events);
    const { head, session } = await ben.client.call('getSession', { params: { session: id } });
    expect(head).toEqual(tabs[1]!.head);
    expect(session.title).toBe('hello there');
    for (const tab of tabs) tab.close();
  });

  it('[AG4] a prompt that is sent twice, also at once, is queued once; so is a session that is made twice', async () => {
    const id = newId('session');
    const prompt = { id: newId('prompt'), text: 'once' };
    const make = () =>
      ana.client.call('createSession', { params: { workspace }, body: { id, agent: 'scripted', prompt } });
    await Promise.all([make(), make()]);
    const sent = () => ana.client.call('sendPrompt', { params: { session: id }, body: prompt });
    const [a, b] = await Promise.all([sent(), sent()]);
    expect(a).toEqual(b);
    const tab = await SessionTab.open(ana.client, id);
    await ended(tab, prompt.id);
    await sent();
    await tab.settled();
    expect(tab.events.filter(({ type }) => type === 'prompt_queued')).toHaveLength(1);
    expect(tab.events.filter(({ type }) => type === 'turn_started')).toHaveLength(1);
    tab.close();
  });

  it('[AG5] prompts wait in order, are edited, moved and cancelled; one that runs is not', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'wait');
    const tab = await SessionTab.open(ana.client, id);
    await tab.event('turn_started');
    const [one, two, three] = [
      await send(ana, id, 'one'),
      await send(ben, id, 'two'),
      await send(ana, id, 'three'),
    ];
    const at = (prompt: string) => ({ session: id, prompt });
    await ben.client.call('changePrompt', { params: at(three), body: { before: one } });
    await ben.client.call('changePrompt', { params: at(one), body: { text: 'one, better' } });
    await ana.client.call('cancelPrompt', { params: at(two) });
    expect(await ana.client.refusal('cancelPrompt', { params: at(prompt) })).toBe('wrong_state');
    expect(await ana.client.refusal('changePrompt', { params: at(two), body: { text: 'x' } })).toBe(
      'wrong_state',
    );
    // It never came, and who has sent it does not know.
    expect(await ana.client.refusal('cancelPrompt', { params: at(newId('prompt')) })).toBe('not_found');
    const { head } = await ana.client.call('getSession', { params: { session: id } });
    expect(head.queue.map(({ text, by }) => [text, by])).toEqual([
      ['three', ana.userId],
      ['one, better', ana.userId],
    ]);
    await ben.client.call('stopTurn', { params: { session: id } });
    await links.at(workspace).heard('stop', (stop) => stop.prompt === prompt);
    links.at(workspace).emit(id, { type: 'turn_ended', turn: prompt, outcome: 'stopped', fault: null });
    await ended(tab, one);
    const begun = tab.events.flatMap((event) => (event.type === 'turn_started' ? [event.turn] : []));
    expect(begun).toEqual([prompt, three, one]);
    expect((await tab.event('stop_asked')).by).toBe(ben.userId);
    expect(await ana.client.refusal('stopTurn', { params: { session: id } })).toBe('wrong_state');
    const authors = links
      .at(workspace)
      .received.flatMap((m) => (m.type === 'prompt' && m.session === id ? [m.author.name] : []));
    expect(authors).toEqual(['Ana Owner', 'Ana Owner', 'Ana Owner']);
    tab.close();
  });

  it('[AG7] of two answers at once the first counts and the second is a conflict; "always" answers the like', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'ask');
    const tab = await SessionTab.open(ben.client, id);
    const { request } = await tab.event('permission_asked');
    const answer = (person: Person, option: string) =>
      person.client.call('answerPermission', { params: { session: id, request }, body: { option } }).then(
        () => option,
        (error) => error.code,
      );
    const outcomes = await Promise.all([answer(ana, 'a'), answer(ben, 'y')]);
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(1);
    const { option, by } = await tab.event('permission_answered');
    expect([option, by]).toEqual(outcomes[0] === 'a' ? ['a', ana.userId] : ['y', ben.userId]);
    await ended(tab, prompt);
    expect(tab.events.find((event) => event.type === 'text')).toMatchObject({ text: option });

    const second = await send(ana, id, 'ask');
    await tab.event('permission_asked', ({ turn }) => turn === second);
    if (option !== 'a')
      await ana.client.call('answerPermission', {
        params: { session: id, request: `r-${second}` },
        body: { option: 'a' },
      });
    await ended(tab, second);
    const third = await send(ana, id, 'ask');
    await ended(tab, third);
    const last = tab.events.findLast((event) => event.type === 'permission_answered');
    expect(last).toMatchObject({ request: `r-${third}`, option: 'a', by: null, remembered: false });
    expect(
      await ana.client.refusal('answerPermission', {
        params: { session: id, request: 'x' },
        body: { option: 'a' },
      }),
    ).toBe('not_found');
    tab.close();
  });

  it('[AG7] what is remembered is seen with who gave it, and removed by anybody: then it is asked again', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'ask');
    const tab = await SessionTab.open(ben.client, id);
    const { request } = await tab.event('permission_asked');
    await ana.client.call('answerPermission', { params: { session: id, request }, body: { option: 'a' } });
    await ended(tab, prompt);
    const { head } = await ben.client.call('getSession', { params: { session: id } });
    expect(head.rules).toMatchObject([
      {
        id: request,
        by: ana.userId,
        option: { name: 'Always', kind: 'allow_always' },
        about: { title: 'rm' },
      },
    ]);
    const params = { session: id, rule: request };
    const stranger = await addStranger(ana, 'Mallory');
    expect(await stranger.client.refusal('removeRule', { params })).toBe('not_found');
    await ben.client.call('removeRule', { params });
    expect(await tab.event('rule_removed')).toMatchObject({ rule: request, by: ben.userId });
    expect(await ben.client.refusal('removeRule', { params })).toBe('not_found');
    const second = await send(ana, id, 'ask');
    await tab.event('permission_asked', ({ turn }) => turn === second);
    await tab.settled();
    expect(tab.head.permissions).toMatchObject([{ turn: second }]);
    await ben.client.call('stopTurn', { params: { session: id } });
    tab.close();
  });

  it('[AG3] a device that joins in mid-token has the text so far and goes on from there', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'wait');
    const first = await SessionTab.open(ana.client, id);
    await first.event('turn_started');
    const bridge = links.at(workspace);
    const text = 'The quick brown fox jumps over the lazy dog';
    const say = (from: number, to: number) =>
      bridge.delta({ session: id, turn: prompt, item: 'i', at: from, text: text.slice(from, to) });
    say(0, 9);
    await first.until(() => first.texts.get('i') === text.slice(0, 9));
    const second = await SessionTab.open(ben.client, id);
    say(9, 20);
    for (const tab of [first, second]) await tab.until(() => tab.texts.get('i') === text.slice(0, 20));
    bridge.emit(id, { type: 'text', turn: prompt, item: 'i', kind: 'message', text });
    bridge.emit(id, { type: 'turn_ended', turn: prompt, outcome: 'done', fault: null });
    for (const tab of [first, second]) {
      await ended(tab, prompt);
      expect(tab.texts.size).toBe(0);
      tab.close();
    }
    const third = await SessionTab.open(ben.client, id);
    expect(third.texts.size).toBe(0);
    third.close();
  });

  it('waits after a failure until somebody retries or sends, and a retry comes first', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'wait');
    const tab = await SessionTab.open(ana.client, id);
    await tab.event('turn_started');
    const next = await send(ana, id, 'next');
    const fault = { code: 'agent_exited' as const, message: 'It ended.', details: null };
    links.at(workspace).emit(id, { type: 'turn_ended', turn: prompt, outcome: 'failed', fault });
    await ended(tab, prompt);
    await tab.settled();
    const { session } = await ana.client.call('getSession', { params: { session: id } });
    expect(session.status).toBe('failed');
    const retry = await send(ben, id, 'again', { retryOf: prompt });
    await ended(tab, next);
    const begun = tab.events.flatMap((event) => (event.type === 'turn_started' ? [event.turn] : []));
    expect(begun).toEqual([prompt, retry, next]);
    tab.close();
  });

  it('[AG5] goes on without the one that failed when anybody says so', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'wait');
    const tab = await SessionTab.open(ana.client, id);
    await tab.event('turn_started');
    const next = await send(ana, id, 'next');
    const fault = { code: 'agent_exited' as const, message: 'It ended.', details: null };
    links.at(workspace).emit(id, { type: 'turn_ended', turn: prompt, outcome: 'failed', fault });
    await ended(tab, prompt);
    const resume = () => ben.client.call('resumeQueue', { params: { session: id } });
    await resume();
    await ended(tab, next);
    await resume();
    await tab.settled();
    expect(tab.events.filter(({ type }) => type === 'queue_resumed')).toMatchObject([{ by: ben.userId }]);
    tab.close();
  });

  it('ends a prompt with the fault when the machine has no Node, and takes it again', async () => {
    const other = await workspaceOf(ana);
    links.fault = { code: 'node_missing', message: 'Node is missing there.', details: null };
    const { id, prompt } = await newSession(ana, other, 'hello');
    const tab = await SessionTab.open(ana.client, id);
    expect(await ended(tab, prompt)).toMatchObject({ outcome: 'failed', fault: links.fault });
    links.fault = null;
    const retry = await send(ana, id, 'hello', { retryOf: prompt });
    expect(await ended(tab, retry)).toMatchObject({ outcome: 'done' });
    tab.close();
  });

  it('[AG4] nothing is lost or repeated when the connection breaks in mid-turn, and all is acknowledged', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'wait');
    const tab = await SessionTab.open(ana.client, id);
    await tab.event('turn_started');
    const bridge = links.at(workspace);
    const texts = Array.from({ length: 50 }, (_, i) => `text ${i}`);
    for (const [i, text] of texts.entries()) {
      if (i % 10 === 5) links.cut(workspace);
      bridge.emit(id, { type: 'text', turn: prompt, item: text, kind: 'message', text });
      if (i % 10 === 8) links.mend(workspace);
      if (i % 10 === 9) await tab.until(() => tab.events.some((e) => e.type === 'text' && e.text === text));
    }
    bridge.emit(id, { type: 'turn_ended', turn: prompt, outcome: 'done', fault: null });
    await ended(tab, prompt);
    expect(tab.events.flatMap((event) => (event.type === 'text' ? [event.text] : []))).toEqual(texts);
    await bridge.heard('ack', ({ stored }) => stored === bridge.last);
    tab.close();
  });

  it('says so when the machine is another one, and goes on', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'wait');
    const tab = await SessionTab.open(ana.client, id);
    await tab.event('turn_started');
    links.cut(workspace);
    links.at(workspace).replace();
    links.mend(workspace);
    expect(await ended(tab, prompt)).toMatchObject({
      outcome: 'failed',
      fault: { code: 'machine_unreachable' },
    });
    await tab.event('machine_replaced');
    const next = await send(ana, id, 'go on');
    expect(await ended(tab, next)).toMatchObject({ outcome: 'done' });
    tab.close();
  });

  it('[AG8] typing starts the machine and the agent once, however many type; the prompt then finds it ready', async () => {
    const other = await workspaceOf(ana);
    const before = links.connects;
    const { id } = await newSession(ana, other);
    const tabs = [await SessionTab.open(ana.client, id), await SessionTab.open(ben.client, id)];
    for (const tab of tabs) for (let i = 0; i < 5; i += 1) tab.socket.send({ type: 'typing' });
    await ana.client.call('warmSession', { params: { session: id } });
    await links.at(other).heard('open');
    links.at(other).emit(id, { type: 'agent_ready', name: 'Fake', version: null, resumed: false });
    await tabs[0]!.event('agent_ready');
    const warm = async () => (await ana.client.call('getAgentMetrics', { params: { org: ana.org } })).warm;
    const had = await warm();
    const prompt = await send(ana, id, 'hello');
    await ended(tabs[0]!, prompt);
    expect(await warm()).toBe(had + 1);
    expect(links.connects).toBe(before + 1);
    expect(links.at(other).received.filter(({ type }) => type === 'open').length).toBeLessThanOrEqual(2);
    expect(await ben.client.refusal('getAgentMetrics', { params: { org: ana.org } })).toBe('forbidden');
    for (const tab of tabs) tab.close();
  });

  it('[SE3] is not there for a stranger', async () => {
    const { id } = await newSession(ana, workspace);
    const eve = await addStranger(ana, 'Eve');
    expect(await eve.client.refusal('getSession', { params: { session: id } })).toBe('not_found');
    expect(await eve.client.refusal('listEvents', { params: { session: id } })).toBe('not_found');
    expect(await eve.client.refusal('listSessions', { params: { workspace } })).toBe('not_found');
    const tab = SessionTab.open(eve.client, id);
    await expect(tab).rejects.toThrow('4404');
  });

  it('[SE3] an API token for reading sees it and does nothing to it; its keys warm nothing', async () => {
    const other = await workspaceOf(ana);
    const { id } = await newSession(ana, other);
    const { secret } = await ana.client.call('createToken', {
      body: { name: 'reader', organisationId: ana.org, scope: 'read', days: 1 },
    });
    const reader = new Client(proxy.url);
    reader.token = secret;
    reader.origin = null;
    expect((await reader.call('getSession', { params: { session: id } })).session.id).toBe(id);
    const body = { id: newId('prompt'), text: 'x' };
    expect(await reader.refusal('sendPrompt', { params: { session: id }, body })).toBe('forbidden');
    expect(await reader.refusal('warmSession', { params: { session: id } })).toBe('forbidden');
    const before = links.connects;
    const tab = await SessionTab.open(reader, id);
    tab.socket.send({ type: 'typing' });
    await tab.settled();
    // What would be warmed by now is, in a session of somebody who may.
    const own = await newSession(ana, workspace);
    const owned = await SessionTab.open(ana.client, own.id);
    owned.socket.send({ type: 'typing' });
    await links.at(workspace).heard('open', ({ session }) => session === own.id);
    expect(links.connects).toBe(before);
    for (const each of [tab, owned]) each.close();
  });

  it('[FD1] its row follows on the feed: working, waiting, idle; and goes with its workspace', async () => {
    const other = await workspaceOf(ana);
    const sync = await SyncClient.open(ana.client, ana.org);
    const { id, prompt } = await newSession(ana, other, 'ask');
    const row = () => sync.rows('sessions').find((each) => each.id === id);
    await sync.until(() => row()?.status === 'waiting');
    await ana.client.call('answerPermission', {
      ...{ params: { session: id, request: `r-${prompt}` }, body: { option: 'y' } },
    });
    await sync.until(() => row()?.status === 'idle' && row()?.title === 'ask');
    const { session } = await ana.client.call('getSession', { params: { session: id } });
    expect(row()).toEqual(session);
    const tab = await SessionTab.open(ana.client, id);
    await ana.client.call('deleteWorkspace', { params: { workspace: other } });
    await sync.until(() => row() === undefined);
    expect(await tab.socket.closed).toEqual({ code: 4404, reason: 'not_found' });
    expect(await ana.client.refusal('getSession', { params: { session: id } })).toBe('not_found');
    sync.socket.close();
  });

  it('ends its turn with the reason when the workspace is stopped', async () => {
    const other = await workspaceOf(ana);
    const { id, prompt } = await newSession(ana, other, 'wait');
    const tab = await SessionTab.open(ana.client, id);
    await tab.event('turn_started');
    const waiting = await send(ana, id, 'later');
    await ana.client.call('stopWorkspace', { params: { workspace: other } });
    expect(await ended(tab, prompt)).toMatchObject({
      ...{ outcome: 'stopped', fault: { message: 'The workspace was stopped.' } },
    });
    const { head } = await ana.client.call('getSession', { params: { session: id } });
    expect(head.queue.map(({ prompt }) => prompt)).toEqual([waiting]);
    tab.close();
  });
});
