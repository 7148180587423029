/**
 * Workspaces on machines that an admin has added, one folder each under `~/.porthole/workspaces`.
 * Invariant (SE4): a host whose key nobody has accepted is never signed in to.
 */
import type { Clock } from '../../lib/clock.ts';
import type { SshPool } from '../../ssh/pool.ts';
import type { SshTarget } from '../../ssh/target.ts';
import { type Machine, type MachineSpec, type Progress, type Provider, ProviderError } from '../provider.ts';
import { WorkspaceFolders } from './folder.ts';

export const WORKSPACES_ROOT = '~/.porthole/workspaces';

export interface SshProviderOptions {
  pool: SshPool;
  clock: Clock;
  /** How to reach a host of the organisation; null when there is no such host. */
  hostTarget: (organisationId: string, hostId: string) => Promise<SshTarget | null>;
}

export class SshProvider implements Provider {
  readonly name = 'ssh';
  readonly capabilities = [] as const;
  readonly availability = { enabled: true, reason: null };
  readonly #options: SshProviderOptions;
  readonly #folders: WorkspaceFolders;

  constructor(options: SshProviderOptions) {
    this.#options = options;
    this.#folders = new WorkspaceFolders(options.pool, options.clock, WORKSPACES_ROOT);
  }

  async create(spec: MachineSpec, progress: Progress, signal: AbortSignal): Promise<Machine> {
    const target = await this.target(spec);
    progress({ note: target.label });
    return this.#folders.create(target, spec, signal);
  }

  async start(spec: MachineSpec, machine: Machine, _progress: Progress, signal: AbortSignal): Promise<void> {
    await this.#folders.check(await this.target(spec), machine, signal);
  }

  async stop(spec: MachineSpec): Promise<void> {
    await this.#folders.stop(await this.target(spec), spec);
  }

  async destroy(spec: MachineSpec): Promise<void> {
    await this.#folders.destroy(await this.target(spec), spec);
  }

  async target(spec: MachineSpec): Promise<SshTarget> {
    const target =
      spec.hostId === null ? null : await this.#options.hostTarget(spec.organisationId, spec.hostId);
    if (target) return target;
    throw new ProviderError(
      'host_gone',
      'permanent',
      'The machine of this workspace is no longer in the list of hosts.',
    );
  }
}
