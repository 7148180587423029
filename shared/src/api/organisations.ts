/** Organisations, members and invites. */
import * as z from 'zod/mini';
import { InviteId, UserId } from '../ids.ts';
import { MemberRow, OrganisationRow, Role } from '../rows.ts';
import { Me } from './auth.ts';
import { define, Email, Empty, inOrg, Name, orgAnd, Password, text } from './endpoint.ts';

export const Invite = z.object({
  id: InviteId,
  role: Role,
  /** For whom, as a reminder; not enforced. */
  note: z.nullable(z.string()),
  createdBy: UserId,
  createdAt: z.number(),
  expiresAt: z.number(),
  usedBy: z.nullable(UserId),
});
export type Invite = z.infer<typeof Invite>;

export const organisationEndpoints = define({
  createOrganisation: {
    method: 'post',
    path: '/api/orgs',
    tag: 'organisations',
    summary: 'Start an organisation',
    access: 'device',
    status: 201,
    body: z.object({ name: Name }),
    response: OrganisationRow,
  },
  updateOrganisation: {
    method: 'patch',
    path: '/api/orgs/:org',
    tag: 'organisations',
    summary: 'Rename the organisation',
    scope: 'admin',
    params: inOrg,
    body: z.object({ name: Name }),
    response: OrganisationRow,
  },
  listMembers: {
    method: 'get',
    path: '/api/orgs/:org/members',
    tag: 'organisations',
    summary: 'Members',
    params: inOrg,
    response: z.object({ members: z.array(MemberRow) }),
  },
  updateMember: {
    method: 'patch',
    path: '/api/orgs/:org/members/:user',
    tag: 'organisations',
    summary: 'Change a role',
    scope: 'admin',
    params: orgAnd({ user: UserId }),
    body: z.object({ role: Role }),
    response: MemberRow,
  },
  removeMember: {
    method: 'delete',
    path: '/api/orgs/:org/members/:user',
    tag: 'organisations',
    summary: 'Remove a member, or leave',
    scope: 'admin',
    params: orgAnd({ user: UserId }),
    response: Empty,
  },
  listInvites: {
    method: 'get',
    path: '/api/orgs/:org/invites',
    tag: 'organisations',
    summary: 'Open invites',
    scope: 'admin',
    params: inOrg,
    response: z.object({ invites: z.array(Invite) }),
  },
  createInvite: {
    method: 'post',
    path: '/api/orgs/:org/invites',
    tag: 'organisations',
    summary: 'Make an invite link; its secret is shown once',
    scope: 'admin',
    status: 201,
    params: inOrg,
    body: z.object({
      role: Role,
      note: z.optional(z.nullable(text(200))),
      days: z.int().check(z.minimum(1), z.maximum(30)),
    }),
    response: z.object({
      invite: Invite,
      /** The link's path; the secret is in its fragment, which no server log sees. */ path: z.string(),
    }),
  },
  revokeInvite: {
    method: 'delete',
    path: '/api/orgs/:org/invites/:invite',
    tag: 'organisations',
    summary: 'Revoke an invite',
    scope: 'admin',
    params: orgAnd({ invite: InviteId }),
    response: Empty,
  },
  previewInvite: {
    method: 'post',
    path: '/api/invites/preview',
    tag: 'organisations',
    summary: 'What an invite is for',
    access: 'public',
    body: z.object({ secret: text(100) }),
    response: z.object({
      organisation: z.string(),
      role: Role,
      invitedBy: z.string(),
      expiresAt: z.number(),
    }),
  },
  acceptInvite: {
    method: 'post',
    path: '/api/invites/accept',
    tag: 'organisations',
    access: 'public',
    summary: 'Join with an invite: as the signed-in person, or as a new one',
    body: z.object({
      secret: text(100),
      person: z.optional(z.object({ name: Name, email: Email, password: Password })),
    }),
    response: Me,
  },
});
