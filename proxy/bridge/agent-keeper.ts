/**
 * The agent of one session: started when it is needed and again when it has died, and ended when nobody has needed it
 * for long, where its conversation can be taken up again. Invariants: one process at a time has the conversation;
 * nothing is heard of an agent before it is ready but what it offers, for while it loads a conversation it repeats what
 * the log has.
 */
import type { RequestPermissionRequest, RequestPermissionResponse } from '@agentclientprotocol/sdk';
import type { AgentFault, ToolContent } from '@porthole/shared/agent-events';
import type { SessionAtBridge, ToBridge } from '@porthole/shared/bridge';
import type * as z from 'zod/mini';
import { Agent, type AgentHost, faultOf } from './agent-process.ts';
import { agentEnvironment, authorFile } from './author.ts';
import { relativeTo } from './checkout-files.ts';
import { fault } from './fault.ts';
import type { Folder } from './folder.ts';
import type { Processes } from './processes.ts';
import type { SessionRecord } from './record.ts';
import { Terminals } from './terminals.ts';
import { readUpdate, type Update } from './updates.ts';

export type Open = Extract<ToBridge, { type: 'open' }>;

/** What a daemon lends. */
export interface KeeperTools {
  readonly folder: Folder;
  readonly processes: Processes;
  readonly env: NodeJS.ProcessEnv;
  /** An agent that nobody has needed for so long ends. */
  readonly agentIdleMs: number;
}

export interface KeeperHost {
  /** A turn runs: the agent is needed, and how it ended is the turn's to tell. */
  busy(): boolean;
  onReady(agent: Agent): void;
  /** It did not start, or has died between turns. */
  onFailed(fault: AgentFault): void;
  /** `ready`: it does not merely repeat what was. */
  onUpdate(update: Update, ready: boolean): void;
  onPermission(request: RequestPermissionRequest): Promise<RequestPermissionResponse>;
  onWrite(): void;
  onTerminal(id: string): void;
}

export class AgentKeeper {
  readonly #session: string;
  readonly #record: SessionRecord;
  readonly #tools: KeeperTools;
  readonly #host: KeeperHost;
  readonly #closing = new AbortController();
  #opened: Open | null = null;
  #state: z.infer<typeof SessionAtBridge>['state'] = 'starting';
  #agent: Agent | null = null;
  #starting: Promise<Agent | null> | null = null;
  /** The end of the agent before. */
  #leaving: Promise<unknown> = Promise.resolve();
  #terminals: Terminals | null = null;
  #idle: NodeJS.Timeout | null = null;
  #startFault: AgentFault = fault('agent_exited', 'The agent did not start');

  constructor(session: string, record: SessionRecord, tools: KeeperTools, host: KeeperHost) {
    this.#session = session;
    this.#record = record;
    this.#tools = tools;
    this.#host = host;
  }

  /** `starting` also of one that rests: the next need starts it. */
  get state(): z.infer<typeof SessionAtBridge>['state'] {
    return this.#state;
  }

  /** There is a process, or there is about to be one. */
  get awake(): boolean {
    return this.#agent !== null || this.#starting !== null;
  }

  /** The one that runs, if any. */
  get agent(): Agent | null {
    return this.#agent?.connected ? this.#agent : null;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  get isOpen(): boolean {
    return this.#opened !== null;
  }

  get cwd(): string {
    return this.#opened?.cwd ?? '/';
  }

  /** Why the last start failed. */
  get startFault(): AgentFault {
    return this.#startFault;
  }

  open(message: Open): void {
    this.#opened = message;
    void this.need();
  }

  /** The agent, started where it does not run; null: it does not start (which was said). */
  need(): Promise<Agent | null> {
    this.restLater();
    if (this.#agent?.connected) return Promise.resolve(this.#agent);
    if (this.closed || !this.#opened) return Promise.resolve(null);
    this.#starting ??= this.#start(this.#opened).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  cancel(): void {
    this.#agent?.cancel();
  }

  terminal(id: string): ToolContent | null {
    return this.#terminals?.content(id) ?? null;
  }

  /** It does not do what it is asked. Resolves when it is gone. */
  async kill(): Promise<void> {
    const agent = this.#agent;
    agent?.kill();
    this.#letGo(agent?.exited);
    await this.#leaving;
  }

  /** For good. */
  async end(): Promise<void> {
    this.#closing.abort();
    if (this.#idle) clearTimeout(this.#idle);
    const agent = this.#agent ?? (await this.#starting);
    await agent?.end();
    await this.#leaving;
    this.#terminals?.endAll();
  }

  /** It is needed no more than it was until now. */
  restLater(): void {
    if (this.#idle) clearTimeout(this.#idle);
    if (!this.closed) this.#idle = setTimeout(() => this.#rest(), this.#tools.agentIdleMs);
  }

  #rest(): void {
    const agent = this.#agent;
    if (!agent?.resumes || this.#host.busy()) return;
    // A server that it has started is used without it, and would end with it.
    if (this.#terminals?.working) this.restLater();
    else this.#letGo(agent.end());
  }

  #letGo(end: Promise<unknown> | undefined): void {
    this.#agent = null;
    this.#state = 'starting';
    if (end) this.#leaving = end;
  }

  async #start({ agent: command, cwd, resume }: Open): Promise<Agent | null> {
    const { processes, folder, env: base } = this.#tools;
    // One that talks no more, and has not ended.
    if (this.#agent) this.#letGo(this.#agent.gone());
    this.#state = 'starting';
    await this.#leaving;
    const env = agentEnvironment(base, command.env, authorFile(folder.authors, this.#session));
    const terminals = new Terminals(processes, cwd, env, (id) => this.#host.onTerminal(id));
    this.#terminals = terminals;
    const remembered = this.#record.agentSession ?? resume;
    const { signal } = this.#closing;
    const common = { command, cwd, env, processes, terminals, signal };
    try {
      const agent = await Agent.start({ ...common, host: this.#hostOf(cwd), resume: remembered });
      this.#agent = agent;
      this.#state = 'ready';
      this.restLater();
      this.#host.onReady(agent);
      void agent.exited.then((why) => {
        terminals.endAll();
        this.#onExit(agent, why);
      });
      return agent;
    } catch (error) {
      this.#state = 'failed';
      this.#startFault = faultOf(error);
      if (!signal.aborted) this.#host.onFailed(this.#startFault);
      return null;
    }
  }

  #hostOf(cwd: string): AgentHost {
    return {
      onUpdate: (value) => {
        const update = readUpdate(value, (path) => relativeTo(cwd, path));
        if (update) this.#host.onUpdate(update, this.#agent !== null);
      },
      onPermission: (request) => this.#host.onPermission(request),
      onWrite: () => this.#host.onWrite(),
    };
  }

  #onExit(agent: Agent, why: string): void {
    if (this.#agent !== agent || this.closed) return;
    this.#agent = null;
    this.#state = 'failed';
    if (!this.#host.busy())
      this.#host.onFailed(fault('agent_exited', `The agent ended (${why})`, agent.lastWords));
  }
}
