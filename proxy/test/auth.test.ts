import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../src/lib/clock.ts';
import {
  addMember,
  Client,
  OWNER,
  type Person,
  SyncClient,
  signUpOwner,
  startProxy,
  type TestProxy,
  TestSocket,
} from './harness.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Moves the end of a session. */
const endsAt = (on: Running, deviceId: string, at: number) =>
  on.server.db.q
    .updateTable('auth_sessions')
    .set({ expires_at: at })
    .where('device_id', '=', deviceId)
    .execute();

type Running = Awaited<ReturnType<typeof startProxy>>;
const body = { ...OWNER, code: '' };

describe('the first person', () => {
  let proxy: TestProxy;
  beforeAll(async () => {
    proxy = await startProxy();
  });
  afterAll(() => proxy.dispose());

  it('[SE1] needs the code that the server has printed, and only the first one with it becomes its owner', async () => {
    const visitor = new Client(proxy.url);
    expect((await visitor.call('getServer', {})).needsSetup).toBe(true);
    const { email, password } = OWNER;
    expect(await visitor.refusal('signIn', { body: { email, password } })).toBe('setup_required');
    expect(await visitor.refusal('setUp', { body: { ...body, code: 'AAAA-AAAA-AAAA' } })).toBe(
      'setup_code_wrong',
    );
    const before = proxy.setupCode;
    await proxy.stop();
    proxy = await startProxy({ dataFolder: proxy.dataFolder });
    expect(proxy.setupCode).not.toBe(before);
    const late = new Client(proxy.url);
    expect(await late.refusal('setUp', { body: { ...body, code: before! } })).toBe('setup_code_wrong');
    const tries = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) =>
        new Client(proxy.url).call('setUp', {
          // As somebody types it from another screen.
          body: {
            ...OWNER,
            email: `${name}@example.com`,
            code: proxy.setupCode!.toLowerCase().replace(/-/g, ' '),
          },
        }),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    const refusals = tries.filter((each) => each.status === 'rejected').map(({ reason }) => reason.code);
    expect(refusals).toEqual(['already_set_up', 'already_set_up']);
    expect(await late.refusal('setUp', { body: { ...body, code: proxy.setupCode! } })).toBe('already_set_up');
    await proxy.stop();
    proxy = await startProxy({ dataFolder: proxy.dataFolder });
    expect(proxy.setupCode).toBeNull();
    expect((await new Client(proxy.url).call('getServer', {})).needsSetup).toBe(false);
  });
});

describe('signing in', () => {
  let proxy: Running;
  let owner: Person;
  beforeAll(async () => {
    proxy = await startProxy();
    owner = await signUpOwner(proxy);
  });
  afterAll(() => proxy.dispose());

  const signIn = async (email = OWNER.email, password = OWNER.password) => {
    const client = new Client(proxy.url);
    await client.call('signIn', { body: { email, password } });
    return client;
  };

  it('[SE1] gives a cookie that script cannot read, and the database none that signs in', async () => {
    const client = new Client(proxy.url);
    const answer = await client.raw('POST', '/api/sign-in', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: ' ANA@example.com ', password: OWNER.password }),
    });
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).not.toMatch(/Secure/);
    const id = /=(\w+)/.exec(cookie)![1]!;
    const stored = await proxy.server.db.q.selectFrom('auth_sessions').selectAll().execute();
    expect(stored.length).toBeGreaterThan(0);
    expect(JSON.stringify(stored)).not.toContain(id);
    const users = await proxy.server.db.q.selectFrom('users').selectAll().execute();
    expect(users[0]?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    // A hash out of a stolen database is no session id.
    const thief = new Client(proxy.url);
    thief.cookie = `porthole_session=${stored[0]!.id_hash}`;
    expect(await thief.refusal('getMe', {})).toBe('unauthenticated');
  });

  it('[SE1] behind https the cookie is Secure and bound to the host', async () => {
    const secure = await startProxy({ env: { PORTHOLE_ORIGIN: 'https://porthole.example.com' } });
    const client = new Client(secure.server.app ? `http://127.0.0.1:${secure.server.port}` : '');
    client.origin = 'https://porthole.example.com';
    const answer = await client.raw('POST', '/api/setup', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...OWNER, code: secure.setupCode }),
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-porthole_session=.*; Secure/);
    expect(answer.headers.get('strict-transport-security')).toMatch(/max-age/);
    await secure.dispose();
  });

  it('answers a wrong password and an unknown person alike, in like time', async () => {
    const client = new Client(proxy.url);
    const time = async (email: string) => {
      const began = performance.now();
      expect(await client.refusal('signIn', { body: { email, password: 'wrong wrong wrong' } })).toBe(
        'wrong_credentials',
      );
      return performance.now() - began;
    };
    await time('nobody@example.com');
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      known.push(await time(OWNER.email));
      unknown.push(await time('nobody@example.com'));
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[2]!;
    // Without a hash to check against it would be some twentieth.
    expect(median(unknown)).toBeGreaterThan(median(known) / 3);
  });

  it('makes each device a session of its own; one signs out without the other', async () => {
    const [laptop, phone] = [await signIn(), new Client(proxy.url)];
    phone.userAgent = 'Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36';
    await phone.call('signIn', { body: { email: OWNER.email, password: OWNER.password } });
    const { devices } = await laptop.call('listDevices', {});
    expect(devices.map(({ name }) => name)).toContain('Chrome on Android');
    expect(devices.filter(({ current }) => current).length).toBe(1);
    await phone.call('signOut', {});
    expect(phone.cookie).toBe('');
    expect(await phone.refusal('getMe', {})).toBe('unauthenticated');
    await laptop.call('getMe', {});
  });

  it('[SE1] a revoked device is out at once, its open sockets too', async () => {
    const [laptop, phone] = [await signIn(), await signIn()];
    const { deviceId } = await phone.call('getMe', {});
    const stays = await SyncClient.open(laptop, owner.org);
    const goes = await SyncClient.open(phone, owner.org);
    await laptop.call('revokeDevice', { params: { device: deviceId! } });
    expect(await goes.socket.closed).toEqual({ code: 4401, reason: 'unauthenticated' });
    expect(await phone.refusal('getMe', {})).toBe('unauthenticated');
    await expect(TestSocket.open(phone, '/ws/sync')).rejects.toThrow('refused with 401 unauthenticated');
    await stays.settled();
    expect(await laptop.refusal('revokeDevice', { params: { device: deviceId! } })).toBe('not_found');
    const other = await addMember(owner, 'Dora');
    const theirs = (await other.client.call('getMe', {})).deviceId!;
    expect(await laptop.refusal('revokeDevice', { params: { device: theirs } })).toBe('not_found');
    stays.socket.close();
  });

  it('signs out everywhere', async () => {
    const member = await addMember(owner, 'Everywhere');
    const again = await signIn('everywhere@example.com', 'a long enough password');
    const socket = await SyncClient.open(again, owner.org);
    await member.client.call('signOutEverywhere', {});
    expect((await socket.socket.closed).code).toBe(4401);
    expect(await again.refusal('getMe', {})).toBe('unauthenticated');
  });

  it('forgets a session that is over', async () => {
    const client = await signIn();
    const { deviceId } = await client.call('getMe', {});
    await proxy.server.db.q
      .updateTable('auth_sessions')
      .set({ expires_at: Date.now() - 1 })
      .where('device_id', '=', deviceId!)
      .execute();
    expect(await client.refusal('getMe', {})).toBe('unauthenticated');
  });

  it('prolongs a session that is used in its second half, on the device too', async () => {
    const client = await signIn();
    const { deviceId } = await client.call('getMe', {});
    const day = 24 * 60 * 60 * 1000;
    await proxy.server.db.q
      .updateTable('auth_sessions')
      .set({ expires_at: Date.now() + 10 * day })
      .where('device_id', '=', deviceId!)
      .execute();
    const answer = await client.raw('GET', '/api/me');
    expect(answer.headers.getSetCookie()[0]).toMatch(/Max-Age=2592000/);
    const row = await proxy.server.db.q
      .selectFrom('auth_sessions')
      .select('expires_at')
      .where('device_id', '=', deviceId!)
      .executeTakeFirstOrThrow();
    expect(row.expires_at).toBeGreaterThan(Date.now() + 29 * day);
  });

  it('[SE1] prolongs it when a socket is opened, too, and tells the browser', async () => {
    const client = await signIn();
    const { deviceId } = await client.call('getMe', {});
    await endsAt(proxy, deviceId!, Date.now() + 10 * DAY_MS);
    const ws = new WebSocket(`${client.url.replace(/^http/, 'ws')}/ws/sync`, { headers: client.headers() });
    const [answer] = (await once(ws, 'upgrade')) as [IncomingMessage];
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^porthole_session=.+Max-Age=2592000/);
    ws.terminate();
  });

  it('[SE1] [SE2] ends the sockets of a session that is over, and of none that was prolonged', async () => {
    let shift = 0;
    const sweeps: (() => void)[] = [];
    const own = await startProxy({
      clock: {
        ...systemClock,
        now: () => Date.now() + shift,
        every(ms, call) {
          if (ms === 60_000) sweeps.push(call);
          return systemClock.every(ms, call);
        },
      },
    });
    const someone = await signUpOwner(own);
    const { email, password } = OWNER;
    const other = new Client(own.url);
    await other.call('signIn', { body: { email, password } });
    const kept = await SyncClient.open(other, someone.org);
    const { deviceId } = await other.call('getMe', {});
    const sweep = () => {
      for (const call of [...sweeps]) call();
    };
    sweep();
    await kept.settled();
    // Revoked while its socket was being made: no sign-out was heard.
    const late = await SyncClient.open(someone.client, someone.org);
    await own.server.db.q.deleteFrom('auth_sessions').where('device_id', '!=', deviceId!).execute();
    sweep();
    expect(await late.socket.closed).toEqual({ code: 4401, reason: 'unauthenticated' });
    // Its 30 days are over on the day it was to end on, but it has been used since.
    shift = 31 * DAY_MS;
    await endsAt(own, deviceId!, Date.now() + 40 * DAY_MS);
    const second = await SyncClient.open(other, someone.org);
    sweep();
    await Promise.all([kept.settled(), second.settled()]);
    await endsAt(own, deviceId!, Date.now() + 30 * DAY_MS);
    shift = 41 * DAY_MS;
    sweep();
    expect(await kept.socket.closed).toEqual({ code: 4401, reason: 'unauthenticated' });
    expect((await second.socket.closed).code).toBe(4401);
    await own.dispose();
  });

  it('a new password needs the current one and puts every other device out', async () => {
    const member = await addMember(owner, 'Paula');
    const other = await signIn('paula@example.com', 'a long enough password');
    const change = (current: string | null) => ({
      body: { password: { current, new: 'another long password' } },
    });
    expect(await other.refusal('updateMe', change('not this one'))).toBe('wrong_credentials');
    expect(await other.refusal('updateMe', change(null))).toBe('wrong_credentials');
    await other.call('updateMe', change('a long enough password'));
    expect(await member.client.refusal('getMe', {})).toBe('unauthenticated');
    await other.call('getMe', {});
    await signIn('paula@example.com', 'another long password');
  });

  it('[FD1] a new name reaches the members of every organisation', async () => {
    const sync = await SyncClient.open(owner.client, owner.org);
    const member = await addMember(owner, 'Nora');
    await member.client.call('updateMe', { body: { name: 'Nora Renamed' } });
    await sync.until(() => sync.rows('members').some(({ name }) => name === 'Nora Renamed'));
    sync.socket.close();
  });
});
