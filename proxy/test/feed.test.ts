import { PROTOCOL_VERSION } from '@porthole/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { MAX_SOCKETS_PER_PERSON } from '../src/ws/live.ts';
import {
  addMember,
  addStranger,
  Client,
  type Person,
  SyncClient,
  signUpOwner,
  startProxy,
  TestSocket,
} from './harness.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
let owner: Person;
beforeAll(async () => {
  proxy = await startProxy();
  owner = await signUpOwner(proxy);
});
afterAll(() => proxy.dispose());

const rename = (name: string) =>
  owner.client.call('updateOrganisation', { params: { org: owner.org }, body: { name } });
const subscribe = (change: object = {}) => ({
  ...{ type: 'subscribe', version: PROTOCOL_VERSION, organisationId: owner?.org, cursor: null },
  ...{ connection: newId('connection'), device: 'laptop' },
  ...change,
});

describe('the feed over the socket', () => {
  it('[FD2] brings a new browser everything, then each change; a returning one what it missed', async () => {
    const sync = await SyncClient.open(owner.client, owner.org);
    expect(sync.resets).toBe(1);
    expect(sync.rows('organisations')).toMatchObject([{ id: owner.org }]);
    expect(sync.rows('members').map(({ id }) => id)).toContain(owner.userId);
    await rename('Renamed');
    await sync.until(() => sync.rows('organisations')[0]?.name === 'Renamed');
    const { cursor } = sync;
    sync.socket.close();
    await rename('While away 1');
    await rename('While away 2');
    const back = await SyncClient.open(owner.client, owner.org, cursor);
    expect(back.resets).toBe(0);
    expect(back.cursor).toBe(cursor! + 2);
    expect(back.rows('organisations')[0]?.name).toBe('While away 2');
    back.socket.close();
  });

  it('[FD1] tells of a change before the request that made it is answered, or right after', async () => {
    const sync = await SyncClient.open(owner.client, owner.org);
    for (let i = 0; i < 20; i += 1) {
      await rename(`Name ${i}`);
      await sync.until(() => sync.rows('organisations')[0]?.name === `Name ${i}`);
    }
    sync.socket.close();
  });

  it('[SE3] of another organisation is as that of one that does not exist', async () => {
    const stranger = await addStranger(owner, 'Sven');
    for (const organisationId of [owner.org, newId('organisation')]) {
      const socket = await TestSocket.open(stranger.client, '/ws/sync');
      socket.send(subscribe({ organisationId }));
      await socket.heard();
      expect(socket.frames).toEqual([{ type: 'membership_lost', organisationId }]);
      socket.close();
    }
  });
});

describe('a socket', () => {
  const opened = () => TestSocket.open(owner.client, '/ws/sync');
  const lastWords = async (socket: TestSocket) => {
    const closed = await socket.closed;
    const errors = socket.frames.filter(
      (f): f is { type: string; code: string } => (f as { type: string }).type === 'error',
    );
    return { ...closed, error: errors.at(-1)?.code };
  };

  it('[W5] [SE2] opens for a signed-in page of this server, and for nothing else', async () => {
    const refused = async (client: Client, headers: Record<string, string> = {}, path = '/ws/sync') =>
      TestSocket.open(client, path, headers).then(
        (socket) => {
          socket.close();
          return 'opened';
        },
        (error: Error) => error.message,
      );
    const none = new Client(proxy.url);
    expect(await refused(owner.client)).toBe('opened');
    expect(await refused(none)).toBe('refused with 401 unauthenticated');
    for (const origin of [
      'https://evil.example',
      'http://localhost:1',
      'null',
      `${proxy.url}.evil.example`,
      '',
    ])
      expect(await refused(owner.client, { origin })).toBe('refused with 403 bad_origin');
    const noOrigin = new Client(proxy.url);
    noOrigin.cookie = owner.client.cookie;
    noOrigin.origin = null;
    expect(await refused(noOrigin)).toBe('refused with 403 bad_origin');
    expect(await refused(owner.client, {}, '/ws/nothing')).toBe('refused with 404 not_found');
    expect(await refused(owner.client, {}, '/ws/sync/..%2f')).toBe('refused with 404 not_found');
    // A credential in the address is no credential.
    const session = owner.client.cookie.split('=')[1];
    expect(await refused(none, {}, `/ws/sync?porthole_session=${session}&token=${session}`)).toBe(
      'refused with 401 unauthenticated',
    );
  });

  it('[SE7] that subscribes without end is closed', async () => {
    const socket = await opened();
    for (let i = 0; i < 12; i += 1) socket.send(subscribe());
    expect(await lastWords(socket)).toEqual({ code: 4429, reason: 'rate_limited', error: 'rate_limited' });
  });

  it('[W1] of another version is closed with 4426', async () => {
    const socket = await opened();
    socket.send(subscribe({ version: PROTOCOL_VERSION + 1 }));
    expect(await lastWords(socket)).toEqual({
      code: 4426,
      reason: 'version_mismatch',
      error: 'version_mismatch',
    });
  });

  it.each([
    ['no JSON', 'nonsense', 4400, 'bad_frame'],
    ['an unknown type', '{"type":"dance"}', 4400, 'bad_frame'],
    [
      'a wrong field',
      JSON.stringify(subscribe({ organisationId: newId('organisation'), cursor: -1 })),
      4400,
      'bad_frame',
    ],
    [
      'another first frame',
      JSON.stringify({
        type: 'presence',
        status: 'online',
        place: { workspaceId: null, terminalId: null },
        typing: false,
      }),
      4400,
      'bad_frame',
    ],
    ['a text frame over 64 Ki', `{"x":"${'x'.repeat(70_000)}"}`, 4429, 'too_large'],
    ['bytes', new Uint8Array(3), 4400, 'bad_frame'],
  ])('[W3] with %s gets a named error and is closed', async (_, frame, code, error) => {
    const socket = await opened();
    socket.send(frame);
    expect(await lastWords(socket)).toEqual({ code, reason: error, error });
  });

  it('[W3] with a frame beyond all bounds is cut off', async () => {
    const socket = await opened();
    socket.send('x'.repeat(2 * 1024 * 1024));
    expect((await socket.closed).code).toBe(1009);
  });

  it('[W6] ignores keys that it does not know', async () => {
    const socket = await opened();
    socket.send({ type: 'ping', id: 7, later: true });
    await socket.heard();
    expect(socket.frames).toEqual([{ type: 'pong', id: 7 }]);
    socket.close();
  });

  it('[SE7] is one of a bounded number per person', async () => {
    const many = await addMember(owner, 'Many');
    const sockets: TestSocket[] = [];
    for (let i = 0; i < MAX_SOCKETS_PER_PERSON; i += 1)
      sockets.push(await TestSocket.open(many.client, '/ws/sync'));
    const over = await TestSocket.open(many.client, '/ws/sync');
    expect(await over.closed).toEqual({ code: 4429, reason: 'too_many' });
    // Others have room.
    (await opened()).close();
    for (const socket of sockets) socket.close();
    await Promise.all(sockets.map(({ closed }) => closed));
  });
});

describe('a stop', () => {
  it('closes sockets with 1001, and lets nobody in any more', async () => {
    const short = await startProxy();
    const person = await signUpOwner(short);
    const sync = await SyncClient.open(person.client, person.org);
    await short.dispose();
    expect(await sync.socket.closed).toEqual({ code: 1001, reason: 'going_away' });
  });
});
