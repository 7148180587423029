/** Agents that may be used, and the secrets they need. */
import * as z from 'zod/mini';
import { SecretName } from '../agents.ts';
import { AgentId, SessionId, WorkspaceId } from '../ids.ts';
import { AgentRow } from '../rows.ts';
import { define, Empty, FileAnswer, inOrg, Name, orgAnd, Secret } from './endpoint.ts';

const Command = z.string().check(z.trim(), z.minLength(1), z.maxLength(1000));
const Args = z.array(z.string().check(z.maxLength(1000))).check(z.maxLength(50));

/** An agent as a person chooses it. `key` goes into `createSession.agent`. */
export const OfferedAgent = z.object({
  key: z.string(),
  name: z.string(),
  about: z.string(),
  builtIn: z.boolean(),
  /** Secrets that it needs and the organisation has not set. */
  missing: z.array(z.string()),
  install: z.nullable(z.string()),
});
export type OfferedAgent = z.infer<typeof OfferedAgent>;

export const agentEndpoints = define({
  listAgents: {
    method: 'get',
    path: '/api/orgs/:org/agents',
    tag: 'agents',
    summary: 'Agents to choose from',
    params: inOrg,
    response: z.object({ agents: z.array(OfferedAgent) }),
  },
  addAgent: {
    method: 'post',
    path: '/api/orgs/:org/agents',
    tag: 'agents',
    summary: 'Add any command that speaks ACP on its standard streams',
    status: 201,
    params: inOrg,
    body: z.object({
      name: Name,
      command: Command,
      args: z.optional(Args),
      /** Secrets given to it as environment variables of the same names. */
      secrets: z.optional(z.array(SecretName).check(z.maxLength(20))),
    }),
    response: AgentRow,
  },
  removeAgent: {
    method: 'delete',
    path: '/api/orgs/:org/agents/:agent',
    tag: 'agents',
    summary: 'Remove an added agent; its sessions stay readable',
    params: orgAnd({ agent: AgentId }),
    response: Empty,
  },
  listSecrets: {
    method: 'get',
    path: '/api/orgs/:org/secrets',
    tag: 'agents',
    summary: 'Names of the organisation’s secrets; never their values',
    params: inOrg,
    response: z.object({ secrets: z.array(z.object({ name: z.string(), setAt: z.number() })) }),
  },
  setSecret: {
    method: 'put',
    path: '/api/orgs/:org/secrets/:name',
    tag: 'agents',
    summary: 'Set a key of a model service, or another secret of agents',
    params: orgAnd({ name: SecretName }),
    body: z.object({ value: Secret }),
    response: Empty,
  },
  removeSecret: {
    method: 'delete',
    path: '/api/orgs/:org/secrets/:name',
    tag: 'agents',
    summary: 'Forget a secret',
    params: orgAnd({ name: SecretName }),
    response: Empty,
  },
  getUsage: {
    method: 'get',
    path: '/api/orgs/:org/usage',
    tag: 'agents',
    summary:
      'Tokens and requests that went through the model gateway, per day, person and model, and per session; what agents say they have cost',
    params: inOrg,
    query: z.object({
      days: z.optional(z.pipe(z.coerce.number(), z.int().check(z.minimum(1), z.maximum(90)))),
      /** Of this session alone. */
      session: z.optional(SessionId),
    }),
    response: z.object({
      rows: z.array(
        z.object({
          /** 2026-11-21, UTC. */
          day: z.string(),
          userId: z.string(),
          upstream: z.enum(['anthropic', 'openai']),
          model: z.string(),
          requests: z.int(),
          inputTokens: z.int(),
          outputTokens: z.int(),
        }),
      ),
      /** Per session and person: those with the most. A session may be gone by now. */
      sessions: z.array(
        z.object({
          session: SessionId,
          userId: z.string(),
          requests: z.int(),
          inputTokens: z.int(),
          outputTokens: z.int(),
        }),
      ),
      /** By what agents say of themselves, also of those that use no gateway: those with the most. */
      costs: z.array(
        z.object({ session: SessionId, userId: z.string(), currency: z.string(), amount: z.number() }),
      ),
      /** Tokens a month; null: no limit. */
      limit: z.nullable(z.int()),
    }),
  },
  getBridge: {
    method: 'get',
    path: '/api/bridge',
    tag: 'agents',
    summary:
      'The bridge of this server, one file for Node 20 or later: for a machine that connects by itself and cannot be sent it',
    file: true,
    response: FileAnswer,
  },
  makeBridgeToken: {
    method: 'post',
    path: '/api/workspaces/:workspace/bridge-token',
    tag: 'agents',
    summary:
      'A token by which the workspace’s machine connects by itself (`/ws/bridge`), for machines that the server cannot reach. Shown once; the one before it ends',
    status: 201,
    scope: 'admin',
    params: z.object({ workspace: WorkspaceId }),
    response: z.object({
      token: z.string(),
      /** Where the machine connects to, with the token as `Authorization: Bearer`. */
      url: z.string(),
    }),
  },
  removeBridgeToken: {
    method: 'delete',
    path: '/api/workspaces/:workspace/bridge-token',
    tag: 'agents',
    summary: 'End the token, and the connection that was made with it',
    scope: 'admin',
    params: z.object({ workspace: WorkspaceId }),
    response: Empty,
  },
});
