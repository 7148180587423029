/**
 * The tables as Kysely sees them, the same on SQLite and PostgreSQL. Times are ms since 1970 (`number`), JSON is text,
 * booleans are 0 or 1. Column names are snake_case; the feature's store.ts maps rows to the shapes of `shared`.
 */
import type { Generated } from 'kysely';

export interface Schema {
  users: UsersTable;
  auth_sessions: AuthSessionsTable;
  oauth_accounts: { provider: string; provider_user_id: string; user_id: string; created_at: number };
  api_tokens: ApiTokensTable;
  organisations: { id: string; name: string; created_at: number };
  members: { organisation_id: string; user_id: string; role: string; created_at: number };
  invites: InvitesTable;
  resets: ResetsTable;
  credentials: CredentialsTable;
  repositories: RepositoriesTable;
  hosts: HostsTable;
  workspaces: WorkspacesTable;
  terminals: TerminalsTable;
  terminal_screens: TerminalScreensTable;
  sessions: SessionsTable;
  session_events: SessionEventsTable;
  /** AG4: a prompt's id is queued once. */
  session_prompts: { id: string; session_id: string; seq: number };
  session_attachments: SessionAttachmentsTable;
  waiting_attachments: WaitingAttachmentsTable;
  session_images: SessionImagesTable;
  session_costs: SessionCostsTable;
  /** How far each workspace's bridge has been heard; `bridge` null: never yet. `token_hash`: of `/ws/bridge`. */
  bridges: { workspace_id: string; bridge: string | null; stored: number; token_hash: string | null };
  agents: AgentsTable;
  /** lib/secrets.ts */
  organisation_secrets: { organisation_id: string; name: string; secret: string; set_at: number };
  model_usage: ModelUsageTable;
  feed: FeedTable;
  /** The last seq given out per organisation; the row is locked by whoever appends. */
  feed_heads: { organisation_id: string; seq: number; oldest: number };
  /** Small server-wide facts: the hash of the set-up code, the organisation that set-up made. */
  server_facts: { key: string; value: string };
}

export interface UsersTable {
  id: string;
  /** Lower case, unique. */
  email: string;
  name: string;
  /** argon2id, PHC string; null for people who only sign in by OAuth. */
  password_hash: string | null;
  created_at: number;
}

export interface AuthSessionsTable {
  /** SHA-256 of the session id, hex. */
  id_hash: string;
  /** What the device list shows and revokes by. */
  device_id: string;
  user_id: string;
  device_name: string;
  address: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
}

export interface ApiTokensTable {
  id: string;
  /** SHA-256 of the secret, hex. */
  secret_hash: string;
  user_id: string;
  organisation_id: string;
  name: string;
  scope: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export interface InvitesTable {
  id: string;
  secret_hash: string;
  organisation_id: string;
  role: string;
  note: string | null;
  created_by: string;
  created_at: number;
  expires_at: number;
  used_by: string | null;
  used_at: number | null;
}

export interface ResetsTable {
  secret_hash: string;
  /** Whose password it is for. */
  user_id: string;
  /** The owner who made it; null: the operator, on the server itself. */
  created_by: string | null;
  expires_at: number;
  used_at: number | null;
}

export interface CredentialsTable {
  id: string;
  organisation_id: string;
  kind: string;
  name: string;
  username: string | null;
  /** The git server that a token is for; null for keys, and while nobody has said. */
  host: string | null;
  public_key: string | null;
  /** lib/secrets.ts */
  secret: string;
  created_at: number;
}

export interface RepositoriesTable {
  id: string;
  organisation_id: string;
  name: string;
  url: string;
  default_branch: string;
  /** 0: a guess, until the first clone has asked the remote. */
  default_branch_known: Generated<number>;
  credential_id: string | null;
  created_at: number;
}

export interface HostsTable {
  id: string;
  organisation_id: string;
  name: string;
  address: string;
  port: number;
  username: string;
  auth: string;
  /** lib/secrets.ts: JSON { privateKey, passphrase? }; null for `agent`. */
  secret: string | null;
  public_key: string | null;
  /** The pinned key, base64 of the wire form; null until accepted. */
  host_key: string | null;
  host_key_fingerprint: string | null;
  created_at: number;
}

export interface WorkspacesTable {
  id: string;
  organisation_id: string;
  name: string;
  repository_id: string | null;
  provider: string;
  host_id: string | null;
  branch: string;
  base_branch: string | null;
  status: string;
  /** JSON: ProvisioningStep[] */
  steps: string;
  /** JSON: WorkspaceError */
  error: string | null;
  /** JSON: WorkspaceError */
  unreachable: string | null;
  /** JSON: what the provider needs to find the machine again. */
  machine: string | null;
  folder: string | null;
  auto_stop_minutes: number;
  /** What the supervisor is about to do or doing: an effect's name; null at rest. */
  pending: string | null;
  attempt: number;
  created_by: string;
  created_at: number;
  active_at: number;
  /** When it was paused; for the stop after 24 h. */
  paused_at: number | null;
}

export interface TerminalsTable {
  id: string;
  organisation_id: string;
  workspace_id: string;
  name: string | null;
  title: string | null;
  number: number;
  status: string;
  /** JSON: TerminalEnd */
  ended: string | null;
  cols: number;
  rows: number;
  others_may: string;
  bell_at: number | null;
  created_by: string;
  created_at: number;
}

export interface TerminalScreensTable {
  terminal_id: string;
  epoch: string;
  seq: number;
  cols: number;
  rows: number;
  /** Deflated snapshot (terminals/screen.ts). */
  screen: Uint8Array;
  saved_at: number;
}

export interface FeedTable {
  organisation_id: string;
  seq: number;
  table_name: string;
  row_id: string;
  op: string;
  /** JSON: the row as browsers mirror it. */
  row: string | null;
  at: number;
}

export interface SessionsTable {
  id: string;
  organisation_id: string;
  workspace_id: string;
  title: string;
  agent: string;
  status: string;
  /** The last seq of its log when the row was written; the log itself is the truth. */
  head: number;
  /** The agent's own id of the conversation, to resume it by. */
  agent_session: string | null;
  /** JSON: a SessionHead, to fold on from; may be behind the log. */
  checkpoint: string | null;
  archived_at: number | null;
  created_by: string;
  created_at: number;
  active_at: number;
}

export interface SessionEventsTable {
  session_id: string;
  /** From 1, gapless. */
  seq: number;
  at: number;
  /** JSON: SessionEventBody */
  body: string;
}

export interface SessionAttachmentsTable {
  id: string;
  session_id: string;
  name: string;
  media_type: string;
  size: number;
  data: Uint8Array;
  created_at: number;
}

/** Uploads that no prompt has come for: in a table of their own, since a row with a file in it is written as a whole. */
export interface WaitingAttachmentsTable {
  id: string;
  created_at: number;
}

export interface SessionImagesTable {
  session_id: string;
  /** Follows from what is in it. */
  id: string;
  media_type: string;
  size: number;
  data: Uint8Array;
  /** Where the log has named it last. */
  seq: number;
}

/** By what agents say of themselves; what went through the gateway is in `model_usage`. */
export interface SessionCostsTable {
  organisation_id: string;
  /** 2026-11-21, UTC. */
  day: string;
  user_id: string;
  session_id: string;
  /** USD */
  currency: string;
  /** Millionths. */
  micros: number;
}

export interface AgentsTable {
  id: string;
  organisation_id: string;
  name: string;
  command: string;
  /** JSON: string[] */
  args: string;
  /** JSON: string[] */
  secrets: string;
  created_at: number;
}

export interface ModelUsageTable {
  organisation_id: string;
  /** 2026-11-21, UTC. */
  day: string;
  user_id: string;
  session_id: string;
  upstream: string;
  model: string;
  requests: number;
  input_tokens: number;
  output_tokens: number;
}
