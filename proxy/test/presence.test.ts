import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addMember, addStranger, type Person, SyncClient, signUpOwner, startProxy } from './harness.ts';

describe('presence over the socket', () => {
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let owner: Person;
  beforeAll(async () => {
    proxy = await startProxy();
    owner = await signUpOwner(proxy);
  });
  afterAll(() => proxy.dispose());

  const say = (sync: SyncClient, change: object = {}) =>
    sync.socket.send({
      ...{ type: 'presence', status: 'online', typing: false },
      ...{ place: { workspaceId: null, terminalId: null } },
      ...change,
    });

  it('[PR2] [PR3] shows who comes, types and goes; a laptop and a phone are two of one person', async () => {
    const laptop = await SyncClient.open(owner.client, owner.org);
    const phone = await SyncClient.open(owner.client, owner.org);
    const { connections } = await phone.message('presence_sync');
    expect(connections.map(({ id, userId }) => [id, userId])).toEqual([
      [laptop.connection, owner.userId],
      [phone.connection, owner.userId],
    ]);
    say(phone, { typing: true });
    await laptop.message(
      'presence_update',
      ({ connection }) => connection.id === phone.connection && connection.typing,
    );
    phone.socket.close();
    await laptop.message('presence_leave', ({ id }) => id === phone.connection);
    laptop.socket.close();
  });

  it('[SE3] is seen by members of the organisation and by nobody else', async () => {
    const stranger = await addStranger(owner, 'Stella');
    const theirs = await SyncClient.open(stranger.client, stranger.org);
    const member = await addMember(owner, 'Mona');
    const ours = await SyncClient.open(member.client, owner.org);
    say(ours);
    await ours.settled();
    await theirs.settled();
    const seen = theirs.messages.filter(({ type }) => type.startsWith('presence'));
    expect(seen.map(({ type }) => type)).toEqual(['presence_sync']);
    expect(JSON.stringify(seen)).not.toContain(member.userId);
    theirs.socket.close();
    ours.socket.close();
  });

  it('goes with the organisation when a browser switches', async () => {
    const second = await owner.client.call('createOrganisation', { body: { name: 'Second' } });
    const watcher = await SyncClient.open(owner.client, owner.org);
    const switcher = await SyncClient.open(owner.client, owner.org);
    await watcher.message('presence_update', ({ connection }) => connection.id === switcher.connection);
    switcher.subscribe({ organisationId: second.id, cursor: null });
    await watcher.message('presence_leave', ({ id }) => id === switcher.connection);
    await switcher.message('reset_done', ({ organisationId }) => organisationId === second.id);
    watcher.socket.close();
    switcher.socket.close();
  });

  it('[FD4] of who has just lost the membership is dropped in silence, and the socket stays for the next', async () => {
    const leaver = await addMember(owner, 'Lars');
    const other = await leaver.client.call('createOrganisation', { body: { name: 'Of his own' } });
    const stays = await SyncClient.open(owner.client, owner.org);
    const goes = await SyncClient.open(leaver.client, owner.org);
    await stays.message('presence_update', ({ connection }) => connection.id === goes.connection);
    await owner.client.call('removeMember', { params: { org: owner.org, user: leaver.userId } });
    // Sent before the browser has read that it is out.
    say(goes, { typing: true });
    await goes.message('membership_lost');
    await goes.settled();
    expect(goes.messages.map(({ type }) => type)).not.toContain('error');
    await stays.message('presence_leave', ({ id }) => id === goes.connection);
    await stays.settled();
    expect(stays.messages.at(-2)?.type).not.toBe('presence_update');
    goes.subscribe({ organisationId: other.id, cursor: null });
    await goes.message('reset_done', ({ organisationId }) => organisationId === other.id);
    for (const { socket } of [stays, goes]) socket.close();
  });

  it('[SE7] is dropped, with a named error, when it changes too fast', async () => {
    const sync = await SyncClient.open(owner.client, owner.org);
    for (let i = 0; i < 40; i += 1) say(sync);
    expect((await sync.message('error')).code).toBe('rate_limited');
    await sync.settled();
    expect(sync.socket.isOpen).toBe(true);
    sync.socket.close();
  });
});
