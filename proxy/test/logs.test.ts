/** What the log says of a day: who did what to what, by ids; and what it never says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../src/lib/log.ts';
import { addMember, Client, OWNER, type Person, signUpOwner, startProxy } from './harness.ts';
import { newTerminal, Tab, workspaceOf } from './terminal-tab.ts';

describe('the log', () => {
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  const log = createLogger('debug', (line) => {
    lines.push(JSON.parse(line));
    for (const look of [...waiting]) look();
  });
  const find = (msg: string, fields: object) =>
    lines.find(
      (line) => line.msg === msg && Object.entries(fields).every(([key, value]) => line[key] === value),
    );
  const said = (msg: string, fields: object = {}) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!find(msg, fields)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let owner: Person;
  beforeAll(async () => {
    proxy = await startProxy({ log });
    owner = await signUpOwner(proxy);
  });
  afterAll(() => proxy.dispose());

  it('says who asked, also of what was refused, and of nobody before they are known', async () => {
    await owner.client.call('getMe', {});
    await said('request', { path: '/api/me', status: 200, user: owner.userId });
    await owner.client
      .call('getWorkspace', { params: { workspace: 'wsp_00000000000000000000' } })
      .catch(() => {});
    await said('request', {
      path: '/api/workspaces/wsp_00000000000000000000',
      status: 404,
      user: owner.userId,
    });
    await new Client(proxy.url).call('getMe', {}).catch(() => {});
    await said('request', { path: '/api/me', status: 401 });
    expect(find('request', { path: '/api/me', status: 401 })).not.toHaveProperty('user');
  });

  it('follows a workspace and a terminal from their beginning to their end', async () => {
    const workspace = await workspaceOf(owner);
    await said('a workspace changed', { workspace, from: 'provisioning', to: 'running' });
    const { id: terminal } = await newTerminal(owner, workspace);
    await said('a terminal was started', { terminal, workspace, user: owner.userId });
    const tab = await Tab.open(owner.client, terminal, 'a');
    await said('socket opened', { terminal, route: '/ws/terminals/:terminal', user: owner.userId });
    tab.type('echo se""cret words; exit 3\r');
    await said('a terminal ended', { terminal, workspace, reason: 'exited', exitCode: 3 });
    tab.socket.close();
    await owner.client.call('deleteWorkspace', { params: { workspace } });
    await said('a workspace changed', { workspace, from: 'running', to: 'deleting', why: 'delete' });
    await said('a workspace changed', { workspace, from: 'deleting', to: 'gone' });
  });

  it('says who was let in, refused, and given another role', async () => {
    const ben = await addMember(owner, 'Ben');
    await said('an invite was made', { organisation: owner.org, user: owner.userId });
    await said('an invite was accepted', { member: ben.userId });
    await owner.client.call('updateMember', {
      params: { org: owner.org, user: ben.userId },
      body: { role: 'admin' },
    });
    await said('a role was changed', { user: owner.userId, member: ben.userId, role: 'admin' });
    const tries = [OWNER.email, 'nobody@example.com'].map((email) =>
      new Client(proxy.url).call('signIn', { body: { email, password: 'not this one' } }).catch(() => {}),
    );
    await Promise.all(tries);
    await said('a sign-in was refused', { account: owner.userId });
    await said('a sign-in was refused', { account: null });
  });

  it('[SE5] has no address of a person, no password, no cookie and no byte of a terminal', () => {
    const all = JSON.stringify(lines);
    const secrets = [
      OWNER.email,
      OWNER.password,
      OWNER.name,
      'ben@example.com',
      'not this one',
      'secret words',
    ];
    for (const word of [...secrets, owner.client.cookie.split('=')[1] ?? '-'])
      expect(all).not.toContain(word);
  });
});
