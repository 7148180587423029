/**
 * One agent: its process and the ACP connection with it. Starts, resumes or begins its conversation, and passes on what
 * it says and asks. Invariant: `exited` settles once, when the process is gone; every request settles by then.
 */
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import {
  type ClientConnection,
  type ContentBlock,
  client,
  type InitializeResponse,
  PROTOCOL_VERSION,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SetSessionConfigOptionRequest,
} from '@agentclientprotocol/sdk';
import type { AgentFault } from '@porthole/shared/agent-events';
import type { AgentCommand } from '@porthole/shared/bridge';
import { agentStream, MODELS } from './agent-stream.ts';
import { readText, writeText } from './checkout-files.ts';
import { FaultError, fault } from './fault.ts';
import { keyMethod } from './key-method.ts';
import { killGroup, type Processes } from './processes.ts';
import type { Takes } from './prompt-blocks.ts';
import type { Terminals } from './terminals.ts';
import { clean, oneLine } from './text.ts';
import { fields } from './updates.ts';

const START_TIMEOUT_MS = 120_000;
const STDERR_CHARS = 4_000;
const TERM_GRACE_MS = 2_000;
const EXIT_GRACE_MS = 1_000;

export interface AgentHost {
  onUpdate: (update: unknown) => void;
  onPermission(request: RequestPermissionRequest): Promise<RequestPermissionResponse>;
  /** After it wrote a file through the bridge. */
  onWrite(): void;
}

export interface StartOptions {
  command: AgentCommand;
  cwd: string;
  env: NodeJS.ProcessEnv;
  processes: Processes;
  terminals: Terminals;
  host: AgentHost;
  resume: string | null;
  /** It is not wanted any more. */
  signal: AbortSignal;
}

export interface Conversation {
  id: string;
  resumed: boolean;
  modes: unknown;
  models: unknown;
  config: unknown;
}

export class Agent {
  readonly #child: ChildProcess;
  readonly #connection: ClientConnection;
  readonly exited: Promise<string>;
  #stderr = '';
  #alive = true;
  info: { name: string; version: string | null } = { name: '', version: null };
  takes: Takes = { image: false, embedded: false };
  /** A conversation of it can be taken up by another process. */
  resumes = false;
  conversation: Conversation = { id: '', resumed: false, modes: null, models: null, config: null };

  /** Throws a `FaultError`; the process is gone by then. */
  static async start(options: StartOptions): Promise<Agent> {
    const agent = new Agent(options);
    const late = setTimeout(() => agent.kill(), START_TIMEOUT_MS);
    const unwanted = () => agent.kill();
    options.signal.addEventListener('abort', unwanted);
    if (options.signal.aborted) agent.kill();
    try {
      await agent.#begin(options);
      return agent;
    } catch (error) {
      const talked = agent.connected;
      const why = await agent.gone();
      throw new FaultError(talked ? faultOf(error) : agent.#startFault(options, why));
    } finally {
      clearTimeout(late);
      options.signal.removeEventListener('abort', unwanted);
    }
  }

  private constructor({ command, cwd, env, processes, terminals, host }: StartOptions) {
    if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
      throw new FaultError(fault('internal', `The checkout ${cwd} is not there`));
    }
    const stdio = ['pipe', 'pipe', 'pipe'] as ('pipe' | 'ignore')[];
    this.#child = processes.start(...programOf(command), { cwd, env, stdio, sweep: true });
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#noise(chunk.toString('utf8')));
    this.#child.stderr?.on('error', () => {});
    this.exited = new Promise((resolve) => {
      const end = (why: string) => {
        this.#alive = false;
        this.#connection?.close();
        resolve(why);
      };
      this.#child.on('error', (error) => end((error as NodeJS.ErrnoException).code ?? error.message));
      // 'close' and not 'exit': what it said last is still in the pipes.
      this.#child.on('close', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
      // A child of its own in another group may hold them for ever.
      this.#child.on('exit', () => setTimeout(() => this.#letGo(), TERM_GRACE_MS).unref());
    });
    this.#connection = connectionOf(this.#child, cwd, terminals, host, (line) => this.#noise(`${line}\n`));
  }

  /** It runs, and can be talked with. */
  get connected(): boolean {
    return this.#alive && !this.#connection.signal.aborted;
  }

  /** How it ended. One that has closed its stdout without ending is ended. */
  async gone(): Promise<string> {
    const late = setTimeout(() => this.kill(), this.connected ? 0 : EXIT_GRACE_MS);
    const why = await this.exited;
    clearTimeout(late);
    return why;
  }

  /** The last lines that it printed besides the protocol. */
  get lastWords(): string | null {
    return clean(this.#stderr.trim()).slice(-STDERR_CHARS) || null;
  }

  async prompt(blocks: ContentBlock[]): Promise<string> {
    const answer = await this.#connection.agent.request('session/prompt', {
      sessionId: this.conversation.id,
      prompt: blocks,
    });
    return answer.stopReason;
  }

  cancel(): void {
    this.#connection.agent.notify('session/cancel', { sessionId: this.conversation.id }).catch(() => {});
  }

  async setMode(modeId: string): Promise<void> {
    await this.#connection.agent.request('session/set_mode', { sessionId: this.conversation.id, modeId });
  }

  async setModel(modelId: string): Promise<void> {
    await this.#connection.agent.request('session/set_model', { sessionId: this.conversation.id, modelId });
  }

  /** Answers with all options as they are then. */
  async setOption(configId: string, value: string | boolean): Promise<unknown> {
    const common = { sessionId: this.conversation.id, configId };
    const params: SetSessionConfigOptionRequest =
      typeof value === 'boolean' ? { ...common, type: 'boolean', value } : { ...common, value };
    const answer = await this.#connection.agent.request('session/set_config_option', params);
    return answer.configOptions;
  }

  /** Asks it to end, and ends it. */
  async end(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && this.#alive) killGroup(pid, 'SIGTERM');
    const late = setTimeout(() => this.kill(), TERM_GRACE_MS);
    await this.exited;
    clearTimeout(late);
  }

  kill(): void {
    if (this.#child.pid !== undefined && this.#alive) killGroup(this.#child.pid, 'SIGKILL');
  }

  async #begin({ cwd, env, resume }: StartOptions): Promise<void> {
    const { agent } = this.#connection;
    const hello = await agent.request('initialize', {
      protocolVersion: PROTOCOL_VERSION,
      clientInfo: { name: 'porthole', version: '1' },
      clientCapabilities: {
        // There is no unsaved text to be had from us; and Gemini takes our "not found" of a new file for a failure.
        fs: { readTextFile: false, writeTextFile: true },
        terminal: true,
        session: { configOptions: { boolean: {} } },
        // What commands print that it runs itself: see `readPrinted`.
        _meta: { terminal_output: true },
      },
    });
    if (hello.protocolVersion !== PROTOCOL_VERSION) {
      const spoken = `It speaks version ${hello.protocolVersion} of the protocol, not ${PROTOCOL_VERSION}`;
      throw new FaultError(fault('agent_protocol', spoken));
    }
    const { name, title, version } = hello.agentInfo ?? { name: 'Agent', version: '' };
    this.info = { name: oneLine(title ?? name, 100), version: version ? oneLine(version, 50) : null };
    const { image = false, embeddedContext = false } = hello.agentCapabilities?.promptCapabilities ?? {};
    this.takes = { image, embedded: embeddedContext };
    this.resumes = wayToResume(hello) !== null;
    const method = keyMethod(hello.authMethods, env);
    const resumed = resume === null ? null : await this.#resume(hello, resume, cwd, method);
    const begin = () => agent.request('session/new', { cwd, mcpServers: [] });
    this.conversation = resumed ?? conversation(await this.#signedIn(method, begin));
  }

  /** An agent may have a key and still want to be told that it is to use it. `method`: how; null: there is no such way. */
  async #signedIn<T>(method: string | null, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (method === null || fields(error).code !== AUTH_REQUIRED) throw error;
      await this.#connection.agent.request('authenticate', { methodId: method }).catch(() => {
        throw error;
      });
      return ask();
    }
  }

  /** null: it cannot, or does not know that conversation any more. */
  async #resume(
    hello: InitializeResponse,
    id: string,
    cwd: string,
    method: string | null,
  ): Promise<Conversation | null> {
    const way = wayToResume(hello);
    if (!way) return null;
    try {
      const { agent } = this.#connection;
      const ask = () => agent.request(way, { sessionId: id, cwd, mcpServers: [] });
      const answer = await this.#signedIn(method, ask);
      return { ...conversation({ ...answer, sessionId: id }), resumed: true };
    } catch (error) {
      if (!this.connected) throw error;
      return null;
    }
  }

  #letGo(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  #noise(text: string): void {
    this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS * 2);
  }

  #startFault({ command }: StartOptions, why: string): AgentFault {
    if (why === 'ENOENT')
      return fault('agent_missing', `${command.command} is not installed on this machine`);
    return fault('agent_exited', `The agent ended while it started (${why})`, this.lastWords);
  }
}

function wayToResume({ agentCapabilities: able }: InitializeResponse) {
  if (able?.sessionCapabilities?.resume) return 'session/resume';
  return able?.loadSession ? 'session/load' : null;
}

interface Begun {
  sessionId: string;
  modes?: unknown;
  configOptions?: unknown;
  _meta?: unknown;
}

function conversation({ sessionId, modes, configOptions, _meta }: Begun): Conversation {
  const models = fields(_meta)[MODELS] ?? null;
  return { id: sessionId, resumed: false, modes: modes ?? null, models, config: configOptions ?? null };
}

/** `bridge` is this program. */
function programOf({ command, args }: AgentCommand): [string, string[]] {
  if (command !== 'bridge') return [command, args];
  return [process.execPath, [...process.execArgv, process.argv[1] as string, ...args]];
}

function connectionOf(
  child: ChildProcess,
  cwd: string,
  terminals: Terminals,
  host: AgentHost,
  onNoise: (line: string) => void,
): ClientConnection {
  return (
    client({ name: 'porthole-bridge' })
      .onRequest('session/request_permission', ({ params }) => host.onPermission(params))
      .onRequest('fs/read_text_file', async ({ params: { path, line, limit } }) => ({
        content: await readText(cwd, path, line, limit),
      }))
      .onRequest('fs/write_text_file', async ({ params: { path, content } }) => {
        await writeText(cwd, path, content);
        host.onWrite();
      })
      .onRequest('terminal/create', ({ params }) => ({ terminalId: terminals.create(params) }))
      .onRequest('terminal/output', ({ params }) => terminals.output(params.terminalId))
      .onRequest('terminal/wait_for_exit', ({ params }) => terminals.waitForExit(params.terminalId))
      .onRequest('terminal/kill', ({ params }) => terminals.kill(params.terminalId))
      .onRequest('terminal/release', ({ params }) => terminals.release(params.terminalId))
      // An extension that we do not know is no reason to complain.
      .onNotification('*', () => {})
      .connect(agentStream(child, { onUpdate: host.onUpdate, onNoise }))
  );
}

/** ACP's "authentication required". */
const AUTH_REQUIRED = -32000;

export function faultOf(error: unknown): AgentFault {
  if (error instanceof FaultError) return error.fault;
  const { message, code, data } = fields(error) as { message?: unknown; code?: unknown; data?: unknown };
  const text = oneLine(String(message ?? error), 1000);
  // The machine's own (ENOSPC): no word of the agent's.
  if (typeof code === 'string') return fault('internal', text);
  const { details } = fields(data);
  const more = typeof details === 'string' ? clean(details.slice(0, STDERR_CHARS)) : null;
  if (code === AUTH_REQUIRED) return fault('key_missing', text || 'The agent needs a key or a sign-in', more);
  return fault('agent_refused', text || 'The agent refused', more);
}
