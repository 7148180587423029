/**
 * Runs the lifecycle: takes events, writes the new state, and does on the machines what follows (WS1, WS2).
 * Invariants: what is due stands in the row (`pending`) before it begins, so a restart goes on with it; one
 * effect at a time runs per workspace; every effect ends in a state, at the latest with an error that says why.
 */
import { PortholeError, type WorkspaceError } from '@porthole/shared';
import { type BackoffPolicy, backoffDelay } from '../lib/backoff.ts';
import { type Clock, passed } from '../lib/clock.ts';
import { type Disposable, DisposableStore, Emitter, toDisposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import { type EffectDeps, runEffect, stepsOf } from './effects.ts';
import { describe, failureOf, refusal, wasRefused } from './failures.ts';
import { bringsUp, type Effect, isInterruptible, type LifecycleEvent, transition } from './lifecycle.ts';
import { StepWriter } from './step-writer.ts';
import { failRunningSteps, plannedSteps } from './steps.ts';
import type { Workspace, WorkspaceChange, WorkspaceStore } from './store.ts';

export interface SupervisorDeps extends EffectDeps {
  store: WorkspaceStore;
  clock: Clock;
  log: Logger;
  random: () => number;
}

/** WS2: up to 3 retries of what may pass by itself. */
export const RETRIES: BackoffPolicy = { baseMs: 2_000, maxMs: 20_000, retries: 3 };

/** When the database could not be written: a full disk, a lock. */
const AGAIN_MS = 30_000;

interface Run {
  effect: Effect | null;
  abort: AbortController;
  /** Something new is due: look once more. */
  again: boolean;
}

export class Supervisor implements Disposable {
  readonly #deps: SupervisorDeps;
  readonly #runs = new Map<string, Run>();
  readonly #settled = new Emitter<string>();
  /** Workspaces whose effect could not be recorded, and is tried again. */
  readonly #later = new Map<string, Disposable>();
  readonly #resources = new DisposableStore();

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#resources.add(this.#settled);
  }

  /** Takes up what was in flight when the proxy went down. */
  async start(): Promise<void> {
    for (const workspace of await this.#deps.store.listSupervised()) {
      const { id, status, pending } = workspace;
      if (pending === null && (status === 'provisioning' || status === 'deleting')) {
        // No effect is recorded, which no version of this file writes: say so instead of waiting for ever.
        const effect: Effect = status === 'deleting' ? 'destroy' : 'provision';
        await this.#deps.store.update(id, () => ({ pending: effect, attempt: 0 }));
      }
      if (pending !== null || status === 'provisioning' || status === 'deleting') this.#kick(id);
    }
  }

  /**
   * Tells a workspace what happened or is wanted. Resolves with the row as it is then, null when it is gone.
   * Throws `wrong_state` when that cannot be done now and `not_found` when there is no such workspace.
   */
  async send(id: string, event: LifecycleEvent): Promise<Workspace | null> {
    let known = false;
    let entered = false;
    let refused: Workspace | null = null;
    const next = await this.#change(id, event, (current) => {
      known = true;
      const outcome = transition(current, event, this.#canPause(current));
      if (outcome.kind === 'refuse') refused = current;
      if (outcome.kind === 'gone') return 'remove';
      if (outcome.kind !== 'go') return null;
      entered = true;
      return this.#enter(current, outcome.to, outcome.effect);
    });
    if (!known) throw new PortholeError('not_found', 'There is no such workspace.');
    if (refused) throw new PortholeError('wrong_state', refusal(refused, event));
    if (entered && next?.pending) this.#kick(id);
    else this.#settled.fire(id);
    return next;
  }

  /** A running machine was found to be gone. Does nothing when something is under way there, or it no longer runs. */
  async lose(id: string, error: WorkspaceError): Promise<void> {
    await this.#change(id, error.code, (current) => {
      const outcome = transition(current, 'failed', this.#canPause(current));
      const concerned = current.status === 'running' && current.pending === null;
      return concerned && outcome.kind === 'go'
        ? { ...this.#enter(current, outcome.to, outcome.effect), error }
        : null;
    });
    this.#settled.fire(id);
  }

  /** A row was inserted with something due. */
  take(id: string): void {
    this.#kick(id);
  }

  /** Resolves once it runs; rejects with `wrong_state` and the reason when it comes to rest elsewhere. */
  async whenRunning(id: string, signal?: AbortSignal): Promise<Workspace> {
    const listeners = new DisposableStore();
    try {
      for (;;) {
        const settled = new Promise<void>((resolve, reject) => {
          listeners.add(this.#settled.on((settledId) => settledId === id && resolve()));
          const abort = () =>
            reject(new PortholeError('timeout', 'Waiting for the workspace was cancelled.'));
          signal?.addEventListener('abort', abort);
          listeners.add(toDisposable(() => signal?.removeEventListener('abort', abort)));
          if (signal?.aborted) abort();
        });
        settled.catch(() => {});
        const workspace = await this.#deps.store.get(id);
        if (!workspace) throw new PortholeError('not_found', 'There is no such workspace.');
        if (workspace.status === 'running') return workspace;
        if (workspace.pending === null) {
          const why = workspace.error ? `: ${workspace.error.message}` : '.';
          throw new PortholeError(
            'wrong_state',
            `This workspace is not running, it is ${workspace.status}${why}`,
          );
        }
        await settled;
      }
    } finally {
      listeners.dispose();
    }
  }

  /** Resolves when nothing is in flight. For an orderly stop, and for tests. */
  async idle(): Promise<void> {
    while (this.#runs.size > 0) {
      await new Promise<void>((resolve) => {
        const once = this.#settled.on(() => {
          once.dispose();
          resolve();
        });
      });
    }
  }

  /** Leaves what is in flight to the next start. */
  dispose(): void {
    for (const run of this.#runs.values()) run.abort.abort();
    for (const timer of this.#later.values()) timer.dispose();
    this.#resources.dispose();
  }

  /** Writes, and says in the log when the status is another one then. */
  async #change(
    id: string,
    why: string,
    decide: (current: Workspace) => WorkspaceChange | 'remove' | null,
  ): Promise<Workspace | null> {
    let from: Workspace['status'] | null = null;
    const next = await this.#deps.store.update(id, (current) => {
      from = current.status;
      return decide(current);
    });
    const to = next?.status ?? 'gone';
    if (from !== null && from !== to)
      this.#deps.log.info({ workspace: id, from, to, why }, 'a workspace changed');
    return next;
  }

  #canPause(workspace: Workspace): boolean {
    return workspace.capabilities.includes('pause');
  }

  #enter(current: Workspace, status: Workspace['status'], effect: Effect | null): WorkspaceChange {
    const now = this.#deps.clock.now();
    const planned = effect === null ? null : stepsOf(effect, current);
    // A delete that failed before is remembered: the second one may forget the machine.
    const keepsError = status === 'error' || (status === 'deleting' && wasRefused(current));
    return {
      status,
      pending: effect,
      attempt: 0,
      unreachable: null,
      pausedAt: status === 'paused' ? now : null,
      ...(keepsError ? {} : { error: null }),
      ...(planned === null ? {} : { steps: plannedSteps(planned) }),
      ...(status === 'running' ? { activeAt: now } : {}),
    };
  }

  #kick(id: string): void {
    const run = this.#runs.get(id);
    if (run) {
      run.again = true;
      if (run.effect !== null && isInterruptible(run.effect)) run.abort.abort();
      return;
    }
    const fresh: Run = { effect: null, abort: new AbortController(), again: false };
    this.#runs.set(id, fresh);
    void this.#work(id, fresh);
  }

  async #work(id: string, run: Run): Promise<void> {
    try {
      do {
        run.again = false;
        run.abort = new AbortController();
        const workspace = await this.#deps.store.get(id);
        run.effect = workspace?.pending ?? null;
        if (workspace && run.effect !== null && !this.#resources.disposed) {
          await this.#perform(workspace, run.effect, run.abort.signal);
        }
      } while (run.again && !this.#resources.disposed);
    } catch (error) {
      // Only the database can throw here; the row keeps what is due, and it is taken up again.
      this.#deps.log.error({ err: error, workspace: id }, 'the supervisor could not write');
      this.#kickLater(id);
    } finally {
      this.#runs.delete(id);
      this.#settled.fire(id);
    }
  }

  #kickLater(id: string): void {
    if (this.#resources.disposed || this.#later.has(id)) return;
    const timer = this.#deps.clock.after(AGAIN_MS, () => {
      this.#later.delete(id);
      this.#kick(id);
    });
    this.#later.set(id, timer);
  }

  async #perform(workspace: Workspace, effect: Effect, signal: AbortSignal): Promise<void> {
    const { store, clock, log } = this.#deps;
    const { id } = workspace;
    // What was made is not forgotten, also when a newer wish has overtaken this one.
    const save = async (change: WorkspaceChange) => {
      if (!this.#resources.disposed) await store.update(id, () => change);
    };
    // Its news is.
    const write = (next: Workspace['steps']) =>
      store.update(id, (row) => (row.pending === effect && !signal.aborted ? { steps: next } : null));
    const steps = new StepWriter(workspace.steps, { clock, log, write });
    for (let attempt = workspace.attempt + 1; ; attempt += 1) {
      try {
        const current = (await store.get(id)) ?? workspace;
        await runEffect(effect, current, this.#deps, { steps, signal, save });
        await steps.flush();
        if (!signal.aborted) await this.#finish(id, effect, steps, null);
        return;
      } catch (error) {
        if (signal.aborted) return steps.dispose();
        const failure = describe(error, clock.now());
        const wait =
          failure.kind === 'transient' ? backoffDelay(RETRIES, attempt, this.#deps.random()) : null;
        log.warn(
          { err: error, workspace: id, effect, attempt, code: failure.error.code, wait },
          'an effect failed',
        );
        if (wait === null) return this.#finish(id, effect, steps, failure.error);
        await store.update(id, (row) => (row.pending === effect ? { attempt } : null));
        const seconds = Math.max(1, Math.round(wait / 1000));
        await steps.note(
          `${failure.error.message} Trying again in ${seconds} s (${attempt} of ${RETRIES.retries}).`,
        );
        await passed(clock, wait, signal);
        if (signal.aborted) return steps.dispose();
      }
    }
  }

  async #finish(id: string, effect: Effect, steps: StepWriter, error: WorkspaceError | null): Promise<void> {
    await steps.flush();
    if (effect === 'destroy' && (await this.#isLast(id, error))) {
      const wanted = () => !this.#resources.disposed;
      if (!(await this.#deps.store.clearSessions(id, wanted))) return;
    }
    const why = error === null ? `${effect} done` : error.code;
    await this.#change(id, why, (current) => {
      if (current.pending !== effect) return null;
      if (error !== null) return this.#fail(current, effect, error, steps);
      if (effect === 'destroy') return 'remove';
      if (!bringsUp(effect)) return { pending: null, attempt: 0 };
      const outcome = transition(current, 'ready', this.#canPause(current));
      return outcome.kind === 'go' ? this.#enter(current, outcome.to, null) : { pending: null };
    });
  }

  /** Whether the row goes: the machine has, or will never answer again. */
  async #isLast(id: string, error: WorkspaceError | null): Promise<boolean> {
    return error === null || wasRefused(await this.#deps.store.get(id));
  }

  #fail(
    current: Workspace,
    effect: Effect,
    error: WorkspaceError,
    steps: StepWriter,
  ): WorkspaceChange | 'remove' {
    if (effect === 'destroy' && wasRefused(current)) {
      this.#deps.log.warn(
        { workspace: current.id, code: error.code },
        'a workspace was forgotten without its machine',
      );
      return 'remove';
    }
    const outcome = transition(current, 'failed', this.#canPause(current));
    const status = outcome.kind === 'go' ? outcome.to : current.status;
    const failed = { error: failureOf(effect, error), steps: failRunningSteps(steps.steps) };
    return { ...this.#enter(current, status, null), ...failed };
  }
}
