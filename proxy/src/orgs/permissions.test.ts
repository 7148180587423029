/** Every role × every action × every kind of target, against rules written down a second time in words. */
import type { Role } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { type Action, can, wouldOrphan } from './permissions.ts';

const ROLES = ['owner', 'admin', 'member'] as const;
const me = 'usr_me';
const other = 'usr_other';

/** Who may: a role's first letter for each that may. */
const PLAIN: Record<
  Exclude<
    Action,
    | 'member.update'
    | 'member.remove'
    | 'member.reset'
    | 'invite.create'
    | 'invite.revoke'
    | 'workspace.delete'
    | 'workspace.token'
  >,
  string
> = {
  'organisation.read': 'oam',
  'organisation.update': 'oa',
  'invite.list': 'oa',
  'repository.write': 'oam',
  'repository.delete': 'oa',
  'credential.write': 'oa',
  'host.write': 'oa',
  'agent.write': 'oa',
  'workspace.write': 'oam',
  'terminal.write': 'oam',
};

/** role → the roles it may give by an invite. */
const INVITE: Record<Role, readonly Role[]> = {
  owner: ['owner', 'admin', 'member'],
  admin: ['admin', 'member'],
  member: [],
};

/** role → "from>to" that it may do to others. */
const UPDATE_OTHERS: Record<Role, readonly string[]> = {
  owner: ROLES.flatMap((from) => ROLES.map((to) => `${from}>${to}`)),
  admin: ['admin>admin', 'admin>member', 'member>admin', 'member>member'],
  member: [],
};
const UPDATE_SELF: Record<Role, readonly Role[]> = {
  owner: ['owner', 'admin', 'member'],
  admin: ['admin', 'member'],
  member: ['member'],
};
const REMOVE_OTHERS: Record<Role, readonly Role[]> = {
  owner: ['owner', 'admin', 'member'],
  admin: ['admin', 'member'],
  member: [],
};

describe('permissions', () => {
  it.each(ROLES)('of a plain %s', (role) => {
    for (const [action, who] of Object.entries(PLAIN) as [keyof typeof PLAIN, string][])
      expect([action, can({ role, userId: me }, action)]).toEqual([action, who.includes(role[0]!)]);
  });

  it.each(ROLES)('of a %s over roles: nobody gives, takes or offers one above their own', (role) => {
    const asking = { role, userId: me };
    for (const to of ROLES) {
      expect(['invite', to, can(asking, 'invite.create', { role: to })]).toEqual([
        'invite',
        to,
        INVITE[role].includes(to),
      ]);
      expect(can(asking, 'invite.revoke', { role: to })).toBe(INVITE[role].includes(to));
      expect(['self', to, can(asking, 'member.update', { userId: me, from: role, to })]).toEqual([
        'self',
        to,
        UPDATE_SELF[role].includes(to),
      ]);
      expect(can(asking, 'member.remove', { userId: other, role: to })).toBe(
        REMOVE_OTHERS[role].includes(to),
      );
      for (const from of ROLES)
        expect([from, to, can(asking, 'member.update', { userId: other, from, to })]).toEqual([
          from,
          to,
          UPDATE_OTHERS[role].includes(`${from}>${to}`),
        ]);
    }
    // Leaving is everybody's right.
    expect(can(asking, 'member.remove', { userId: me, role })).toBe(true);
  });

  it.each([
    ['owner', other, true],
    ['admin', other, true],
    ['member', other, false],
    ['owner', me, true],
    ['admin', me, true],
    ['member', me, true],
  ] as const)(
    'of %s over deleting and speaking for a workspace that %s has made: %s',
    (role, createdBy, may) => {
      expect(can({ role, userId: me }, 'workspace.token', { createdBy })).toBe(may);
      expect(can({ role, userId: me }, 'workspace.delete', { createdBy })).toBe(may);
    },
  );

  it.each([
    ['owner', other, true],
    ['owner', me, false],
    ['admin', other, false],
    ['member', other, false],
  ] as const)('of %s over a link to a new password of %s: %s', (role, userId, may) => {
    expect(can({ role, userId: me }, 'member.reset', { userId })).toBe(may);
  });

  it('see when an organisation would be left without an owner', () => {
    expect(wouldOrphan(1, 'owner', 'admin')).toBe(true);
    expect(wouldOrphan(1, 'owner', null)).toBe(true);
    expect(wouldOrphan(2, 'owner', null)).toBe(false);
    expect(wouldOrphan(1, 'owner', 'owner')).toBe(false);
    expect(wouldOrphan(1, 'admin', null)).toBe(false);
  });
});
