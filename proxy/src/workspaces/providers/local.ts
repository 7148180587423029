/**
 * Workspaces on the server's own machine, one folder each, through the embedded SSH server.
 * Invariant (SE6): refuses everything unless the operator allows it or the proxy listens on loopback only.
 */
import { join, resolve } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Disposable } from '../../lib/disposable.ts';
import { isLoopbackHost } from '../../lib/network-names.ts';
import type { SshPool } from '../../ssh/pool.ts';
import { type Machine, type MachineSpec, type Progress, type Provider, ProviderError } from '../provider.ts';
import { WorkspaceFolders } from './folder.ts';
import type { Environment } from './local-environment.ts';
import { LocalServer } from './local-server.ts';

export interface LocalProviderOptions {
  pool: SshPool;
  clock: Clock;
  /** Workspaces live in `<dataFolder>/workspaces/<id>`. */
  dataFolder: string;
  /** See `localAvailability`. */
  availability: Provider['availability'];
  /** The server's own. */
  environment: Environment;
}

/** SE6. `host`: what the proxy listens on; `setting`: what the operator says. */
export function localAvailability(host: string, setting: 'auto' | 'on' | 'off'): Provider['availability'] {
  if (setting === 'off')
    return { enabled: false, reason: 'Switched off on this server (PORTHOLE_LOCAL_PROVIDER).' };
  if (setting === 'on' || isLoopbackHost(host)) return { enabled: true, reason: null };
  const reason =
    'Off, because other machines can reach this server and a local workspace is a shell as its own user. ' +
    'PORTHOLE_LOCAL_PROVIDER=on allows it all the same.';
  return { enabled: false, reason };
}

export class LocalProvider implements Provider, Disposable {
  readonly name = 'local';
  readonly capabilities = [] as const;
  readonly availability: Provider['availability'];
  readonly #server: LocalServer;
  readonly #folders: WorkspaceFolders;

  constructor(options: LocalProviderOptions) {
    this.availability = options.availability;
    this.#server = new LocalServer(options.environment);
    this.#folders = new WorkspaceFolders(
      options.pool,
      options.clock,
      join(resolve(options.dataFolder), 'workspaces'),
    );
  }

  async create(spec: MachineSpec, _progress: Progress, signal: AbortSignal): Promise<Machine> {
    return this.#folders.create(await this.target(), spec, signal);
  }

  async start(_spec: MachineSpec, machine: Machine, _progress: Progress, signal: AbortSignal): Promise<void> {
    await this.#folders.check(await this.target(), machine, signal);
  }

  async stop(spec: MachineSpec): Promise<void> {
    await this.#folders.stop(await this.#server.target(), spec);
  }

  /** Also while the provider is off: what was made must go. */
  async destroy(spec: MachineSpec): Promise<void> {
    await this.#folders.destroy(await this.#server.target(), spec);
  }

  async target() {
    if (!this.availability.enabled) {
      throw new ProviderError(
        'provider_off',
        'permanent',
        this.availability.reason ?? 'Local workspaces are off.',
      );
    }
    return this.#server.target();
  }

  dispose(): void {
    this.#server.dispose();
  }

  /** Disposes, and resolves when nothing of it runs any more. */
  end(): Promise<void> {
    return this.#server.stop();
  }
}
