import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addMember,
  addStranger,
  Client,
  type Person,
  SyncClient,
  signUpOwner,
  startProxy,
} from '../../test/harness.ts';
import { newId } from '../lib/ids.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
let owner: Person;
beforeAll(async () => {
  proxy = await startProxy();
  owner = await signUpOwner(proxy);
});
afterAll(() => proxy.dispose());

const invite = async (by: Person, role: 'owner' | 'admin' | 'member' = 'member') => {
  const made = await by.client.call('createInvite', {
    params: { org: by.org },
    body: { role, days: 1, note: 'x' },
  });
  return { ...made, secret: made.path.split('#')[1]! };
};
const person = (name: string) => ({
  name,
  email: `${name.toLowerCase()}@example.com`,
  password: 'a long enough password',
});
const member = (who: Person) => ({ org: owner.org, user: who.userId });

describe('invites', () => {
  it('[SE2] carry the secret in the fragment alone, and the database its hash alone', async () => {
    const { path, secret } = await invite(owner);
    expect(path).toMatch(/^\/invite#[\w-]{43}$/);
    const rows = await proxy.server.db.q.selectFrom('invites').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(await new Client(proxy.url).call('previewInvite', { body: { secret } })).toMatchObject({
      organisation: 'Acme',
      role: 'member',
      invitedBy: 'Ana Owner',
    });
  });

  it('are used once, however many click at the same time', async () => {
    const { secret } = await invite(owner);
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) =>
        new Client(proxy.url).call('acceptInvite', { body: { secret, person: person(`Racer${i}`) } }),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    const codes = new Set(
      tries.filter((each) => each.status === 'rejected').map(({ reason }) => reason.code),
    );
    expect(codes).toEqual(new Set(['invite_used']));
    // Who was too late is not left behind as a person without an organisation.
    const racers = await proxy.server.db.q
      .selectFrom('users')
      .select('email')
      .where('email', 'like', 'racer%')
      .execute();
    expect(racers.length).toBe(1);
    expect(await new Client(proxy.url).refusal('previewInvite', { body: { secret } })).toBe('invite_used');
  });

  it('end: over, revoked, or made by somebody who may no longer', async () => {
    const visitor = new Client(proxy.url);
    const over = await invite(owner);
    await proxy.server.db.q
      .updateTable('invites')
      .set({ expires_at: 1 })
      .where('id', '=', over.invite.id)
      .execute();
    expect(await visitor.refusal('previewInvite', { body: { secret: over.secret } })).toBe('invite_expired');
    const revoked = await invite(owner);
    await owner.client.call('revokeInvite', { params: { org: owner.org, invite: revoked.invite.id } });
    expect(await visitor.refusal('previewInvite', { body: { secret: revoked.secret } })).toBe('not_found');
    const admin = await addMember(owner, 'Gone', 'admin');
    const theirs = await invite(admin);
    await owner.client.call('removeMember', { params: member(admin) });
    expect(
      await visitor.refusal('acceptInvite', { body: { secret: theirs.secret, person: person('Late') } }),
    ).toBe('not_found');
  });

  it('join who is signed in, and leave the link good for somebody else when they are in already', async () => {
    const second = await owner.client.call('createOrganisation', { body: { name: 'Second' } });
    const { secret } = await invite({ ...owner, org: second.id }, 'admin');
    expect(await owner.client.refusal('acceptInvite', { body: { secret } })).toBe('conflict');
    const joiner = await addMember(owner, 'Joiner');
    const me = await joiner.client.call('acceptInvite', { body: { secret } });
    expect(me.organisations.map(({ name, role }) => [name, role])).toEqual([
      ['Acme', 'member'],
      ['Second', 'admin'],
    ]);
    expect(await new Client(proxy.url).refusal('acceptInvite', { body: { secret } })).toBe('unauthenticated');
  });

  it('do not take over the account of somebody who has that address', async () => {
    const { secret } = await invite(owner);
    const body = { secret, person: { ...person('Thief'), email: 'ana@example.com' } };
    expect(await new Client(proxy.url).refusal('acceptInvite', { body })).toBe('email_taken');
    await new Client(proxy.url).call('previewInvite', { body: { secret } });
  });

  it('are not made by members, nor to roles above the inviter', async () => {
    const [admin, plain] = [await addMember(owner, 'Adam', 'admin'), await addMember(owner, 'Mia')];
    const body = { role: 'member', days: 1 } as const;
    expect(await plain.client.refusal('createInvite', { params: { org: owner.org }, body })).toBe(
      'forbidden',
    );
    expect(await plain.client.refusal('listInvites', { params: { org: owner.org } })).toBe('forbidden');
    expect(
      await admin.client.refusal('createInvite', {
        params: { org: owner.org },
        body: { ...body, role: 'owner' },
      }),
    ).toBe('forbidden');
  });
});

describe('members', () => {
  it('an admin makes no owners and touches none', async () => {
    const [admin, plain] = [await addMember(owner, 'Alan', 'admin'), await addMember(owner, 'Milo')];
    const toOwner = { role: 'owner' } as const;
    expect(await admin.client.refusal('updateMember', { params: member(plain), body: toOwner })).toBe(
      'forbidden',
    );
    expect(await admin.client.refusal('updateMember', { params: member(admin), body: toOwner })).toBe(
      'forbidden',
    );
    expect(await admin.client.refusal('removeMember', { params: member(owner) })).toBe('forbidden');
    await admin.client.call('updateMember', { params: member(plain), body: { role: 'admin' } });
    expect(await plain.client.refusal('updateMember', { params: member(plain), body: toOwner })).toBe(
      'forbidden',
    );
  });

  it('the last owner neither leaves nor steps down, even when two try at once', async () => {
    expect(await owner.client.refusal('removeMember', { params: member(owner) })).toBe('last_owner');
    expect(
      await owner.client.refusal('updateMember', { params: member(owner), body: { role: 'admin' } }),
    ).toBe('last_owner');
    const second = await addMember(owner, 'Olga', 'owner');
    const leave = (who: Person) =>
      who.client.call('updateMember', { params: member(who), body: { role: 'admin' } });
    const tries = await Promise.allSettled([leave(owner), leave(second)]);
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const stayed = tries[0]!.status === 'rejected' ? owner : second;
    await stayed.client.call('updateMember', { params: member(owner), body: { role: 'owner' } });
    await owner.client.call('updateMember', { params: member(second), body: { role: 'member' } });
  });

  it('[FD4] who is removed is told at once, hears nothing more, and comes back to nothing', async () => {
    const leaver = await addMember(owner, 'Lena');
    const stays = await SyncClient.open(owner.client, owner.org);
    const goes = await SyncClient.open(leaver.client, owner.org);
    await stays.message('presence_update', ({ connection }) => connection.userId === leaver.userId);
    const { secret } = await leaver.client.call('createToken', {
      body: { name: 't', organisationId: owner.org, scope: 'read', days: 1 },
    });
    await owner.client.call('removeMember', { params: member(leaver) });
    await goes.message('membership_lost');
    await stays.message('presence_leave', ({ id }) => id === goes.connection);
    await owner.client.call('updateOrganisation', { params: { org: owner.org }, body: { name: 'Acme' } });
    await stays.settled();
    await goes.settled();
    expect(goes.messages.at(-2)?.type).toBe('membership_lost');
    expect(await leaver.client.refusal('listMembers', { params: { org: owner.org } })).toBe('not_found');
    const script = new Client(proxy.url);
    script.token = secret;
    expect(await script.refusal('getMe', {})).toBe('unauthenticated');
    // As an organisation that does not exist.
    goes.subscribe();
    await goes.settled();
    goes.subscribe({ organisationId: newId('organisation') });
    await goes.settled();
    expect(goes.messages.filter(({ type }) => type === 'membership_lost').length).toBe(3);
    stays.socket.close();
    goes.socket.close();
  });

  it('[SE3] a stranger hears of another organisation what they hear of one that does not exist', async () => {
    const stranger = await addStranger(owner, 'Stranger');
    const { invite: open } = await invite(owner);
    const answers = async (org: string, user: string, inviteId: string) => {
      const { client } = stranger;
      return [
        await client.refusal('listMembers', { params: { org } }),
        await client.refusal('updateOrganisation', { params: { org }, body: { name: 'x' } }),
        await client.refusal('updateMember', { params: { org, user }, body: { role: 'member' } }),
        await client.refusal('removeMember', { params: { org, user } }),
        await client.refusal('listInvites', { params: { org } }),
        await client.refusal('createInvite', { params: { org }, body: { role: 'member', days: 1 } }),
        await client.refusal('revokeInvite', { params: { org, invite: inviteId } }),
      ];
    };
    const theirs = await answers(owner.org, owner.userId, open.id);
    expect(theirs).toEqual(await answers(newId('organisation'), newId('user'), newId('invite')));
    expect(new Set(theirs)).toEqual(new Set(['not_found']));
    // Their own organisation's path does not open another's invite either.
    expect(
      await stranger.client.refusal('revokeInvite', { params: { org: stranger.org, invite: open.id } }),
    ).toBe('not_found');
  });
});
