/** HTTP of the accounts elsewhere that sign a person in. Invariant: everybody keeps a way in. */
import { PortholeError } from '@porthole/shared';
import { endpoints, OAuthName } from '@porthole/shared/http';
import type { Routes } from '../http/mount.ts';
import { type OAuthDeps, start } from './oauth.ts';
import { type AuthRoutesDeps, checkPassword } from './routes.ts';
import * as store from './store.ts';

type Deps = Pick<AuthRoutesDeps, 'db' | 'passwords' | 'tries'> & { oauth: OAuthDeps };

export const accountRoutes =
  (deps: Deps): Routes =>
  (mount) => {
    const { db, oauth } = deps;

    mount(endpoints.listAccounts, async ({ actor }) => {
      const rows = await store.accountsOf(db.q, actor.userId);
      return {
        accounts: rows.map((row) => ({ provider: OAuthName.parse(row.provider), linkedAt: row.created_at })),
      };
    });

    mount(endpoints.linkAccount, async ({ actor, body, context }) => {
      await checkPassword(deps, actor.userId, body.password, 'password');
      return { url: start(oauth, context, { next: body.next, link: actor.userId }).href };
    });

    mount(endpoints.unlinkAccount, async ({ actor, params }) => {
      await db.transaction(async (tx) => {
        if (!(await store.unlinkAccount(tx, actor.userId, params.provider)))
          throw new PortholeError('not_found', 'There is no such account.');
        const user = await store.userById(tx.q, actor.userId);
        const others = await store.accountsOf(tx.q, actor.userId);
        if (user?.password_hash == null && others.length === 0)
          throw new PortholeError('conflict', 'It is your only way in. Choose a password first.');
      });
      return {};
    });
  };
