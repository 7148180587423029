/** The rows that browsers mirror. One schema a table: on the feed, in HTTP answers and in IndexedDB. Times are ms since 1970. */
import * as z from 'zod/mini';
import {
  AgentId,
  CredentialId,
  HostId,
  OrganisationId,
  RepositoryId,
  SessionId,
  TerminalId,
  UserId,
  WorkspaceId,
} from './ids.ts';
import { Cols, Rows, TerminalEnd } from './terminal.ts';
import { Capability, ProviderName, ProvisioningStep, WorkspaceError, WorkspaceStatus } from './workspace.ts';

export const Role = z.enum(['owner', 'admin', 'member']);
export type Role = z.infer<typeof Role>;

const Time = z.number();

/** The organisation itself: one row, whose id is the organisation's. */
export const OrganisationRow = z.object({ id: OrganisationId, name: z.string(), createdAt: Time });
export type OrganisationRow = z.infer<typeof OrganisationRow>;

/** `id` is the user's id: a person is a member of an organisation once. */
export const MemberRow = z.object({
  id: UserId,
  organisationId: OrganisationId,
  name: z.string(),
  email: z.string(),
  role: Role,
  joinedAt: Time,
});
export type MemberRow = z.infer<typeof MemberRow>;

export const RepositoryRow = z.object({
  id: RepositoryId,
  organisationId: OrganisationId,
  /** Shown in lists: `acme/payments`. */
  name: z.string(),
  /** Never carries a credential. */
  url: z.string(),
  defaultBranch: z.string(),
  credentialId: z.nullable(CredentialId),
  createdAt: Time,
});
export type RepositoryRow = z.infer<typeof RepositoryRow>;

/** A machine that an admin has added for the `ssh` provider. */
export const HostRow = z.object({
  id: HostId,
  organisationId: OrganisationId,
  name: z.string(),
  address: z.string(),
  port: z.int(),
  username: z.string(),
  auth: z.enum(['key', 'agent']),
  /** `SHA256:…` of the pinned host key; null until somebody has accepted it. */
  hostKeyFingerprint: z.nullable(z.string()),
  /** For `key`: the public half, to put into `authorized_keys`. */
  publicKey: z.nullable(z.string()),
  createdAt: Time,
});
export type HostRow = z.infer<typeof HostRow>;

export const WorkspaceRow = z.object({
  id: WorkspaceId,
  organisationId: OrganisationId,
  name: z.string(),
  repositoryId: z.nullable(RepositoryId),
  provider: ProviderName,
  hostId: z.nullable(HostId),
  branch: z.string(),
  baseBranch: z.nullable(z.string()),
  status: WorkspaceStatus,
  /** The provisioning or start under way, or the last one. */
  steps: z.array(ProvisioningStep),
  error: z.nullable(WorkspaceError),
  /**
   * Of a running one: its machine is not reached, and why; `at`: since when. It may only be asleep, so the status stays.
   * Missing: it is reached, as far as is known, or the server is an older one.
   */
  unreachable: z.optional(z.nullable(WorkspaceError)),
  capabilities: z.array(Capability),
  /** The checkout's absolute path on the machine, once it is known. */
  folder: z.nullable(z.string()),
  /** 0: never. */
  autoStopMinutes: z.int(),
  createdBy: UserId,
  createdAt: Time,
  /** Last input, output, or start; coarse (a minute). */
  activeAt: Time,
});
export type WorkspaceRow = z.infer<typeof WorkspaceRow>;

export const TerminalRow = z.object({
  id: TerminalId,
  organisationId: OrganisationId,
  workspaceId: WorkspaceId,
  /** Given by a person; null: the title, or "Terminal n". */
  name: z.nullable(z.string()),
  /** From OSC 0/2. */
  title: z.nullable(z.string()),
  /** Counts from 1 within the workspace. */
  number: z.int(),
  /** `ended` terminals keep their last screen; `closed` ones can be reopened for a while. */
  status: z.enum(['running', 'ended', 'closed']),
  end: z.nullable(TerminalEnd),
  cols: Cols,
  rows: Rows,
  /** What members other than the workspace's owner and admins may do. */
  othersMay: z.enum(['write', 'view']),
  /** The last bell; null: never. */
  bellAt: z.nullable(Time),
  createdBy: UserId,
  createdAt: Time,
});
export type TerminalRow = z.infer<typeof TerminalRow>;

/** What a list shows of a session: it works, it waits for a person, or it failed. */
export const SessionStatus = z.enum(['idle', 'queued', 'starting', 'thinking', 'tool', 'waiting', 'failed']);
export type SessionStatus = z.infer<typeof SessionStatus>;

/** One conversation with an agent. Its events are not mirrored; they have a socket of their own. */
export const SessionRow = z.object({
  id: SessionId,
  organisationId: OrganisationId,
  workspaceId: WorkspaceId,
  /** Given by a person, or the beginning of the first prompt. */
  title: z.string(),
  /** `claude`, `scripted`, or the id of an agent of the organisation. */
  agent: z.string(),
  status: SessionStatus,
  /** The last seq when the row last changed: more than this device has read is unread. */
  head: z.int(),
  archivedAt: z.nullable(Time),
  createdBy: UserId,
  createdAt: Time,
  activeAt: Time,
});
export type SessionRow = z.infer<typeof SessionRow>;

/** An agent that the organisation has added to the built-in ones. */
export const AgentRow = z.object({
  id: AgentId,
  organisationId: OrganisationId,
  name: z.string(),
  command: z.string(),
  args: z.array(z.string()),
  /** Names of the organisation's secrets that it is given. */
  secrets: z.array(z.string()),
  createdAt: Time,
});
export type AgentRow = z.infer<typeof AgentRow>;

/** Mirrored tables, by the name they have on the wire and in IndexedDB. */
export const MIRRORED = {
  organisations: OrganisationRow,
  members: MemberRow,
  repositories: RepositoryRow,
  hosts: HostRow,
  workspaces: WorkspaceRow,
  terminals: TerminalRow,
  sessions: SessionRow,
  agents: AgentRow,
} as const;

export type MirroredTable = keyof typeof MIRRORED;
export type MirroredRow<T extends MirroredTable> = z.infer<(typeof MIRRORED)[T]>;
export const MirroredTableName = z.enum(Object.keys(MIRRORED) as [MirroredTable, ...MirroredTable[]]);
