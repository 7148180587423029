/**
 * Pure: the life of a workspace, WS1. The supervisor runs the effects; this file says what follows from what.
 *
 *   create → provisioning ──ready──▶ running ──pause/idle──▶ paused ──24 h──▶ stopped
 *                │  ▲                  │                       │                │
 *             failed│                  └──stop─────────────────┼───────────────▶│
 *                ▼  retry                                      │                │
 *              error     provisioning ◀───start/connect────────┴─────start──────┘     delete: from any state
 *
 * Invariant: every status × event has a cell, checked by the compiler. Coming back from `paused` and `stopped`
 * passes through `provisioning`, whose steps tell what takes so long.
 */
import type { WorkspaceStatus } from '@porthole/shared';

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

/** What has to be done on the machine. Each is idempotent: a restart runs it again. */
export type Effect =
  /** Make what is missing: machine, checkout. */
  | 'provision'
  /** Bring back what exists; its absence is an error, not a reason to make it anew. */
  | 'start'
  | 'pause'
  | 'stop'
  | 'destroy';

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

/** `idle` pauses where the provider can; `withoutPause` is what it does elsewhere. */
const TABLE: Record<WorkspaceStatus, Record<LifecycleEvent, Outcome>> = {
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
  error: {
    ready: ignore,
    failed: ignore,
    deleted: ignore,
    start: go('provisioning', 'provision'),
    connect: refuse,
    pause: refuse,
    stop: refuse,
    idle: ignore,
    expire: ignore,
    retry: go('provisioning', 'provision'),
    delete: go('deleting', 'destroy'),
  },
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

/** What `event` does in `status`. `canPause`: the provider's capability. */
export function transition(status: WorkspaceStatus, event: LifecycleEvent, canPause: boolean): Outcome {
  const outcome = TABLE[status][event];
  if (canPause || outcome.kind !== 'go' || outcome.effect !== 'pause') return outcome;
  return event === 'idle' ? go('stopped', 'stop') : refuse;
}

/** The effects whose end is a `ready`; the others leave the status as it is. */
export const bringsUp = (effect: Effect): boolean => effect === 'provision' || effect === 'start';

/** A newer wish ends these in the middle. Ending, pausing and deleting run to their end. */
export const isInterruptible = bringsUp;
