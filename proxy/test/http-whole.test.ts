/** The whole way once: a person, a workspace on this machine, a terminal, a keystroke and its echo; then a restart. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { PROTOCOL_VERSION } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { addMember, type Client, SyncClient, signUpOwner, startProxy, TestSocket } from './harness.ts';
import { newTerminal, Tab, workspaceOf } from './terminal-tab.ts';

const attach = (visible = true) => ({
  ...{ type: 'attach', version: PROTOCOL_VERSION, viewer: newId('viewer'), resume: null },
  ...{ cols: 80, rows: 24, visible, device: 'laptop' },
});

const textOf = (socket: TestSocket) =>
  socket.frames
    .filter((frame) => Buffer.isBuffer(frame))
    .map(String)
    .join('');

async function until(socket: TestSocket, condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (!socket.isOpen) throw new Error(`closed: ${JSON.stringify(await socket.closed)}`);
    await socket.heard();
  }
}

async function openTerminal(client: Client, terminal: string): Promise<TestSocket> {
  const socket = await TestSocket.open(client, `/ws/terminals/${terminal}`);
  socket.send(attach());
  await until(socket, () => socket.frames.some((frame) => (frame as { type?: string }).type === 'attached'));
  return socket;
}

describe('the whole', () => {
  it('[TR3] [FD1] [FD4] carries a keystroke, tells of it, keeps the screen over a stop, and closes on who is removed', async () => {
    let proxy = await startProxy();
    const owner = await signUpOwner(proxy);
    const member = await addMember(owner, 'Mate');
    const sync = await SyncClient.open(owner.client, owner.org);
    const workspace = await owner.client.call('createWorkspace', {
      params: { org: owner.org },
      body: { provider: 'local' },
    });
    const status = () => sync.rows('workspaces').find(({ id }) => id === workspace.id)?.status;
    await sync.until(() => status() === 'running' || status() === 'error');
    expect(status()).toBe('running');
    const terminal = await member.client.call('createTerminal', {
      params: { workspace: workspace.id },
      body: {},
    });
    await sync.until(() => sync.rows('terminals').some(({ id }) => id === terminal.id));

    const mine = await openTerminal(owner.client, terminal.id);
    const theirs = await openTerminal(member.client, terminal.id);
    theirs.send(Buffer.from('echo shared-$((6*7))\r'));
    await until(mine, () => textOf(mine).includes('shared-42'));
    await until(theirs, () => textOf(theirs).includes('shared-42'));

    await owner.client.call('removeMember', { params: { org: owner.org, user: member.userId } });
    expect((await theirs.closed).code).toBe(4404);
    expect(mine.isOpen).toBe(true);

    await proxy.stop();
    expect((await mine.closed).code).toBe(1001);
    expect((await sync.socket.closed).code).toBe(1001);
    proxy = await startProxy({ dataFolder: proxy.dataFolder });
    const again = Object.assign(owner.client, { url: proxy.url, origin: proxy.url });
    const back = await openTerminal(again, terminal.id);
    await until(back, () => textOf(back).includes('shared-42'));
    back.close();
    const late = await SyncClient.open(again, owner.org);
    expect(late.rows('terminals')[0]).toMatchObject({
      id: terminal.id,
      status: 'ended',
      end: { reason: 'proxy_stopped' },
    });
    late.socket.close();
    await proxy.dispose();
  }, 60_000);

  it('has left nothing running on this machine when it has stopped, whatever was under way', async () => {
    const proxy = await startProxy();
    const owner = await signUpOwner(proxy);
    const params = { workspace: await workspaceOf(owner) };
    const { id } = await newTerminal(owner, params.workspace);
    const tab = await Tab.open(owner.client, id, 'a');
    tab.type('echo st""arted; sleep 31420\r');
    await tab.shows('started');
    const asked = owner.client.call('execInWorkspace', { params, body: { command: 'sleep 31421' } });
    asked.catch(() => {});
    for (let n = 0; n < 4; n += 1)
      await owner.client.call('createWorkspace', { params: { org: owner.org }, body: { provider: 'local' } });
    await proxy.stop();
    await asked.catch(() => {});
    expect(runningIn(proxy.dataFolder)).toEqual([]);
    await proxy.dispose();
  }, 60_000);
});

/** Command lines that name the folder, and of programs whose own folder is in it. */
function runningIn(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ? [line] : [];
    } catch {
      return [];
    }
  });
}
