/**
 * The way into a running workspace, for terminals and agents: by its id, without a word about providers.
 * Invariant: what is started here carries the workspace's marker, so that a stop finds all of it.
 */
import { PortholeError } from '@porthole/shared';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { OpenPtyOptions, PtyChannel } from '../lib/pty.ts';
import { SSH_TO_ERROR_CODE, SshError } from '../ssh/errors.ts';
import { type ExecOptions, type ExecResult, exec } from '../ssh/exec.ts';
import type { SshPool } from '../ssh/pool.ts';
import { openProcess, type ProcessOptions, type RemoteProcess } from '../ssh/process.ts';
import { openPty } from '../ssh/pty.ts';
import type { SshTarget } from '../ssh/target.ts';
import { openTunnel, type Tunnel, type TunnelOptions } from '../ssh/tunnel.ts';
import { specOf } from './effects.ts';
import { type Provider, ProviderError, WORKSPACE_VARIABLE } from './provider.ts';
import type { Workspace, WorkspaceStore } from './store.ts';
import type { Supervisor } from './supervisor.ts';

export interface MachinesDeps {
  store: WorkspaceStore;
  pool: SshPool;
  clock: Clock;
  provider: (name: Workspace['provider']) => Provider;
  supervisor: Pick<Supervisor, 'send' | 'whenRunning'>;
  /** One that was said to be out of reach let us in. */
  onReached: (workspace: Workspace) => void;
}

/** A paused workspace is resumed first (WS3). Every call rejects with a `PortholeError`: `not_found`, `wrong_state`, or why the machine cannot be reached. */
export class Machines {
  readonly #deps: MachinesDeps;

  constructor(deps: MachinesDeps) {
    this.#deps = deps;
  }

  /** A shell, or a command, on a PTY. `cwd` is the checkout unless given. */
  openPty(
    workspaceId: string,
    options: Omit<OpenPtyOptions, 'cwd'> & { cwd?: string },
    signal?: AbortSignal,
  ): Promise<PtyChannel> {
    const { pool, clock } = this.#deps;
    return this.#in(workspaceId, (target, folder, env) =>
      openPty(
        pool,
        clock,
        target,
        { ...options, cwd: options.cwd ?? folder, env: { ...options.env, ...env } },
        signal,
      ),
    );
  }

  /** A command to its end, in the checkout unless `cwd` is given. */
  exec(workspaceId: string, options: ExecOptions): Promise<ExecResult> {
    const { pool, clock } = this.#deps;
    return this.#in(workspaceId, (target, folder, env) =>
      exec(pool, clock, target, { ...options, cwd: options.cwd ?? folder, env: { ...options.env, ...env } }),
    );
  }

  /** A command with its streams, for conversations such as an agent's bridge. */
  openProcess(workspaceId: string, options: ProcessOptions, signal?: AbortSignal): Promise<RemoteProcess> {
    return this.#in(workspaceId, (target, folder, env) =>
      openProcess(
        this.#deps.pool,
        target,
        { ...options, cwd: options.cwd ?? folder, env: { ...options.env, ...env } },
        signal,
      ),
    );
  }

  /**
   * The same without the workspace's marker: to look at what runs there without being part of it, and without waking
   * what sleeps.
   */
  async execUnmarked(workspaceId: string, options: ExecOptions): Promise<ExecResult> {
    const { pool, clock, store } = this.#deps;
    const workspace = await store.get(workspaceId);
    if (workspace?.status !== 'running')
      throw new PortholeError('wrong_state', 'This workspace is not running.');
    return this.#at(workspace, (target) => exec(pool, clock, target, options));
  }

  /** As it is now, without waking it; null: it is gone. For callers that have checked who is asking. */
  find(workspaceId: string): Promise<Workspace | null> {
    return this.#deps.store.get(workspaceId);
  }

  /** A port on a running machine's loopback that leads here. Does not wake it. */
  async tunnel(workspaceId: string, options: TunnelOptions): Promise<Tunnel> {
    const workspace = await this.#deps.store.get(workspaceId);
    if (workspace?.status !== 'running')
      throw new PortholeError('wrong_state', 'This workspace is not running.');
    return this.#at(workspace, (target) => openTunnel(this.#deps.clock, target, options));
  }

  /** Keeps a connection to the machine open until disposed. */
  lease(workspaceId: string): Promise<Disposable> {
    return this.#in(workspaceId, (target) => this.#deps.pool.lease(target));
  }

  async #in<T>(
    workspaceId: string,
    work: (target: SshTarget, folder: string, env: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    return this.#at(await this.#running(workspaceId), work);
  }

  async #at<T>(
    workspace: Workspace,
    work: (target: SshTarget, folder: string, env: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    try {
      const target = await this.#deps
        .provider(workspace.provider)
        .target(specOf(workspace), workspace.machine);
      const result = await work(target, workspace.folder ?? '/', { [WORKSPACE_VARIABLE]: workspace.id });
      if (workspace.unreachable) this.#deps.onReached(workspace);
      return result;
    } catch (error) {
      throw toPortholeError(error);
    }
  }

  async #running(workspaceId: string): Promise<Workspace> {
    const { store, supervisor } = this.#deps;
    const workspace = await store.get(workspaceId);
    if (workspace?.status === 'running') return workspace;
    await supervisor.send(workspaceId, 'connect');
    return supervisor.whenRunning(workspaceId);
  }
}

/** What goes wrong on the way to a machine, as clients are told of it. */
export function toPortholeError(error: unknown): unknown {
  if (error instanceof SshError)
    return new PortholeError(SSH_TO_ERROR_CODE[error.code], error.message, { cause: error });
  if (!(error instanceof ProviderError)) return error;
  const details = error.details === null ? {} : { details: error.details };
  return new PortholeError('provider_failed', error.message, { ...details, cause: error });
}
