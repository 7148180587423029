/** HTTP of organisations, members and invites. */
import { PortholeError } from '@porthole/shared';
import { endpoints, type Me } from '@porthole/shared/http';
import type { Context } from 'hono';
import type { Database, Tx } from '../db/database.ts';
import type { Routes } from '../http/mount.ts';
import type { RateLimiter } from '../lib/rate-limit.ts';
import type { Invites } from './invites.ts';
import type { Organisations } from './organisations.ts';
import * as store from './store.ts';

/** What the auth feature does for people who come by an invite. */
export interface Newcomers {
  /** Hashes outside the transaction; then adds the person within it. Throws `email_taken`. */
  prepare(person: { name: string; email: string; password: string }): Promise<(tx: Tx) => Promise<string>>;
  /** A session for this device, as a cookie on the answer. Answers the device's id. */
  signIn(context: Context, address: string, userId: string): Promise<string>;
  me(userId: string, deviceId: string | null): Promise<Me>;
}

/** Of the auth feature: a link by which this person chooses a new password. Throws `forbidden`. */
export interface ResetLinks {
  create(userId: string, by: string): Promise<{ path: string; expiresAt: number }>;
}

export interface OrganisationRoutesDeps {
  db: Database;
  organisations: Organisations;
  invites: Invites;
  newcomers: Newcomers;
  resets: ResetLinks;
  /** Tries of invite secrets, by address. */
  inviteTries: RateLimiter;
}

export const organisationRoutes =
  ({ db, organisations, invites, newcomers, resets, inviteTries }: OrganisationRoutesDeps): Routes =>
  (mount) => {
    mount(endpoints.createOrganisation, ({ body, actor }) =>
      db.transaction((tx) => organisations.create(tx, body.name, actor.userId)),
    );

    mount(endpoints.updateOrganisation, async ({ params, body, actor }) => {
      await organisations.require(actor, params.org, 'organisation.update');
      return organisations.rename(params.org, body.name);
    });

    mount(endpoints.listMembers, async ({ params, actor }) => {
      await organisations.require(actor, params.org, 'organisation.read');
      return { members: await store.members(db.q, params.org) };
    });

    mount(endpoints.updateMember, async ({ params, body, actor, log }) => {
      const member = await organisations.changeRole(actor, params.org, params.user, body.role);
      log.info({ organisation: params.org, member: params.user, role: body.role }, 'a role was changed');
      return member;
    });

    mount(endpoints.removeMember, async ({ params, actor, log }) => {
      await organisations.remove(actor, params.org, params.user);
      log.info({ organisation: params.org, member: params.user }, 'a member was removed');
      return {};
    });

    mount(endpoints.createReset, async ({ params, actor, log }) => {
      await organisations.require(actor, params.org, 'organisation.read');
      if (!(await store.member(db.q, params.org, params.user)))
        throw new PortholeError('not_found', 'There is no such member.');
      await organisations.require(actor, params.org, 'member.reset', { userId: params.user });
      const link = await resets.create(params.user, actor.userId);
      log.info({ for: params.user }, 'made a link to a new password');
      return link;
    });

    mount(endpoints.listInvites, async ({ params, actor }) => ({
      invites: await invites.list(actor, params.org),
    }));

    mount(endpoints.createInvite, async ({ params, body, actor, log }) => {
      const { role, note = null, days } = body;
      const made = await invites.create(actor, params.org, { role, note, days });
      log.info({ organisation: params.org, invite: made.invite.id, role }, 'an invite was made');
      return made;
    });

    mount(endpoints.revokeInvite, async ({ params, actor, log }) => {
      await invites.revoke(actor, params.org, params.invite);
      log.info({ organisation: params.org, invite: params.invite }, 'an invite was revoked');
      return {};
    });

    mount(endpoints.previewInvite, async ({ body, address }) => {
      await inviteTries.take(address);
      return invites.preview(body.secret);
    });

    mount(endpoints.acceptInvite, async ({ body, actor, address, context, log }) => {
      await inviteTries.take(address);
      const { secret, person } = body;
      if (person) {
        // Before the slow hash: a wrong link costs nothing.
        await invites.preview(secret);
        const add = await newcomers.prepare(person);
        const userId = await db.transaction(async (tx) => {
          const id = await add(tx);
          await invites.accept(tx, secret, id);
          return id;
        });
        log.info({ member: userId }, 'an invite was accepted');
        return newcomers.me(userId, await newcomers.signIn(context, address, userId));
      }
      if (!actor?.deviceId) throw new PortholeError('unauthenticated', 'Sign in first, or say who you are.');
      await db.transaction((tx) => invites.accept(tx, secret, actor.userId));
      log.info({ member: actor.userId }, 'an invite was accepted');
      return newcomers.me(actor.userId, actor.deviceId);
    });
  };
