/** Files that go with a prompt, up to the bound and beyond it, over the real bridge. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTACHMENT_BYTES, PROMPT_CHARS, PROMPT_FILE_BYTES } from '@porthole/shared/agent-limits';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { plainSession, plainWorkspace, runningWorkspace } from './agents-link-kit.ts';
import { FakeClock } from './fake-clock.ts';
import { type Person, signUpOwner, startProxy } from './harness.ts';
import { newSession, SessionTab } from './session-tab.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
let owner: Person;
let workspace: string;
beforeAll(async () => {
  proxy = await startProxy();
  owner = await signUpOwner(proxy);
  workspace = await runningWorkspace(owner, { provider: 'local' });
});
afterAll(() => proxy.dispose());

const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function upload(session: string, bytes: Buffer): Promise<string> {
  const id = newId('attachment');
  const body = { id, name: 'a.bin', mediaType: 'application/octet-stream', data: bytes.toString('base64') };
  await owner.client.call('addAttachment', { params: { session }, body });
  return id;
}

/** What the bridge has put on the machine for a session's agent. */
function onMachine(session: string): Map<string, string> {
  const home = process.env.HOME ?? '';
  const folder = join(home, '.porthole', 'bridges', workspace, 'attachments', session);
  return new Map(readdirSync(folder).map((id) => [id, sum(readFileSync(join(folder, id, 'a.bin')))]));
}

describe('files of a prompt', () => {
  it('[SE7] as many as are taken reach the machine whole, beside the longest text', async () => {
    const { id: session } = await newSession(owner, workspace);
    const parts = [randomBytes(ATTACHMENT_BYTES), randomBytes(PROMPT_FILE_BYTES - ATTACHMENT_BYTES)];
    const attachments: string[] = [];
    for (const part of parts) attachments.push(await upload(session, part));
    // Three bytes each on the wire; the help is the answer to what is no list of steps.
    const body = { id: newId('prompt'), text: '字'.repeat(PROMPT_CHARS), attachments };
    const tab = await SessionTab.open(owner.client, session);
    await owner.client.call('sendPrompt', { params: { session }, body });
    expect(await tab.event('turn_ended')).toMatchObject({ outcome: 'done' });
    tab.close();
    expect(onMachine(session)).toEqual(new Map(attachments.map((id, at) => [id, sum(parts[at]!)])));
  }, 60_000);

  it('[SE7] more than can be delivered are refused when the prompt is sent, and nothing is queued', async () => {
    const { id: session } = await newSession(owner, workspace);
    const attachments = [await upload(session, randomBytes(ATTACHMENT_BYTES))];
    attachments.push(await upload(session, randomBytes(PROMPT_FILE_BYTES - ATTACHMENT_BYTES + 1)));
    const body = { id: newId('prompt'), text: 'say no', attachments };
    const sent = owner.client.call('sendPrompt', { params: { session }, body });
    await expect(sent).rejects.toMatchObject({
      code: 'too_large',
      body: { message: 'The files of one prompt have at most 17 MiB together.' },
    });
    const { head } = await owner.client.call('getSession', { params: { session } });
    expect(head.queue).toEqual([]);
    const large = {
      id: newId('attachment'),
      ...{ name: 'b', mediaType: 'text/plain', data: Buffer.alloc(ATTACHMENT_BYTES + 1).toString('base64') },
    };
    expect(await owner.client.refusal('addAttachment', { params: { session }, body: large })).toBe(
      'too_large',
    );
  }, 60_000);

  it('[SE7] that no prompt comes for are removed after a week', async () => {
    const clock = new FakeClock();
    const other = await startProxy({ clock });
    const person = await signUpOwner(other);
    const { id: session } = await plainSession(other, person, await plainWorkspace(other, person));
    const put = async () => {
      const body = { id: newId('attachment'), name: 'a', mediaType: 'text/plain', data: 'YQ==' };
      return (await person.client.call('addAttachment', { params: { session }, body })).id;
    };
    const [used, unused] = [await put(), await put()];
    const body = { id: newId('prompt'), text: 'say hi', attachments: [used] };
    await person.client.call('sendPrompt', { params: { session }, body });
    const isThere = async (attachment: string) => {
      const path = `/api/sessions/${session}/attachments/${attachment}`;
      return (await person.client.raw('GET', path)).status === 200;
    };
    clock.advance(6 * 24 * 60 * 60_000);
    expect([await isThere(used), await isThere(unused)]).toEqual([true, true]);
    clock.advance(25 * 60 * 60_000);
    while (await isThere(unused));
    expect(await isThere(used)).toBe(true);
    await other.dispose();
  }, 60_000);
});
