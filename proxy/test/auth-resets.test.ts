/** The way back from a lost password. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtFile } from './built-file.ts';
import { addMember, Client, OWNER, type Person, SyncClient, signUpOwner, startProxy } from './harness.ts';

type Running = Awaited<ReturnType<typeof startProxy>>;
const OLD = 'a long enough password';
const NEW = 'quite another password';
const secretOf = (path: string) => path.split('#')[1] ?? '';

describe('a link to a new password', () => {
  let proxy: Running;
  let owner: Person;
  beforeAll(async () => {
    proxy = await startProxy();
    owner = await signUpOwner(proxy);
  });
  afterAll(() => proxy.dispose());

  const request = (who: Person, whose: Person) => ({ params: { org: who.org, user: whose.userId } });
  const make = async (whose: Person, who = owner) =>
    secretOf((await who.client.call('createReset', request(who, whose))).path);
  const use = (secret: string, password = NEW) =>
    new Client(proxy.url).call('useReset', { body: { secret, password } });
  const refused = (secret: string) =>
    new Client(proxy.url).refusal('useReset', { body: { secret, password: NEW } });
  const signIn = (email: string, password: string) =>
    new Client(proxy.url).call('signIn', { body: { email, password } });

  it('[SE1] signs the person in and ends everything that signed them in before', async () => {
    const bo = await addMember(owner, 'Bo');
    const { q } = proxy.server.db;
    const { secret: token } = await bo.client.call('createToken', {
      body: { name: 'script', organisationId: bo.org, scope: 'read', days: 1 },
    });
    const script = new Client(proxy.url);
    script.token = token;
    await script.call('getMe', {});
    await q
      .insertInto('oauth_accounts')
      .values({ provider: 'github', provider_user_id: '1', user_id: bo.userId, created_at: 0 })
      .execute();
    const sockets = [await SyncClient.open(bo.client, bo.org), await SyncClient.open(script, bo.org)];
    const secret = await make(bo);
    expect(JSON.stringify(await q.selectFrom('resets').selectAll().execute())).not.toContain(secret);
    const visitor = new Client(proxy.url);
    const body = { secret };
    expect(await visitor.call('previewReset', { body })).toMatchObject({
      name: 'Bo',
      email: 'bo@example.com',
    });
    const me = await visitor.call('useReset', { body: { secret, password: NEW } });
    expect(me.user.id).toBe(bo.userId);
    expect((await visitor.call('getMe', {})).deviceId).toBe(me.deviceId);
    for (const { socket } of sockets) expect((await socket.closed).code).toBe(4401);
    expect(await bo.client.refusal('getMe', {})).toBe('unauthenticated');
    expect(await script.refusal('getMe', {})).toBe('unauthenticated');
    expect(await visitor.call('listAccounts', {})).toEqual({ accounts: [] });
    expect(await visitor.call('listDevices', {})).toMatchObject({ devices: [{ current: true }] });
    await expect(signIn('bo@example.com', OLD)).rejects.toMatchObject({ code: 'wrong_credentials' });
    await signIn('bo@example.com', NEW);
    // Nobody else is concerned.
    await owner.client.call('getMe', {});
  });

  it('is good once, whoever clicks at the same time, and for an hour', async () => {
    const cy = await addMember(owner, 'Cy');
    const secret = await make(cy);
    const tries = await Promise.allSettled([use(secret), use(secret), use(secret)]);
    expect(tries.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    expect(await refused(secret)).toBe('gone');
    const late = await make(cy);
    await proxy.server.db.q
      .updateTable('resets')
      .set({ expires_at: Date.now() - 1 })
      .where('used_at', 'is', null)
      .execute();
    expect(await refused(late)).toBe('gone');
    expect(await refused('nonsense')).toBe('not_found');
    await signIn('cy@example.com', NEW);
  });

  it('goes when another one takes its place, and when the person changes the password', async () => {
    const di = await addMember(owner, 'Di');
    const first = await make(di);
    const second = await make(di);
    expect(await refused(first)).toBe('not_found');
    await di.client.call('updateMe', { body: { password: { current: OLD, new: 'a third password' } } });
    expect(await refused(second)).toBe('not_found');
  });

  it('[SE2] is made by an owner alone, on a device, and not for oneself', async () => {
    const [ed, admin, stranger] = [
      await addMember(owner, 'Ed'),
      await addMember(owner, 'Flo', 'admin'),
      await addMember(owner, 'Gus'),
    ];
    expect(await admin.client.refusal('createReset', request(admin, ed))).toBe('forbidden');
    expect(await ed.client.refusal('createReset', request(ed, owner))).toBe('forbidden');
    expect(await owner.client.refusal('createReset', request(owner, owner))).toBe('forbidden');
    const { id: org } = await stranger.client.call('createOrganisation', { body: { name: 'Gus Ltd' } });
    const own = { ...stranger, org };
    expect(await stranger.client.refusal('createReset', request(own, ed))).toBe('not_found');
    const { secret } = await owner.client.call('createToken', {
      body: { name: 'script', organisationId: owner.org, scope: 'admin', days: 1 },
    });
    const script = new Client(proxy.url);
    script.token = secret;
    expect(await script.refusal('createReset', request(owner, ed))).toBe('forbidden');
  });

  it('[SE1] is made and used only while its maker owns all that the person belongs to', async () => {
    const hal = await addMember(owner, 'Hal');
    const other = await addMember(owner, 'Ida', 'owner');
    const [before, byOther] = [await make(hal), await make(other)];
    await hal.client.call('createOrganisation', { body: { name: 'Hal Ltd' } });
    expect(await owner.client.refusal('createReset', request(owner, hal))).toBe('forbidden');
    expect(await refused(before)).toBe('not_found');
    // An owner who is none any more leaves no door open, nor one that has put the person out.
    const jo = await addMember(owner, 'Jo');
    const theirs = await make(jo, other);
    await owner.client.call('updateMember', {
      params: { org: owner.org, user: other.userId },
      body: { role: 'admin' },
    });
    expect(await refused(theirs)).toBe('not_found');
    const last = await make(jo);
    await owner.client.call('removeMember', { params: { org: owner.org, user: jo.userId } });
    expect(await refused(last)).toBe('not_found');
    await use(byOther);
  });

  it('[SE1] cannot be guessed: tries are counted by address', async () => {
    const strict = await startProxy({ limits: { resetTries: { points: 3, seconds: 600 } } });
    const visitor = new Client(strict.url);
    const body = { secret: 'guess' };
    for (let i = 0; i < 3; i += 1) expect(await visitor.refusal('previewReset', { body })).toBe('not_found');
    expect(await visitor.refusal('previewReset', { body })).toBe('rate_limited');
    expect(await visitor.refusal('useReset', { body: { ...body, password: NEW } })).toBe('rate_limited');
    await strict.dispose();
  });
});

describe('npm run reset', () => {
  const run = async (folder: string, ...args: string[]) => {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, PORTHOLE_DATA: folder, PORTHOLE_LOG_LEVEL: 'fatal' };
    const child = spawn(process.execPath, [builtFile('reset.js'), ...args], { env });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
    });
    const [code] = await once(child, 'close');
    return { code, out, err };
  };

  it('[SE1] makes a link on the server’s own terminal, while the server runs and while it does not', async () => {
    let proxy = await startProxy();
    await signUpOwner(proxy);
    const running = await run(proxy.dataFolder, ' ANA@example.com ');
    expect(running).toMatchObject({ code: 0, err: '' });
    expect(running.out).toContain(`${OWNER.name} (${OWNER.email})`);
    const [, first = ''] = /http:\/\/localhost:4000\/reset#(\S+)\n/.exec(running.out) ?? [];
    const client = new Client(proxy.url);
    await client.call('useReset', { body: { secret: first, password: NEW } });
    await proxy.stop();
    const stopped = await run(proxy.dataFolder, OWNER.email);
    expect(stopped.code).toBe(0);
    proxy = await startProxy({ dataFolder: proxy.dataFolder });
    const secret = secretOf(stopped.out.trim());
    await new Client(proxy.url).call('useReset', { body: { secret, password: 'a third password' } });
    await proxy.dispose();
  });

  it('says what is wrong, and makes nothing', async () => {
    const proxy = await startProxy();
    await signUpOwner(proxy);
    expect(await run(proxy.dataFolder, 'nobody@example.com')).toEqual({
      code: 1,
      out: '',
      err: 'Nobody here has the address nobody@example.com.\n',
    });
    expect(await proxy.server.db.q.selectFrom('resets').selectAll().execute()).toEqual([]);
    await proxy.dispose();
  });
});
