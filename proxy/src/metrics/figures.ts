/**
 * What the server counts for whoever runs it, under names that stay. No label names a person, an organisation or a
 * session: their number has no bound, and whoever watches a server need not know who is on it.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** From a prompt that nothing stood before to the agent's first output, in ms. */
export interface FirstOutput {
  total: number;
  machine: number;
  agent: number;
  model: number;
  /** The agent was ready when the prompt came (AG8). */
  warm: boolean;
}

/** What one commit of the sessions' log wrote, and how long it took. */
export interface LogBatch {
  events: number;
  ms: number;
}

export interface ModelUse {
  upstream: string;
  inputTokens: number;
  outputTokens: number;
}

/** As it is now. */
export interface Levels {
  turns: number;
  prompts: number;
  viewers: number;
  terminals: number;
  sshConnections: number;
  /** By the pattern of their path. */
  sockets: ReadonlyMap<string, number>;
}

const PARTS = ['total', 'machine', 'agent', 'model'] as const;
/** From a warm agent on this machine to a machine that is made first. Seconds. */
const FIRST_OUTPUT_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300];
const COMMIT_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];

export class Figures {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #firstOutput = new Histogram({
    name: 'porthole_agent_first_output_seconds',
    help: 'From a prompt that nothing stood before to the agent’s first output, and the parts of it',
    labelNames: ['part'],
    buckets: FIRST_OUTPUT_BUCKETS,
    registers: this.#registers,
  });
  readonly #warm = new Counter({
    name: 'porthole_agent_warm_total',
    help: 'Such prompts, by whether they met an agent that was ready',
    labelNames: ['result'],
    registers: this.#registers,
  });
  readonly #commits = new Histogram({
    name: 'porthole_session_log_commit_seconds',
    help: 'How long a commit of the sessions’ log took',
    buckets: COMMIT_BUCKETS,
    registers: this.#registers,
  });
  readonly #batches = new Histogram({
    name: 'porthole_session_log_batch_events',
    help: 'Events in one commit of the sessions’ log',
    buckets: BATCH_BUCKETS,
    registers: this.#registers,
  });
  readonly #requests = new Counter({
    name: 'porthole_model_requests_total',
    help: 'Requests that the model gateway passed on',
    labelNames: ['upstream'],
    registers: this.#registers,
  });
  readonly #tokens = new Counter({
    name: 'porthole_model_tokens_total',
    help: 'Tokens that went through the model gateway',
    labelNames: ['upstream', 'direction'],
    registers: this.#registers,
  });

  /** `levels` is asked at every look. */
  constructor(version: string, levels: () => Levels) {
    collectDefaultMetrics({ register: this.#registry });
    // There from the start: a rate over a series that begins with its first event misses that event.
    for (const result of ['hit', 'miss']) this.#warm.inc({ result }, 0);
    this.#gauge('porthole_info', 'The version that runs', 'version', () => [[version, 1]]);
    this.#level('porthole_agent_turns_running', 'Turns of agents that run', () => levels().turns);
    this.#level('porthole_agent_prompts_queued', 'Prompts that wait for an agent', () => levels().prompts);
    this.#level('porthole_session_viewers', 'Devices that follow an agent session', () => levels().viewers);
    this.#level('porthole_terminals_live', 'Terminals whose program runs', () => levels().terminals);
    this.#level('porthole_ssh_connections', 'SSH connections to machines', () => levels().sshConnections);
    this.#gauge('porthole_sockets', 'Open WebSockets, by path', 'route', () => [...levels().sockets]);
  }

  readonly contentType = this.#registry.contentType;

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  onFirstOutput(waited: FirstOutput): void {
    for (const part of PARTS) this.#firstOutput.observe({ part }, waited[part] / 1000);
    this.#warm.inc({ result: waited.warm ? 'hit' : 'miss' });
  }

  onLogBatch({ events, ms }: LogBatch): void {
    this.#commits.observe(ms / 1000);
    this.#batches.observe(events);
  }

  onModelUse({ upstream, inputTokens, outputTokens }: ModelUse): void {
    this.#requests.inc({ upstream });
    this.#tokens.inc({ upstream, direction: 'in' }, inputTokens);
    this.#tokens.inc({ upstream, direction: 'out' }, outputTokens);
  }

  #level(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      ...{ name, help, registers: this.#registers },
      collect: () => gauge.set(read()),
    });
  }

  #gauge(name: string, help: string, label: string, read: () => Iterable<[string, number]>): void {
    const gauge: Gauge = new Gauge({
      ...{ name, help, labelNames: [label], registers: this.#registers },
      collect() {
        // What is no longer there is not said to be as it was.
        gauge.reset();
        for (const [value, level] of read()) gauge.set({ [label]: value }, level);
      },
    });
  }
}
