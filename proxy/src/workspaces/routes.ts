/** HTTP of workspaces: making, changing, starting, ending, and commands in them. */
import { randomBytes } from 'node:crypto';
import { AUTO_STOP_MINUTES, PortholeError, type WorkspaceRow } from '@porthole/shared';
import { EXEC_LIMITS, endpoints } from '@porthole/shared/http';
import type { Routes } from '../http/mount.ts';
import { newId } from '../lib/ids.ts';
import type { Access } from './access.ts';
import { wasRefused } from './failures.ts';
import type { HostStore } from './host-store.ts';
import type { LifecycleEvent } from './lifecycle.ts';
import type { Machines } from './machines.ts';
import type { Provider } from './provider.ts';
import type { ReachWatch } from './reach.ts';
import { addRepository, type RepositoryRoutesDeps } from './repository-routes.ts';
import { plannedSteps } from './steps.ts';
import { toRow, type Workspace, type WorkspaceStore } from './store.ts';
import type { Supervisor } from './supervisor.ts';

/** At once, per workspace: each holds a session of the machine's sshd. */
export const MAX_EXECS = 16;

export interface WorkspaceRoutesDeps extends RepositoryRoutesDeps {
  access: Access;
  store: WorkspaceStore;
  hosts: HostStore;
  supervisor: Supervisor;
  machines: Machines;
  reach: ReachWatch;
  /** null: not offered by this server. */
  provider: (name: WorkspaceRow['provider']) => Provider | null;
  now: () => number;
}

export const workspaceRoutes =
  (deps: WorkspaceRoutesDeps): Routes =>
  (mount) => {
    const { access, store, supervisor, machines } = deps;

    mount(endpoints.listWorkspaces, async ({ params, actor }) => {
      await access.may(actor, params.org, 'organisation.read');
      return { workspaces: (await store.list(params.org)).map(toRow) };
    });

    mount(endpoints.createWorkspace, async ({ params, body, actor }) => {
      const membership = await access.may(actor, params.org, 'workspace.write');
      const provider = deps.provider(body.provider);
      if (!provider?.availability.enabled) {
        const reason =
          provider?.availability.reason ?? `This server does not offer ${body.provider} workspaces.`;
        throw new PortholeError('not_configured', reason);
      }
      const hostId = body.provider === 'ssh' ? await usableHost(deps, params.org, body.hostId ?? null) : null;
      const repository = body.repositoryId
        ? await deps.repositories.get(params.org, body.repositoryId)
        : body.url
          ? await addRepository(deps, membership, { url: body.url, credentialId: body.credentialId ?? null })
          : null;
      if (body.repositoryId && !repository)
        throw new PortholeError('not_found', 'There is no such repository.');
      const id = newId('workspace');
      const branch = body.branch ?? `porthole/${randomBytes(4).toString('hex')}`;
      const at = deps.now();
      const workspace: Workspace = {
        id,
        organisationId: params.org,
        name: body.name ?? body.branch ?? defaultName(repository?.name ?? null, id),
        repositoryId: repository?.id ?? null,
        provider: body.provider,
        hostId,
        branch,
        baseBranch: body.baseBranch ?? null,
        status: 'provisioning',
        steps: plannedSteps(['machine', 'boot', 'ssh', 'clone']),
        error: null,
        unreachable: null,
        capabilities: [...provider.capabilities],
        folder: null,
        autoStopMinutes: body.autoStopMinutes ?? AUTO_STOP_MINUTES,
        createdBy: actor.userId,
        createdAt: at,
        activeAt: at,
        machine: null,
        pending: 'provision',
        attempt: 0,
        pausedAt: null,
      };
      await store.insert(workspace);
      supervisor.take(id);
      return toRow(workspace);
    });

    mount(endpoints.getWorkspace, async ({ params, actor }) =>
      toRow(await access.workspace(actor, params.workspace)),
    );

    mount(endpoints.updateWorkspace, async ({ params, body, actor }) => {
      await access.workspace(actor, params.workspace);
      const { name, autoStopMinutes } = body;
      const next = await store.update(params.workspace, () => ({
        ...(name === undefined ? {} : { name }),
        ...(autoStopMinutes === undefined ? {} : { autoStopMinutes }),
      }));
      return toRow(found(next));
    });

    const sends =
      (event: LifecycleEvent) =>
      async (request: { params: { workspace: string }; actor: Parameters<Access['workspace']>[0] }) => {
        await access.workspace(request.actor, request.params.workspace);
        return toRow(found(await supervisor.send(request.params.workspace, event)));
      };
    mount(endpoints.startWorkspace, sends('start'));
    mount(endpoints.stopWorkspace, sends('stop'));
    mount(endpoints.pauseWorkspace, sends('pause'));
    mount(endpoints.retryWorkspace, async (request) => {
      const { actor, params } = request;
      const workspace = await access.workspace(actor, params.workspace);
      if (workspace.status !== 'error' || !wasRefused(workspace)) return sends('retry')(request);
      await access.workspaceToDelete(actor, params.workspace);
      return toRow((await supervisor.send(params.workspace, 'delete')) ?? workspace);
    });

    mount(endpoints.checkWorkspace, async ({ params, actor }) => {
      await access.workspace(actor, params.workspace);
      return toRow(found(await deps.reach.look(params.workspace)));
    });

    mount(endpoints.deleteWorkspace, async ({ params, actor }) => {
      await access.workspaceToDelete(actor, params.workspace);
      await supervisor.send(params.workspace, 'delete');
      return {};
    });

    const executing = new Map<string, number>();
    mount(endpoints.execInWorkspace, async ({ params, body, actor, signal }) => {
      await access.workspace(actor, params.workspace);
      const options = {
        command: body.command,
        stdin: body.stdin ?? '',
        timeoutMs: (body.timeoutSeconds ?? EXEC_LIMITS.defaultSeconds) * 1000,
        maxOutputBytes: body.maxOutputBytes ?? EXEC_LIMITS.defaultBytes,
        endOnTooMuch: true,
        signal,
      };
      const result = await inTurn(executing, params.workspace, () =>
        machines.exec(params.workspace, options),
      );
      return {
        stdout: result.stdout.toString('utf8'),
        stderr: result.stderr.toString('utf8'),
        exitCode: result.exitCode,
        signal: result.signal,
        limit: limitOf(result),
      };
    });
  };

/** The first 8 characters after the prefix: what names the branch and the folder when nobody did. */
const shortName = (id: string): string => id.slice(4, 12);

const defaultName = (repository: string | null, id: string): string =>
  `${repository?.split('/').at(-1) ?? 'workspace'} ${shortName(id)}`;

async function inTurn<T>(
  counts: Map<string, number>,
  workspaceId: string,
  work: () => Promise<T>,
): Promise<T> {
  const count = counts.get(workspaceId) ?? 0;
  if (count >= MAX_EXECS) {
    throw new PortholeError(
      'too_many',
      `${MAX_EXECS} commands run in this workspace already. Wait for one to end.`,
    );
  }
  counts.set(workspaceId, count + 1);
  try {
    return await work();
  } finally {
    const left = (counts.get(workspaceId) ?? 1) - 1;
    if (left > 0) counts.set(workspaceId, left);
    else counts.delete(workspaceId);
  }
}

function limitOf({
  timedOut,
  truncated,
}: {
  timedOut: boolean;
  truncated: boolean;
}): 'time' | 'output' | null {
  if (timedOut) return 'time';
  return truncated ? 'output' : null;
}

function found<T>(row: T | null): T {
  if (row === null) throw new PortholeError('not_found', 'There is no such workspace.');
  return row;
}

async function usableHost(
  { hosts }: WorkspaceRoutesDeps,
  organisationId: string,
  id: string | null,
): Promise<string> {
  if (id === null)
    throw new PortholeError('bad_request', 'Choose a machine.', { fields: { hostId: 'is missing' } });
  const host = await hosts.get(organisationId, id);
  if (!host) throw new PortholeError('not_found', 'There is no such machine.');
  if (host.hostKeyFingerprint === null) {
    throw new PortholeError(
      'host_key_unknown',
      'Nobody has accepted this machine’s host key yet. An admin can do so in its settings.',
    );
  }
  return id;
}
