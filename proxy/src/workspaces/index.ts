/** Puts the feature together. `app.ts` calls this once and hands parts of the result to other features. */
import type { WorkspaceRow } from '@porthole/shared';
import type { MembershipOf } from '../auth/actor.ts';
import type { Database } from '../db/database.ts';
import type { FeedRecorder, FeedSource } from '../feed/record.ts';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { SecretBox } from '../lib/secrets.ts';
import { SshPool } from '../ssh/pool.ts';
import { type Access, createAccess } from './access.ts';
import { hasBusyForeground } from './busy.ts';
import { CredentialStore } from './credential-store.ts';
import type { SshAgent } from './host-agent.ts';
import { hostRoutes } from './host-routes.ts';
import { HostStore } from './host-store.ts';
import { type Activity, IdleWatch } from './idle.ts';
import { Machines } from './machines.ts';
import { type Provider, ProviderError } from './provider.ts';
import { LocalProvider } from './providers/local.ts';
import type { Environment } from './providers/local-environment.ts';
import { SshProvider } from './providers/ssh.ts';
import { ReachWatch } from './reach.ts';
import { repositoryRoutes } from './repository-routes.ts';
import { RepositoryStore } from './repository-store.ts';
import { workspaceRoutes } from './routes.ts';
import { type Workspace, WorkspaceStore } from './store.ts';
import { Supervisor } from './supervisor.ts';

export type { Activity } from './idle.ts';
export type { Machines } from './machines.ts';
export { localAvailability } from './providers/local.ts';
export type { Workspace } from './store.ts';

export interface WorkspacesDeps {
  db: Database;
  feed: FeedRecorder;
  secrets: SecretBox;
  clock: Clock;
  log: Logger;
  membershipOf: MembershipOf;
  /** Local workspaces live in `<dataFolder>/workspaces`. */
  dataFolder: string;
  /** SE6: from `localAvailability(config.host, config.localProvider)`. */
  local: Provider['availability'];
  /** The server's own environment, from `config.ts`; the local provider passes on what a login would have. */
  environment: Environment;
  /** The server's ssh-agent, for hosts with `auth: 'agent'`. */
  agent: SshAgent;
  /**
   * Repositories in folders, by file:// and by plain http. By default where local workspaces are allowed: their
   * shells could read those folders anyway.
   */
  allowLocalRepositories?: boolean;
  /** WS3: what the terminals know. */
  activity: Activity;
  /** A workspace is about to stop, pause or go: end its terminals with `workspace_stopped`. Awaited. */
  onEnding: (workspaceId: string, effect: 'stop' | 'pause' | 'destroy') => Promise<void> | void;
  /** The row of a workspace and all that belonged to it are gone. */
  onRemoved?: (workspaceId: string) => void;
  /** Further providers; the ones by the same name replace ours. */
  providers?: (pool: SshPool) => Provider[];
  random?: () => number;
}

export interface Workspaces extends Disposable {
  /** HTTP of workspaces, repositories, credentials and hosts. */
  routes: Routes;
  /** The mirrored tables, whole. */
  sources: FeedSource[];
  /** Shells and commands in running workspaces. */
  machines: Machines;
  /** Scoped look-ups for other features: a workspace that this actor may open, or `not_found`. */
  access: Access;
  supervisor: Supervisor;
  /** For `GET /api/server`. */
  offers(): {
    name: WorkspaceRow['provider'];
    capabilities: WorkspaceRow['capabilities'];
    enabled: boolean;
    reason: string | null;
  }[];
  /** Where the work of a workspace is pushed to; null: to nowhere that is known. */
  remote(workspaceId: string): Promise<{ url: string; branch: string; token: string | null } | null>;
  /** SSH connections to machines, now. */
  connections(): number;
  /** Looks for machines that are out of reach, and for idle workspaces, now and not at the next minute. */
  checkIdle(): Promise<void>;
  /** Call once at start: takes up what was in flight, and begins to look for idle workspaces. */
  start(): Promise<void>;
  /** Disposes, and resolves when nothing of it runs on this machine any more. */
  stop(): Promise<void>;
}

export function createWorkspaces(deps: WorkspacesDeps): Workspaces {
  const { db, feed, secrets, clock, log, membershipOf } = deps;
  const resources = new DisposableStore();
  const pool = resources.add(new SshPool({ clock }));
  const hosts = new HostStore(db, feed, secrets, deps.agent);
  const repositories = new RepositoryStore(db, feed);
  const credentials = new CredentialStore(db, secrets);
  const local = resources.add(
    new LocalProvider({
      pool,
      clock,
      dataFolder: deps.dataFolder,
      availability: deps.local,
      environment: deps.environment,
    }),
  );
  const ssh = new SshProvider({
    pool,
    clock,
    async hostTarget(organisation, host) {
      const found = await hosts.target(organisation, host);
      if (found.kind === 'refused') throw new ProviderError('agent_refused', 'permanent', found.message);
      return found.kind === 'target' ? found.target : null;
    },
  });
  const providers = new Map<string, Provider>();
  for (const provider of [local, ssh, ...(deps.providers?.(pool) ?? [])])
    providers.set(provider.name, provider);

  const find = (name: WorkspaceRow['provider']) => providers.get(name) ?? null;
  const provider = (name: WorkspaceRow['provider']): Provider => {
    const known = find(name);
    if (known) return known;
    throw new ProviderError('provider_off', 'permanent', `This server does not offer ${name} workspaces.`);
  };
  const store = new WorkspaceStore(
    db,
    feed,
    (name) => [...(find(name)?.capabilities ?? [])],
    (id) => deps.onRemoved?.(id),
  );
  const access = createAccess(membershipOf, store);
  const source = async (workspace: Workspace) => {
    if (workspace.repositoryId === null) return null;
    const repository = await repositories.get(workspace.organisationId, workspace.repositoryId);
    if (!repository)
      throw new ProviderError(
        'repository_gone',
        'permanent',
        'The repository of this workspace was removed.',
      );
    const { id, organisationId, name, url, credentialId } = repository;
    const defaultBranch = await repositories.knownDefaultBranch(organisationId, id);
    const opened = credentialId === null ? null : await credentials.open(organisationId, credentialId, url);
    if (opened && !opened.ok) throw new ProviderError('credential_refused', 'permanent', opened.message);
    const credential = opened?.credential ?? null;
    const learnDefaultBranch = (branch: string) =>
      repositories.learnDefaultBranch(organisationId, id, branch);
    return { name, url, defaultBranch, credential, learnDefaultBranch };
  };
  const supervisor = resources.add(
    new Supervisor({
      store,
      pool,
      clock,
      log,
      provider,
      source,
      onEnding: deps.onEnding,
      random: deps.random ?? Math.random,
    }),
  );
  const reach = new ReachWatch({
    ...{ clock, log, pool, store, provider },
    lose: (id, error) => supervisor.lose(id, error),
  });
  const onReached = (workspace: Workspace) => reach.reached(workspace);
  const machines = new Machines({ store, pool, clock, provider, supervisor, onReached });
  const idle = new IdleWatch({
    clock,
    log,
    store,
    activity: deps.activity,
    reach,
    busyForeground: ({ id }) => hasBusyForeground((options) => machines.execUnmarked(id, options), id),
    send: (id, event) => supervisor.send(id, event),
  });
  const now = () => clock.now();
  const gitUrls = { allowLocal: deps.allowLocalRepositories ?? deps.local.enabled };
  const common = { access, repositories, credentials, gitUrls, now };
  const routes: Routes = (mount) => {
    workspaceRoutes({ ...common, store, hosts, supervisor, machines, reach, provider: find })(mount);
    repositoryRoutes(common)(mount);
    hostRoutes({ access, hosts, pool, clock })(mount);
  };

  return {
    routes,
    sources: [
      { table: 'repositories', readAll: (q, organisationId) => repositories.list(organisationId, q) },
      { table: 'hosts', readAll: (q, organisationId) => hosts.list(organisationId, q) },
      { table: 'workspaces', readAll: (q, organisationId) => store.list(organisationId, q) },
    ],
    machines,
    access,
    supervisor,
    offers: () =>
      [...providers.values()].map(({ name, capabilities, availability }) => ({
        name,
        capabilities: [...capabilities],
        ...availability,
      })),
    async remote(workspaceId) {
      const workspace = await store.get(workspaceId);
      if (!workspace || workspace.repositoryId === null) return null;
      const repository = await repositories.get(workspace.organisationId, workspace.repositoryId);
      if (!repository) return null;
      const { url, credentialId } = repository;
      const opened =
        credentialId === null ? null : await credentials.open(workspace.organisationId, credentialId, url);
      const credential = opened?.ok ? opened.credential : null;
      const token = credential?.kind === 'https_token' ? credential.token : null;
      return { url, branch: workspace.branch, token };
    },
    connections: () => pool.connections,
    checkIdle: () => idle.check(),
    async start() {
      await supervisor.start();
      resources.add(idle.start());
    },
    dispose: () => resources.dispose(),
    async stop() {
      resources.dispose();
      await local.end();
      await supervisor.idle();
    },
  };
}
