/** Links by which somebody who has lost their password chooses another one. */
import * as z from 'zod/mini';
import { UserId } from '../ids.ts';
import { Me } from './auth.ts';
import { define, orgAnd, Password, text } from './endpoint.ts';

export const resetEndpoints = define({
  createReset: {
    method: 'post',
    path: '/api/orgs/:org/members/:user/reset',
    tag: 'organisations',
    summary: 'Make a link for a member to choose a new password by; by an owner of all that they belong to',
    access: 'device',
    status: 201,
    params: orgAnd({ user: UserId }),
    response: z.object({
      /** The secret is in its fragment, which no server log sees. */
      path: z.string(),
      expiresAt: z.number(),
    }),
  },
  previewReset: {
    method: 'post',
    path: '/api/resets/preview',
    tag: 'auth',
    summary: 'Whose password a link is for',
    access: 'public',
    body: z.object({ secret: text(100) }),
    response: z.object({ name: z.string(), email: z.string(), expiresAt: z.number() }),
  },
  useReset: {
    method: 'post',
    path: '/api/resets/use',
    tag: 'auth',
    summary: 'Choose a new password; everything that signed this person in before is over',
    access: 'public',
    body: z.object({ secret: text(100), password: Password }),
    response: Me,
  },
});
