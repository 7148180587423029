/** Workspaces and commands in them. */
import * as z from 'zod/mini';
import { CredentialId, HostId, RepositoryId, WorkspaceId } from '../ids.ts';
import { WorkspaceRow } from '../rows.ts';
import { ProviderName } from '../workspace.ts';
import { BranchName, define, Empty, inOrg, Name, text } from './endpoint.ts';

export const ExecResult = z.object({
  stdout: z.string(),
  stderr: z.string(),
  /** null when a signal or a limit ended it. */
  exitCode: z.nullable(z.int()),
  signal: z.nullable(z.string()),
  /** The limit that ended it. What was printed until then is in `stdout` and `stderr`. */
  limit: z.nullable(z.enum(['time', 'output'])),
});
export type ExecResult = z.infer<typeof ExecResult>;

export const EXEC_LIMITS = {
  defaultSeconds: 60,
  maxSeconds: 600,
  defaultBytes: 1024 * 1024,
  maxBytes: 8 * 1024 * 1024,
} as const;

export const workspaceEndpoints = define({
  listWorkspaces: {
    method: 'get',
    path: '/api/orgs/:org/workspaces',
    tag: 'workspaces',
    summary: 'Workspaces',
    params: inOrg,
    response: z.object({ workspaces: z.array(WorkspaceRow) }),
  },
  createWorkspace: {
    method: 'post',
    path: '/api/orgs/:org/workspaces',
    tag: 'workspaces',
    summary: 'Make a workspace; its steps follow on the feed',
    status: 201,
    params: inOrg,
    body: z.object({
      name: z.optional(Name),
      provider: ProviderName,
      hostId: z.optional(z.nullable(HostId)),
      /** A repository of the organisation, or a git URL that is added as one, or neither for an empty workspace. */
      repositoryId: z.optional(z.nullable(RepositoryId)),
      url: z.optional(z.nullable(text(2000))),
      credentialId: z.optional(z.nullable(CredentialId)),
      baseBranch: z.optional(z.nullable(BranchName)),
      branch: z.optional(z.nullable(BranchName)),
      autoStopMinutes: z.optional(z.int().check(z.minimum(0), z.maximum(10_080))),
    }),
    response: WorkspaceRow,
  },
  getWorkspace: {
    method: 'get',
    path: '/api/workspaces/:workspace',
    tag: 'workspaces',
    summary: 'One workspace',
    params: z.object({ workspace: WorkspaceId }),
    response: WorkspaceRow,
  },
  updateWorkspace: {
    method: 'patch',
    path: '/api/workspaces/:workspace',
    tag: 'workspaces',
    summary: 'Rename, or change the idle limit',
    params: z.object({ workspace: WorkspaceId }),
    body: z.object({
      name: z.optional(Name),
      autoStopMinutes: z.optional(z.int().check(z.minimum(0), z.maximum(10_080))),
    }),
    response: WorkspaceRow,
  },
  startWorkspace: {
    method: 'post',
    path: '/api/workspaces/:workspace/start',
    tag: 'workspaces',
    summary: 'Start or resume',
    params: z.object({ workspace: WorkspaceId }),
    response: WorkspaceRow,
    status: 202,
  },
  stopWorkspace: {
    method: 'post',
    path: '/api/workspaces/:workspace/stop',
    tag: 'workspaces',
    summary: 'Stop: ends its terminals, keeps its files',
    params: z.object({ workspace: WorkspaceId }),
    response: WorkspaceRow,
    status: 202,
  },
  pauseWorkspace: {
    method: 'post',
    path: '/api/workspaces/:workspace/pause',
    tag: 'workspaces',
    summary: 'Pause, where the provider can',
    params: z.object({ workspace: WorkspaceId }),
    response: WorkspaceRow,
    status: 202,
  },
  retryWorkspace: {
    method: 'post',
    path: '/api/workspaces/:workspace/retry',
    tag: 'workspaces',
    summary: 'Try again after an error',
    params: z.object({ workspace: WorkspaceId }),
    response: WorkspaceRow,
    status: 202,
  },
  checkWorkspace: {
    method: 'post',
    path: '/api/workspaces/:workspace/check',
    tag: 'workspaces',
    summary: 'Look now whether its machine is reached; `unreachable` says why not',
    params: z.object({ workspace: WorkspaceId }),
    response: WorkspaceRow,
  },
  deleteWorkspace: {
    method: 'delete',
    path: '/api/workspaces/:workspace',
    tag: 'workspaces',
    summary: 'Delete it and what it made on its machine',
    params: z.object({ workspace: WorkspaceId }),
    response: Empty,
    status: 202,
  },
  execInWorkspace: {
    method: 'post',
    path: '/api/workspaces/:workspace/exec',
    tag: 'workspaces',
    summary: 'Run a command in the checkout and wait for it',
    params: z.object({ workspace: WorkspaceId }),
    // `stdin` in JSON: six bytes a character at the worst.
    maxBodyBytes: 7 * 1024 * 1024,
    body: z.object({
      /** Given to `sh -c` in the checkout. */
      command: text(20_000),
      stdin: z.optional(z.string().check(z.maxLength(1024 * 1024))),
      timeoutSeconds: z.optional(z.number().check(z.positive(), z.maximum(EXEC_LIMITS.maxSeconds))),
      maxOutputBytes: z.optional(z.int().check(z.positive(), z.maximum(EXEC_LIMITS.maxBytes))),
    }),
    response: ExecResult,
  },
});
