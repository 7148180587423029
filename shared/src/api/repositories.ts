/** Repositories, git credentials and hosts. */
import * as z from 'zod/mini';
import { CredentialId, HostId, RepositoryId } from '../ids.ts';
import { HostRow, RepositoryRow } from '../rows.ts';
import { BranchName, define, Empty, inOrg, Name, orgAnd, Secret, text } from './endpoint.ts';

/** A git credential; its secret is never sent back. */
export const Credential = z.object({
  id: CredentialId,
  kind: z.enum(['https_token', 'ssh_key']),
  name: z.string(),
  username: z.nullable(z.string()),
  /** For `https_token`: the git server that it is for, with its port if that is not 443; null: nobody has said yet. */
  host: z.nullable(z.string()),
  /** For `ssh_key`: the public half. */
  publicKey: z.nullable(z.string()),
  createdAt: z.number(),
});
export type Credential = z.infer<typeof Credential>;

/** What a host answers before anybody trusts it. */
export const HostProbe = z.object({
  reachable: z.boolean(),
  /** The key it showed. */
  fingerprint: z.nullable(z.string()),
  keyType: z.nullable(z.string()),
  pinned: z.nullable(z.string()),
  /** null: signed in and ran a command. Otherwise why not. */
  problem: z.nullable(z.object({ code: z.string(), message: z.string() })),
});
export type HostProbe = z.infer<typeof HostProbe>;

export const repositoryEndpoints = define({
  listRepositories: {
    method: 'get',
    path: '/api/orgs/:org/repositories',
    tag: 'repositories',
    summary: 'Repositories',
    params: inOrg,
    response: z.object({ repositories: z.array(RepositoryRow) }),
  },
  createRepository: {
    method: 'post',
    path: '/api/orgs/:org/repositories',
    tag: 'repositories',
    summary: 'Add a repository by its git URL',
    status: 201,
    params: inOrg,
    body: z.object({
      url: text(2000),
      name: z.optional(Name),
      defaultBranch: z.optional(BranchName),
      credentialId: z.optional(z.nullable(CredentialId)),
    }),
    response: RepositoryRow,
  },
  updateRepository: {
    method: 'patch',
    path: '/api/orgs/:org/repositories/:repository',
    tag: 'repositories',
    summary: 'Change a repository',
    params: orgAnd({ repository: RepositoryId }),
    body: z.object({
      name: z.optional(Name),
      defaultBranch: z.optional(BranchName),
      credentialId: z.optional(z.nullable(CredentialId)),
    }),
    response: RepositoryRow,
  },
  deleteRepository: {
    method: 'delete',
    path: '/api/orgs/:org/repositories/:repository',
    tag: 'repositories',
    summary: 'Remove a repository; refused while workspaces use it',
    scope: 'admin',
    params: orgAnd({ repository: RepositoryId }),
    response: Empty,
  },
  listCredentials: {
    method: 'get',
    path: '/api/orgs/:org/credentials',
    tag: 'repositories',
    summary: 'Git credentials, without their secrets',
    params: inOrg,
    response: z.object({ credentials: z.array(Credential) }),
  },
  createCredential: {
    method: 'post',
    path: '/api/orgs/:org/credentials',
    tag: 'repositories',
    summary: 'Store a git credential (encrypted)',
    scope: 'admin',
    status: 201,
    params: inOrg,
    body: z.discriminatedUnion('kind', [
      /** It goes to `host` alone: `github.com`, `git.example.com:8443`. */
      z.object({
        kind: z.literal('https_token'),
        name: Name,
        host: text(300),
        username: z.optional(Name),
        token: Secret,
      }),
      /** Without `privateKey` an ed25519 pair is made and its public half returned. */
      z.object({ kind: z.literal('ssh_key'), name: Name, privateKey: z.optional(Secret) }),
    ]),
    response: Credential,
  },
  deleteCredential: {
    method: 'delete',
    path: '/api/orgs/:org/credentials/:credential',
    tag: 'repositories',
    summary: 'Forget a git credential',
    scope: 'admin',
    params: orgAnd({ credential: CredentialId }),
    response: Empty,
  },
  listHosts: {
    method: 'get',
    path: '/api/orgs/:org/hosts',
    tag: 'hosts',
    summary: 'Machines of the ssh provider',
    params: inOrg,
    response: z.object({
      hosts: z.array(HostRow),
      /** Whether machines of this organisation may sign in by the server's ssh-agent. */
      agent: z.boolean(),
    }),
  },
  createHost: {
    method: 'post',
    path: '/api/orgs/:org/hosts',
    tag: 'hosts',
    summary: 'Add a machine. Without a private key an ed25519 pair is made',
    scope: 'admin',
    status: 201,
    params: inOrg,
    body: z.object({
      name: Name,
      address: text(255),
      port: z.int().check(z.minimum(1), z.maximum(65535)),
      username: text(64),
      auth: z.enum(['key', 'agent']),
      privateKey: z.optional(Secret),
      passphrase: z.optional(z.string().check(z.maxLength(1000))),
    }),
    response: HostRow,
  },
  probeHost: {
    method: 'post',
    path: '/api/orgs/:org/hosts/:host/probe',
    tag: 'hosts',
    summary: 'Show its key, and try to sign in when the key is pinned',
    scope: 'admin',
    params: orgAnd({ host: HostId }),
    response: HostProbe,
  },
  pinHostKey: {
    method: 'post',
    path: '/api/orgs/:org/hosts/:host/pin',
    tag: 'hosts',
    summary: 'Trust the host key with this fingerprint',
    scope: 'admin',
    params: orgAnd({ host: HostId }),
    body: z.object({ fingerprint: text(200) }),
    response: HostRow,
  },
  deleteHost: {
    method: 'delete',
    path: '/api/orgs/:org/hosts/:host',
    tag: 'hosts',
    summary: 'Remove a machine; refused while workspaces use it',
    scope: 'admin',
    params: orgAnd({ host: HostId }),
    response: Empty,
  },
});
