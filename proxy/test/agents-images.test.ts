/** Pictures that agents make, with a FAKE bridge behind the proxy: kept, listed, and served so that nothing runs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeBridgeLinks } from './fake-bridge.ts';
import { addMember, addStranger, type Person, signUpOwner, startProxy } from './harness.ts';
import { HTML, PNG, png, SVG } from './pictures.ts';
import { newSession, SessionTab } from './session-tab.ts';
import { workspaceOf } from './terminal-tab.ts';

const links = new FakeBridgeLinks();
let proxy: Awaited<ReturnType<typeof startProxy>>;
let ana: Person;
let workspace: string;
beforeAll(async () => {
  proxy = await startProxy({ links });
  ana = await signUpOwner(proxy);
  workspace = await workspaceOf(ana);
});
afterAll(() => proxy.dispose());

const report = (session: string, name: string, bytes: Buffer) =>
  links.at(workspace).emit(session, { type: 'image', name, data: bytes.toString('base64') });
const artifactsOf = async (session: string) =>
  (await ana.client.call('getSession', { params: { session } })).head.artifacts;
/** After everything that was reported before. */
async function settled(tab: SessionTab): Promise<void> {
  const item = `mark-${tab.events.length}`;
  links
    .at(workspace)
    .emit(tab.id, { type: 'text', turn: tab.head.turn!.prompt, item, kind: 'message', text: 'x' });
  await tab.event('text', (event) => event.item === item);
}
async function begun(): Promise<SessionTab> {
  const { id, prompt } = await newSession(ana, workspace, 'draw');
  const tab = await SessionTab.open(ana.client, id);
  await links.at(workspace).heard('prompt', (message) => message.prompt === prompt);
  links.at(workspace).emit(id, { type: 'turn_started', turn: prompt });
  await tab.event('turn_started');
  return tab;
}
const get = (person: Person, session: string, image: string) =>
  person.client.raw('GET', `/api/sessions/${session}/images/${image}`);

describe('a picture that an agent has made', () => {
  it('is an artifact with its size, once for the same bytes, and not in the log itself', async () => {
    const tab = await begun();
    report(tab.id, 'shots/login.png', png(1440, 900));
    report(tab.id, 'again.png', png(1440, 900));
    report(tab.id, 'other.png', PNG);
    await settled(tab);
    const artifacts = await artifactsOf(tab.id);
    expect(artifacts).toMatchObject([
      { kind: 'screenshot', title: 'again.png', url: null, image: { width: 1440, height: 900 } },
      { kind: 'screenshot', title: 'other.png', image: { mediaType: 'image/png', size: PNG.length } },
    ]);
    expect(artifacts).toEqual(tab.head.artifacts);
    expect(JSON.stringify(tab.events)).not.toContain(PNG.toString('base64').slice(0, 40));
    expect(tab.events.map(({ type }) => type)).not.toContain('unknown');
    tab.close();
  });

  it('[SE5] is served as what its bytes are, and nothing in it can run', async () => {
    const tab = await begun();
    report(tab.id, 'page.html', PNG);
    await settled(tab);
    const { id } = tab.head.artifacts[0]!.image!;
    const answer = await get(ana, tab.id, id);
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(PNG)).toBe(true);
    const header = (name: string) => answer.headers.get(name);
    expect(header('content-type')).toBe('image/png');
    expect(header('x-content-type-options')).toBe('nosniff');
    expect(header('content-security-policy')).toMatch(/^default-src 'none';.* sandbox$/);
    expect(header('cross-origin-resource-policy')).toBe('same-origin');
    // FD4: signing out leaves none of it in the browser.
    expect(header('cache-control')).toBe('no-store');
    const page = await fetch(`${proxy.url}/api/health`);
    expect(page.headers.get('content-security-policy'), 'the app’s own is as it was').toContain(
      "script-src 'self'",
    );
    tab.close();
  });

  it('[SE5] [SE7] what is no picture, or too large, is left out, and the rest of the log goes on', async () => {
    const tab = await begun();
    for (const [name, bytes] of [
      ['drawing.svg', SVG],
      ['page.png', HTML],
      ['empty.png', Buffer.alloc(0)],
      ['bomb.png', png(60_000, 60_000)],
      ['large.png', Buffer.concat([PNG, Buffer.alloc(4 * 1024 * 1024)])],
    ] as const)
      report(tab.id, name, bytes);
    report(tab.id, '  ', png(2, 2));
    await settled(tab);
    expect(tab.head.artifacts.map(({ title, image }) => [title, image?.width])).toEqual([['Picture', 2]]);
    tab.close();
  });

  it('[SE3] is open to every member, and to nobody else', async () => {
    const tab = await begun();
    report(tab.id, 'a.png', png(3, 3));
    await settled(tab);
    const { id } = tab.head.artifacts[0]!.image!;
    const ben = await addMember(ana, 'Ben');
    const eve = await addStranger(ana, 'Eve');
    expect((await get(ben, tab.id, id)).status).toBe(200);
    expect((await get(eve, tab.id, id)).status).toBe(404);
    expect((await fetch(`${proxy.url}/api/sessions/${tab.id}/images/${id}`)).status).toBe(401);
    const { id: elsewhere } = await newSession(ana, workspace);
    expect((await get(ana, elsewhere, id)).status).toBe(404);
    expect((await get(ana, tab.id, `art_${'0'.repeat(20)}`)).status).toBe(404);
    tab.close();
  });

  it('[SE7] only the newest hundred of a session are kept; the oldest say that they are gone', async () => {
    const tab = await begun();
    for (let i = 0; i < 103; i += 1) report(tab.id, `${i}.png`, png(5, 5, `${i}`));
    // Shown again, it is new again.
    report(tab.id, 'once more.png', png(5, 5, '3'));
    await settled(tab);
    const { artifacts } = tab.head;
    expect(artifacts).toHaveLength(103);
    const statuses = await Promise.all(
      artifacts.map(async ({ title, image }) => [title, (await get(ana, tab.id, image!.id)).status]),
    );
    expect(statuses.filter(([, status]) => status === 404).map(([title]) => title)).toEqual([
      '0.png',
      '1.png',
      '2.png',
    ]);
    tab.close();
  });
});
