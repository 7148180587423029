/** Sessions with the real bridge and its scripted agent, on a workspace of the local provider, through the whole proxy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { addMember, type Person, signUpOwner, startProxy } from './harness.ts';
import { newSession, SessionTab, send } from './session-tab.ts';
import { workspaceOf } from './terminal-tab.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
let ana: Person;
let ben: Person;
let workspace: string;

beforeAll(async () => {
  proxy = await startProxy();
  ana = await signUpOwner(proxy);
  ben = await addMember(ana, 'Ben');
  workspace = await workspaceOf(ana);
});
afterAll(() => proxy.dispose());

const ended = (tab: SessionTab, prompt: string) => tab.event('turn_ended', ({ turn }) => turn === prompt);

describe('a session on a real bridge', () => {
  it('[AG6] runs a turn with real effects: a command, an edit, text, files changed', async () => {
    const { id, prompt } = await newSession(
      ana,
      workspace,
      'run echo re""ally\nedit note.md hello\nsay Done with it',
    );
    const tab = await SessionTab.open(ben.client, id);
    expect(await ended(tab, prompt)).toMatchObject({ outcome: 'done', fault: null });
    const tools = tab.events.flatMap((event) => (event.type === 'tool' ? [JSON.stringify(event)] : []));
    expect(tools.join()).toContain('really');
    expect(tab.events.findLast((event) => event.type === 'text')).toMatchObject({ text: 'Done with it' });
    expect(tab.head.files.map(({ path }) => path)).toContain('note.md');
    const { files } = await ana.client.call('findFiles', { params: { workspace } });
    expect(files).toContain('note.md');
    const answer = await ana.client.raw('GET', `/api/workspaces/${workspace}/diff?path=note.md`);
    expect(await answer.json()).toMatchObject({
      files: [{ path: 'note.md', status: 'untracked' }],
      diff: expect.stringContaining('+hello'),
      cut: false,
    });
    tab.close();
  }, 60_000);

  it('[AG7] asks people, and goes on with the answer; [AG3] text grows before it is whole', async () => {
    const { id, prompt } = await newSession(
      ana,
      workspace,
      'ask the question\nsay one two three four five six',
    );
    const tab = await SessionTab.open(ana.client, id);
    const asked = await tab.event('permission_asked');
    await ben.client.call('answerPermission', {
      params: { session: id, request: asked.request },
      body: { option: asked.options.find(({ kind }) => kind === 'allow_once')!.id },
    });
    await ended(tab, prompt);
    expect(tab.messages.some(({ type }) => type === 'delta')).toBe(true);
    tab.close();
  }, 60_000);

  it('[AG6] says to who waits what is done to reach the machine: a first prompt puts the bridge there', async () => {
    const { id } = await newSession(ana, await workspaceOf(ana));
    const tab = await SessionTab.open(ben.client, id);
    await ended(tab, await send(ana, id, 'say hello'));
    const said = tab.messages.flatMap((m) =>
      m.type === 'link' ? [m.note] : m.type === 'events' ? m.events.map(({ type }) => type) : [],
    );
    expect(said).toContain('Looking for the bridge');
    expect(said.indexOf(null), 'nothing is said any more once it works').toBeLessThan(
      said.indexOf('turn_started'),
    );
    expect(said.slice(said.indexOf(null)).every((each) => each !== 'Looking for the bridge')).toBe(true);
    tab.close();
  }, 60_000);

  it('stops a turn, and fails one that the agent fails, each with its reason', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'wait 60000');
    const tab = await SessionTab.open(ana.client, id);
    await tab.event('turn_started');
    await ben.client.call('stopTurn', { params: { session: id } });
    expect(await ended(tab, prompt)).toMatchObject({ outcome: 'stopped' });
    const second = await send(ana, id, 'fail as told');
    expect((await ended(tab, second)).outcome).toBe('failed');
    const third = await send(ana, id, 'exit 3');
    expect(await ended(tab, third)).toMatchObject({ outcome: 'failed', fault: { code: 'agent_exited' } });
    const fourth = await send(ana, id, 'say back again', { retryOf: third });
    expect(await ended(tab, fourth)).toMatchObject({ outcome: 'done' });
    tab.close();
  }, 60_000);

  it('[AG1] two sessions of one workspace work side by side, each in its own log; files go along with a prompt', async () => {
    const made = [await newSession(ana, workspace), await newSession(ben, workspace)];
    const tabs = [
      await SessionTab.open(ana.client, made[0]!.id),
      await SessionTab.open(ana.client, made[1]!.id),
    ];
    const attachment = newId('attachment');
    const body = { id: attachment, name: 'note.txt', mediaType: 'text/plain', data: btoa('a file') };
    const session = made[0]!.id;
    expect(await ana.client.call('addAttachment', { params: { session }, body })).toMatchObject({ size: 6 });
    const [one, two] = [
      await send(ana, session, 'say first\nwait 100\nsay done', { attachments: [attachment] }),
      await send(ben, made[1]!.id, 'say second\nrun true\nsay done'),
    ];
    expect((await ended(tabs[0]!, one)).outcome).toBe('done');
    expect((await ended(tabs[1]!, two)).outcome).toBe('done');
    const words = (tab: SessionTab) =>
      tab.events.flatMap((e) => (e.type === 'text' ? [e.text] : [])).join(' ');
    expect(words(tabs[0]!)).toContain('first');
    expect(words(tabs[0]!)).not.toContain('second');
    const { data } = await ben.client.call('getAttachment', { params: { session, attachment } });
    expect(atob(data)).toBe('a file');
    const elsewhere = {
      params: { session: made[1]!.id },
      body: { id: newId('prompt'), text: 'x', attachments: [attachment] },
    };
    expect(await ana.client.refusal('sendPrompt', elsewhere)).toBe('unprocessable');
    expect(await ana.client.refusal('getAttachment', { params: { session: made[1]!.id, attachment } })).toBe(
      'not_found',
    );
    for (const tab of tabs) tab.close();
  }, 60_000);

  it('[AG4] the agent remembers what was said before its session was archived and taken out again', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'say hello');
    const tab = await SessionTab.open(ana.client, id);
    await ended(tab, prompt);
    const archive = (archived: boolean) =>
      ana.client.call('updateSession', { params: { session: id }, body: { archived } });
    expect((await archive(true)).archivedAt).not.toBeNull();
    const late = { params: { session: id }, body: { id: newId('prompt'), text: 'say more' } };
    expect(await ana.client.refusal('sendPrompt', late)).toBe('wrong_state');
    expect((await archive(false)).archivedAt).toBeNull();
    const next = await send(ana, id, 'context');
    expect(await ended(tab, next)).toMatchObject({ outcome: 'done' });
    expect(tab.events.findLast((e) => e.type === 'agent_ready')).toMatchObject({ resumed: true });
    tab.close();
  }, 60_000);
});
