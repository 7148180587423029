/**
 * What a provider of machines is (WS4). Every implementation passes `proxy/test/provider-contract.ts`.
 * Invariant: each call is idempotent and may be repeated after a crash; a failure is a `ProviderError` (or an
 * `SshError`), which says whether trying again can help.
 */
import type { Capability, ProviderName } from '@porthole/shared';
import type { SshTarget } from '../ssh/target.ts';

/** What the machine is for. */
export interface MachineSpec {
  workspaceId: string;
  organisationId: string;
  /** For `ssh`. */
  hostId: string | null;
}

/** How the provider finds the machine again; stored with the workspace as JSON. */
export interface Machine {
  /** Absolute; the workspace's own, removed with it. The checkout is inside. */
  folder: string;
  /** The provider's own: a container's id, a VM's. */
  id?: string;
}

/** `percent` where it can be told; `note` is one line. */
export type Progress = (report: { percent?: number | null; note?: string | null }) => void;

export interface Provider {
  readonly name: ProviderName;
  readonly capabilities: readonly Capability[];
  /** Whether it may be used on this server; `reason` is for the screen. */
  readonly availability: { enabled: boolean; reason: string | null };
  /** Step `machine`: makes the machine and its folder, or finds what an earlier try made. */
  create(spec: MachineSpec, progress: Progress, signal: AbortSignal): Promise<Machine>;
  /** Step `boot`: brings a stopped or paused machine back. Fails with `machine_gone` when it is not there. */
  start(spec: MachineSpec, machine: Machine, progress: Progress, signal: AbortSignal): Promise<void>;
  /** Ends all that runs in the workspace; its files stay. */
  stop(spec: MachineSpec, machine: Machine): Promise<void>;
  /** Only with the capability `pause`. */
  pause?(spec: MachineSpec, machine: Machine): Promise<void>;
  /** Nothing of it is left: no process, no file. `machine` null: creation had not got that far to be recorded. */
  destroy(spec: MachineSpec, machine: Machine | null): Promise<void>;
  /** How to get in. */
  target(spec: MachineSpec, machine: Machine | null): Promise<SshTarget>;
}

export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly code: string;
  readonly kind: 'transient' | 'permanent';
  /** Folded out on demand; never a secret. */
  readonly details: string | null;

  constructor(
    code: string,
    kind: 'transient' | 'permanent',
    message: string,
    details: string | null = null,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.kind = kind;
    this.details = details;
  }
}

export function folderGone({ label }: SshTarget, folder: string): ProviderError {
  const message = `The workspace's folder is no longer on ${label}. Retry makes it anew from the repository; what was not pushed is lost.`;
  return new ProviderError('machine_gone', 'permanent', message, folder);
}

/** The environment variable by which everything started in a workspace is known. See ssh/sweep.ts. */
export const WORKSPACE_VARIABLE = 'PORTHOLE_WORKSPACE';

export const workspaceMarker = (workspaceId: string): string => `${WORKSPACE_VARIABLE}=${workspaceId}`;
