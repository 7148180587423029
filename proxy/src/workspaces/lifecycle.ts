/**
 * Pure: the life of a workspace, WS1. The supervisor runs the effects; this file says what follows from what.
 *
 *   create → provisioning ──ready──▶ running ──pause/idle──▶ paused ──24 h──▶ stopped
 *                │  ▲                  │                       │                │
 *             failed│                  └──stop─────────────────┼───────────────▶│
 *                ▼  retry                                      │                │
 *              error     provisioning ◀───start/connect────────┴─────start──────┘     delete: from any state
 *
 * Invariants: every state × event has a cell, checked by the compiler. Coming back from `paused` and `stopped`
 * passes through `provisioning`, whose steps tell what takes so long. What failed decides how an error goes on: a
 * machine that could not be stopped is stopped, and one that may be half deleted never comes up again.
 */
import type { WorkspaceEffect, WorkspaceError, WorkspaceStatus } from '@porthole/shared';

/** The code of a delete that failed; deleting once more forgets the row all the same. */
export const DELETE_FAILED = 'delete_failed';

export type LifecycleEvent =
  /** The effect brought the machine up. */
  | 'ready'
  /** The effect gave up. */
  | 'failed'
  /** The machine and everything on it is gone, as wanted. */
  | 'deleted'
  /** A person or an agent wants it running. */
  | 'start'
  /** Somebody opens a terminal: resumes, but does not start what was stopped. */
  | 'connect'
  | 'pause'
  | 'stop'
  /** WS3. */
  | 'idle'
  /** Paused for too long. */
  | 'expire'
  | 'retry'
  | 'delete';

/**
 * What has to be done on the machine. Each is idempotent: a restart runs it again. `provision` makes what is missing;
 * to `start` what exists its absence is an error, not a reason to make it anew.
 */
export type Effect = WorkspaceEffect;

/** A status, and of `error` what could not be done. `not_up`: also where the machine has vanished. */
export type State =
  | Exclude<WorkspaceStatus, 'error'>
  | 'not_up'
  | 'not_paused'
  | 'not_stopped'
  | 'not_deleted';

export type Outcome =
  | { kind: 'go'; to: WorkspaceStatus; effect: Effect | null }
  /** The row is to be removed. */
  | { kind: 'gone' }
  /** Nothing to do: it is so already, or the news is old. */
  | { kind: 'ignore' }
  /** The one who asked is told that this cannot be done now. */
  | { kind: 'refuse' };

const go = (to: WorkspaceStatus, effect: Effect | null = null): Outcome => ({ kind: 'go', to, effect });
const gone: Outcome = { kind: 'gone' };
const ignore: Outcome = { kind: 'ignore' };
const refuse: Outcome = { kind: 'refuse' };

/** What an error of any kind does; `start` and `retry` follow what failed. */
const FAILED: Record<LifecycleEvent, Outcome> = {
  ready: ignore,
  failed: ignore,
  deleted: ignore,
  start: refuse,
  connect: refuse,
  pause: refuse,
  stop: refuse,
  idle: ignore,
  expire: ignore,
  retry: refuse,
  delete: go('deleting', 'destroy'),
};

/** `idle` pauses where the provider can; `withoutPause` is what it does elsewhere. */
const TABLE: Record<State, Record<LifecycleEvent, Outcome>> = {
  provisioning: {
    ready: go('running'),
    failed: go('error'),
    deleted: ignore,
    start: ignore,
    connect: ignore,
    pause: refuse,
    stop: go('stopped', 'stop'),
    idle: ignore,
    expire: ignore,
    retry: ignore,
    delete: go('deleting', 'destroy'),
  },
  running: {
    ready: ignore,
    failed: go('error'),
    deleted: ignore,
    start: ignore,
    connect: ignore,
    pause: go('paused', 'pause'),
    stop: go('stopped', 'stop'),
    idle: go('paused', 'pause'),
    expire: ignore,
    retry: ignore,
    delete: go('deleting', 'destroy'),
  },
  paused: {
    ready: ignore,
    failed: go('error'),
    deleted: ignore,
    start: go('provisioning', 'start'),
    connect: go('provisioning', 'start'),
    pause: ignore,
    stop: go('stopped', 'stop'),
    idle: ignore,
    expire: go('stopped', 'stop'),
    retry: ignore,
    delete: go('deleting', 'destroy'),
  },
  stopped: {
    ready: ignore,
    failed: go('error'),
    deleted: ignore,
    start: go('provisioning', 'start'),
    connect: refuse,
    pause: refuse,
    stop: ignore,
    idle: ignore,
    expire: ignore,
    retry: ignore,
    delete: go('deleting', 'destroy'),
  },
  not_up: {
    ...FAILED,
    start: go('provisioning', 'provision'),
    retry: go('provisioning', 'provision'),
  },
  not_paused: {
    ...FAILED,
    start: go('provisioning', 'start'),
    pause: go('paused', 'pause'),
    stop: go('stopped', 'stop'),
    retry: go('paused', 'pause'),
  },
  not_stopped: {
    ...FAILED,
    start: go('provisioning', 'start'),
    stop: go('stopped', 'stop'),
    retry: go('stopped', 'stop'),
  },
  // Only who may delete it goes on, by `delete`.
  not_deleted: FAILED,
  deleting: {
    ready: ignore,
    failed: go('error'),
    deleted: gone,
    start: refuse,
    connect: refuse,
    pause: refuse,
    stop: refuse,
    idle: ignore,
    expire: ignore,
    retry: ignore,
    delete: ignore,
  },
};

/** What failed, of a row in `error`; null: nothing that was asked for. */
export function failedEffect(error: WorkspaceError | null): Effect | null {
  // Rows of before `effect` was kept say it by their code alone.
  return error?.effect ?? (error?.code === DELETE_FAILED ? 'destroy' : null);
}

const BY_FAILED: Record<Effect, State> = {
  provision: 'not_up',
  start: 'not_up',
  pause: 'not_paused',
  stop: 'not_stopped',
  destroy: 'not_deleted',
};

function stateOf({ status, error }: Current): State {
  if (status !== 'error') return status;
  const effect = failedEffect(error);
  return effect === null ? 'not_up' : BY_FAILED[effect];
}

type Current = { status: WorkspaceStatus; error: WorkspaceError | null };

/** What `event` does to a workspace. `canPause`: the provider's capability. */
export function transition(current: Current, event: LifecycleEvent, canPause: boolean): Outcome {
  const outcome = TABLE[stateOf(current)][event];
  if (canPause || outcome.kind !== 'go' || outcome.effect !== 'pause') return outcome;
  return event === 'pause' ? refuse : go('stopped', 'stop');
}

/** The effects whose end is a `ready`; the others leave the status as it is. */
export const bringsUp = (effect: Effect): boolean => effect === 'provision' || effect === 'start';

/** A newer wish ends these in the middle. Ending, pausing and deleting run to their end. */
export const isInterruptible = bringsUp;
