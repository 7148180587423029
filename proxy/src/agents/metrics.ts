/**
 * How long people wait for an agent's first word, and what for (AG8). Kept in memory since the start, by organisation.
 * Invariant: bounded; the newest samples push out the oldest.
 */
import type { AgentMetrics } from '@porthole/shared/http';
import type { Clock } from '../lib/clock.ts';

/** From a prompt that nothing stood before to the agent's first output. Milliseconds. */
export interface Waited {
  total: number;
  /** Until the bridge was attached: the machine, the way to it. */
  machine: number;
  /** Until the turn began: the agent's start. */
  agent: number;
  /** Until its first text or tool. */
  model: number;
  /** The agent was ready when the prompt came. */
  warm: boolean;
}

const MAX_SAMPLES = 1_000;

export class WaitMetrics {
  readonly #byOrganisation = new Map<string, Waited[]>();
  readonly #since: number;
  readonly #onWaited: ((waited: Waited) => void) | undefined;

  /** `onWaited` hears of each, of whatever organisation. */
  constructor(since: number, onWaited?: (waited: Waited) => void) {
    this.#since = since;
    this.#onWaited = onWaited;
  }

  add(organisationId: string, waited: Waited): void {
    const samples = this.#byOrganisation.get(organisationId) ?? [];
    this.#byOrganisation.set(organisationId, samples);
    samples.push(waited);
    if (samples.length > MAX_SAMPLES) samples.shift();
    this.#onWaited?.(waited);
  }

  summary(organisationId: string): AgentMetrics {
    const samples = this.#byOrganisation.get(organisationId) ?? [];
    const of = (part: 'total' | 'machine' | 'agent' | 'model') => {
      const sorted = samples.map((each) => each[part]).sort((a, b) => a - b);
      return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
    };
    return {
      since: this.#since,
      prompts: samples.length,
      warm: samples.filter(({ warm }) => warm).length,
      ...{ total: of('total'), machine: of('machine'), agent: of('agent'), model: of('model') },
    };
  }
}

/** Nearest rank; null of nothing. */
function quantile(sorted: readonly number[], q: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? null;
}

/** Follows one prompt at a time to the agent's first output. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #done: (waited: Waited) => void;
  #run: {
    prompt: string;
    from: number;
    machine: number | null;
    started: number | null;
    warm: boolean;
  } | null = null;

  constructor(clock: Clock, done: (waited: Waited) => void) {
    this.#clock = clock;
    this.#done = done;
  }

  /** It was sent while nothing stood before it. `attachedAt`: since when the bridge is; null: it is not. */
  prompt(prompt: string, attachedAt: number | null, agent: 'none' | 'ready' | 'failed'): void {
    const from = this.#clock.now();
    const warm = attachedAt !== null && agent === 'ready';
    this.#run = { prompt, from, machine: attachedAt === null ? null : from, started: null, warm };
  }

  /** An agent has become ready: one that was taken for ready had gone to rest, or with its bridge. */
  agentReady(): void {
    if (this.#run?.started === null) this.#run.warm = false;
  }

  machine(): void {
    if (this.#run) this.#run.machine ??= this.#clock.now();
  }

  started(prompt: string): void {
    if (this.#run?.prompt === prompt) this.#run.started ??= this.#clock.now();
  }

  output(prompt: string): void {
    const run = this.#run;
    if (run?.prompt !== prompt) return;
    this.#run = null;
    const now = this.#clock.now();
    const machine = run.machine ?? run.from;
    const started = run.started ?? now;
    this.#done({
      total: now - run.from,
      machine: machine - run.from,
      agent: started - machine,
      model: now - started,
      warm: run.warm,
    });
  }

  ended(prompt: string): void {
    if (this.#run?.prompt === prompt) this.#run = null;
  }
}
