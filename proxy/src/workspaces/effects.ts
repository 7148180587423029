/**
 * What the effects of the lifecycle do on a machine. Each may be cut short by a crash and run again.
 * Invariant: what was found out is stored (`save`) as soon as it is known, so that nothing made is forgotten.
 */
import { join } from 'node:path/posix';
import type { Clock } from '../lib/clock.ts';
import { exec } from '../ssh/exec.ts';
import type { SshPool } from '../ssh/pool.ts';
import { endProcesses } from '../ssh/sweep.ts';
import { clone, type GitCredential, hasCheckout } from './git.ts';
import { folderNameOf } from './git-url.ts';
import type { Effect } from './lifecycle.ts';
import { type Machine, type MachineSpec, type Provider, ProviderError, workspaceMarker } from './provider.ts';
import type { StepWriter } from './step-writer.ts';
import type { StepName } from './steps.ts';
import type { Workspace, WorkspaceChange } from './store.ts';

/** What to clone, with its secret; read when it is needed and not kept. */
export interface Source {
  name: string;
  url: string;
  /** null: nobody has said; the remote knows. */
  defaultBranch: string | null;
  credential: GitCredential | null;
  learnDefaultBranch: (branch: string) => Promise<void>;
}

export interface EffectDeps {
  pool: SshPool;
  clock: Clock;
  provider: (name: Workspace['provider']) => Provider;
  source: (workspace: Workspace) => Promise<Source | null>;
  /** Before a machine is stopped, paused or destroyed: its terminals are told. */
  onEnding: (workspaceId: string, effect: 'stop' | 'pause' | 'destroy') => Promise<void> | void;
}

export interface EffectRun {
  steps: StepWriter;
  signal: AbortSignal;
  save: (change: WorkspaceChange) => Promise<void>;
}

/** The steps that an effect goes through; the ones that end or pause have none to show. */
export function stepsOf(effect: Effect, workspace: Pick<Workspace, 'machine'>): readonly StepName[] | null {
  if (effect === 'provision' || (effect === 'start' && workspace.machine === null))
    return ['machine', 'boot', 'ssh', 'clone'];
  return effect === 'start' ? ['boot', 'ssh'] : null;
}

export async function runEffect(
  effect: Effect,
  workspace: Workspace,
  deps: EffectDeps,
  run: EffectRun,
): Promise<void> {
  const provider = deps.provider(workspace.provider);
  const spec = specOf(workspace);
  switch (effect) {
    case 'provision':
      return bringUp(workspace, provider, deps, run, true);
    case 'start':
      return bringUp(workspace, provider, deps, run, workspace.machine === null);
    case 'pause':
      await deps.onEnding(workspace.id, effect);
      if (workspace.machine) await provider.pause?.(spec, workspace.machine);
      return;
    case 'stop':
      await deps.onEnding(workspace.id, effect);
      if (workspace.machine) await provider.stop(spec, workspace.machine);
      return;
    case 'destroy':
      await deps.onEnding(workspace.id, effect);
      return provider.destroy(spec, workspace.machine);
  }
}

export const specOf = ({ id, organisationId, hostId }: Workspace): MachineSpec => ({
  workspaceId: id,
  organisationId,
  hostId,
});

async function bringUp(
  workspace: Workspace,
  provider: Provider,
  deps: EffectDeps,
  run: EffectRun,
  make: boolean,
): Promise<void> {
  const { steps, signal } = run;
  const spec = specOf(workspace);
  if (!provider.availability.enabled) {
    throw new ProviderError(
      'provider_off',
      'permanent',
      provider.availability.reason ?? 'This provider is off.',
    );
  }
  let machine = workspace.machine;
  if (make || machine === null) {
    machine = await steps.run('machine', (progress) => provider.create(spec, progress, signal));
    await run.save({ machine });
  }
  const at: Machine = machine;
  await steps.run('boot', (progress) => provider.start(spec, at, progress, signal));
  const target = await steps.run('ssh', async () => {
    const target = await provider.target(spec, at);
    (await deps.pool.lease(target)).dispose();
    return target;
  });
  if (!make) return;
  await steps.run('clone', async (progress) => {
    const source = await deps.source(workspace);
    const checkout = workspace.folder ?? join(at.folder, folderNameOf(source?.name ?? 'workspace'));
    // The marker lets a stop, or a delete in the middle of a clone, find git as well.
    const [name, value] = workspaceMarker(workspace.id).split('=') as [string, string];
    const marked = (options: Parameters<typeof exec>[3]) =>
      exec(deps.pool, deps.clock, target, { ...options, env: { ...options.env, [name]: value } });
    if (await hasCheckout(marked, at.folder, checkout)) return run.save({ folder: checkout });
    // A clone that was under way when the proxy went down may still be at it.
    await endProcesses(deps.pool, deps.clock, target, workspaceMarker(workspace.id));
    const { baseBranch, head } = await clone(
      marked,
      {
        url: source?.url ?? null,
        credential: source?.credential ?? null,
        baseBranch: workspace.baseBranch ?? source?.defaultBranch ?? null,
        baseIsGuess: workspace.baseBranch === null,
        branch: workspace.branch,
        folder: at.folder,
        checkout,
      },
      progress,
      signal,
    );
    await run.save({ folder: checkout, baseBranch });
    if (head !== null) await source?.learnDefaultBranch(head);
  });
}
