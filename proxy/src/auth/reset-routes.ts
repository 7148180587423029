/** HTTP of choosing a new password by a link. Making one is an organisation's route: it is about its members. */
import { endpoints } from '@porthole/shared/http';
import type { Routes } from '../http/mount.ts';
import type { RateLimiter } from '../lib/rate-limit.ts';
import type { People } from './people.ts';
import type { Resets } from './resets.ts';

interface Deps {
  people: People;
  resets: Resets;
  /** By address. */
  tries: RateLimiter;
}

export const resetRoutes =
  ({ people, resets, tries }: Deps): Routes =>
  (mount) => {
    mount(endpoints.previewReset, async ({ body, address }) => {
      await tries.take(address);
      return resets.preview(body.secret);
    });

    mount(endpoints.useReset, async ({ body, address, context, log }) => {
      await tries.take(address);
      const userId = await resets.use(body.secret, body.password);
      log.info({ user: userId }, 'a new password was chosen by a link');
      return people.me(userId, await people.signIn(context, address, userId));
    });
  };
