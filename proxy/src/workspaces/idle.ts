/**
 * WS3: stops or pauses what nobody uses, and stops what has been paused for a day.
 * Invariant: only a workspace that is quiet by every measure, and still is after the machine was asked, is idled.
 */
import { PAUSED_STOP_MS } from '@porthole/shared';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { LifecycleEvent } from './lifecycle.ts';
import type { Workspace, WorkspaceStore } from './store.ts';

const CHECK_MS = 60_000;
/** How coarse `activeAt` in the row is: every write goes to every browser. */
const ACTIVE_AT_MS = 60_000;

/** What the terminals (and later the agents) know of a workspace. */
export interface Activity {
  /** The last input or output, ms since 1970; null: none since the proxy started. */
  lastActivityAt(workspaceId: string): number | null;
  /** A turn is running, or anything else that must not be cut. */
  isWorking(workspaceId: string): boolean;
}

export interface IdleDeps {
  clock: Clock;
  log: Logger;
  store: WorkspaceStore;
  activity: Activity;
  /** Before it is asked who is idle: machines that do not answer are left alone, for nothing is known of them. */
  reach: { check: () => Promise<void>; isMissed: (id: string) => boolean };
  busyForeground: (workspace: Workspace) => Promise<boolean>;
  send: (id: string, event: LifecycleEvent) => Promise<unknown>;
}

/** Pure: what is due for a workspace at `now`. `check`: idle unless something works in the foreground. */
export function dueEvent(
  workspace: Workspace,
  lastActivityAt: number | null,
  now: number,
): 'check' | 'expire' | null {
  if (workspace.status === 'paused') {
    return workspace.pausedAt !== null && now - workspace.pausedAt >= PAUSED_STOP_MS ? 'expire' : null;
  }
  const { status, autoStopMinutes, unreachable } = workspace;
  if (status !== 'running' || autoStopMinutes === 0 || unreachable) return null;
  const quietSince = Math.max(workspace.activeAt, lastActivityAt ?? 0);
  return now - quietSince >= autoStopMinutes * 60_000 ? 'check' : null;
}

export class IdleWatch {
  readonly #deps: IdleDeps;
  #checking: Promise<void> | null = null;

  constructor(deps: IdleDeps) {
    this.#deps = deps;
  }

  start(): Disposable {
    return this.#deps.clock.every(CHECK_MS, () => void this.check());
  }

  /** One look at all workspaces; a second call waits for the one under way. */
  check(): Promise<void> {
    const { reach } = this.#deps;
    this.#checking ??= reach
      .check()
      .then(() => checkAll(this.#deps))
      .finally(() => {
        this.#checking = null;
      });
    return this.#checking;
  }
}

async function checkAll(deps: IdleDeps): Promise<void> {
  try {
    // One that fails, or goes away meanwhile, holds up none of the others.
    for (const { id } of await deps.store.listSupervised())
      await checkOne(id, deps).catch((error: unknown) => {
        deps.log.warn({ err: error, workspace: id }, 'could not look whether it is idle');
      });
  } catch (error) {
    deps.log.warn({ err: error }, 'idle workspaces could not be looked for');
  }
}

async function checkOne(id: string, deps: IdleDeps): Promise<void> {
  const { clock, activity, store, send } = deps;
  // As it is now: each machine that is asked may take its time.
  const due = async () => {
    const workspace = await store.get(id);
    return workspace && dueEvent(workspace, activity.lastActivityAt(id), clock.now());
  };
  const workspace = await store.get(id);
  if (!workspace) return;
  await noteActivity(workspace, activity.lastActivityAt(id), store);
  const event = await due();
  if (event === 'expire') return void (await send(id, 'expire'));
  if (event !== 'check' || activity.isWorking(id) || deps.reach.isMissed(id)) return;
  if (await deps.busyForeground(workspace)) return;
  // Somebody may have come back, or stopped it and started it, while the machine was asked.
  if ((await due()) === 'check' && !activity.isWorking(id)) await send(id, 'idle');
}

async function noteActivity(
  workspace: Workspace,
  lastActivityAt: number | null,
  store: WorkspaceStore,
): Promise<void> {
  if (lastActivityAt === null || lastActivityAt - workspace.activeAt < ACTIVE_AT_MS) return;
  await store.update(workspace.id, (current) =>
    current.activeAt < lastActivityAt ? { activeAt: lastActivityAt } : null,
  );
}
