/** The server, signing in, devices and API tokens. */
import * as z from 'zod/mini';
import { ApiTokenId, DeviceId, OrganisationId, UserId } from '../ids.ts';
import { Role } from '../rows.ts';
import { Capability, ProviderName } from '../workspace.ts';
import { define, Email, Empty, Name, Password, Scope, text } from './endpoint.ts';

export const Me = z.object({
  user: z.object({ id: UserId, name: z.string(), email: z.string(), hasPassword: z.boolean() }),
  /** The device this request came from; null for an API token. */
  deviceId: z.nullable(DeviceId),
  organisations: z.array(z.object({ id: OrganisationId, name: z.string(), role: Role })),
});
export type Me = z.infer<typeof Me>;

export const OAuthName = z.enum(['github', 'google']);
export type OAuthName = z.infer<typeof OAuthName>;

/** What a visitor may know before signing in. */
export const ServerInfo = z.object({
  version: z.string(),
  /** Nobody owns this server yet: show the set-up screen. */
  needsSetup: z.boolean(),
  oauth: z.array(OAuthName),
  providers: z.array(
    z.object({
      name: ProviderName,
      capabilities: z.array(Capability),
      enabled: z.boolean(),
      reason: z.nullable(z.string()),
    }),
  ),
});
export type ServerInfo = z.infer<typeof ServerInfo>;

export const Device = z.object({
  id: DeviceId,
  /** "Chrome on Android". */
  name: z.string(),
  address: z.string(),
  current: z.boolean(),
  createdAt: z.number(),
  seenAt: z.number(),
});
export type Device = z.infer<typeof Device>;

export const ApiToken = z.object({
  id: ApiTokenId,
  name: z.string(),
  organisationId: OrganisationId,
  scope: Scope,
  createdAt: z.number(),
  expiresAt: z.number(),
  usedAt: z.nullable(z.number()),
});
export type ApiToken = z.infer<typeof ApiToken>;

export const authEndpoints = define({
  getServer: {
    method: 'get',
    path: '/api/server',
    tag: 'server',
    summary: 'What this server is and offers',
    access: 'public',
    response: ServerInfo,
  },
  getHealth: {
    method: 'get',
    path: '/api/health',
    tag: 'server',
    summary: 'Alive and able to reach its database',
    access: 'public',
    response: z.object({ ok: z.literal(true) }),
  },
  setUp: {
    method: 'post',
    path: '/api/setup',
    tag: 'auth',
    access: 'public',
    status: 201,
    summary: 'Become the owner of a fresh server with the one-time code from its terminal',
    body: z.object({ code: text(64), name: Name, email: Email, password: Password, organisation: Name }),
    response: Me,
  },
  signIn: {
    method: 'post',
    path: '/api/sign-in',
    tag: 'auth',
    summary: 'Sign in with a password',
    access: 'public',
    body: z.object({ email: Email, password: z.string().check(z.maxLength(256)) }),
    response: Me,
  },
  signOut: {
    method: 'post',
    path: '/api/sign-out',
    tag: 'auth',
    summary: 'Sign this device out',
    access: 'device',
    response: Empty,
  },
  signOutEverywhere: {
    method: 'post',
    path: '/api/sign-out-everywhere',
    tag: 'auth',
    summary: 'Sign every device of this person out, this one too',
    access: 'device',
    response: Empty,
  },
  getMe: {
    method: 'get',
    path: '/api/me',
    tag: 'auth',
    summary: 'Who I am and where I belong',
    response: Me,
  },
  updateMe: {
    method: 'patch',
    path: '/api/me',
    tag: 'auth',
    summary: 'Change my name or password',
    access: 'device',
    body: z.object({
      name: z.optional(Name),
      password: z.optional(
        z.object({ current: z.nullable(z.string().check(z.maxLength(256))), new: Password }),
      ),
    }),
    response: Me,
  },
  listDevices: {
    method: 'get',
    path: '/api/me/devices',
    tag: 'auth',
    summary: 'My signed-in devices',
    response: z.object({ devices: z.array(Device) }),
    access: 'device',
  },
  revokeDevice: {
    method: 'delete',
    path: '/api/me/devices/:device',
    tag: 'auth',
    summary: 'Sign one of my devices out',
    access: 'device',
    params: z.object({ device: DeviceId }),
    response: Empty,
  },
  listAccounts: {
    method: 'get',
    path: '/api/me/accounts',
    tag: 'auth',
    summary: 'My accounts elsewhere that sign me in',
    access: 'device',
    response: z.object({ accounts: z.array(z.object({ provider: OAuthName, linkedAt: z.number() })) }),
  },
  linkAccount: {
    method: 'post',
    path: '/api/me/accounts/:provider',
    tag: 'auth',
    summary: 'Begin to link an account elsewhere: answers where my browser agrees to it',
    access: 'device',
    params: z.object({ provider: OAuthName }),
    /** Mine, if I have one. `next`: the path to come back to, with `?error=<code>` when nothing was linked. */
    body: z.object({
      password: z.nullable(z.string().check(z.maxLength(256))),
      next: z.string().check(z.maxLength(1_000)),
    }),
    response: z.object({ url: z.string() }),
  },
  unlinkAccount: {
    method: 'delete',
    path: '/api/me/accounts/:provider',
    tag: 'auth',
    summary: 'Have an account elsewhere sign me in no more',
    access: 'device',
    params: z.object({ provider: OAuthName }),
    response: Empty,
  },
  listTokens: {
    method: 'get',
    path: '/api/me/tokens',
    tag: 'auth',
    summary: 'My API tokens',
    access: 'device',
    response: z.object({ tokens: z.array(ApiToken) }),
  },
  createToken: {
    method: 'post',
    path: '/api/me/tokens',
    tag: 'auth',
    summary: 'Make an API token; it is shown once',
    access: 'device',
    status: 201,
    body: z.object({
      name: Name,
      organisationId: OrganisationId,
      scope: Scope,
      days: z.int().check(z.minimum(1), z.maximum(365)),
    }),
    response: z.object({ token: ApiToken, secret: z.string() }),
  },
  revokeToken: {
    method: 'delete',
    path: '/api/me/tokens/:token',
    tag: 'auth',
    summary: 'Revoke an API token',
    access: 'device',
    params: z.object({ token: ApiTokenId }),
    response: Empty,
  },
});
