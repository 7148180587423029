/**
 * The way to a bridge over SSH: the machine is made ready, and `bridge attach` runs on a channel of its own; it starts
 * the bridge where none runs. Invariants: what is started carries the workspace's marker (machines.ts), so that a stop
 * ends it; a machine that somebody has put to sleep is woken by a person's wish alone.
 */
import { BRIDGE_LINE_CHARS } from '@porthole/shared/agent-limits';
import { PortholeError } from '@porthole/shared/errors';
import type { Disposable } from '../lib/disposable.ts';
import type { ProcessExit, RemoteProcess } from '../ssh/process.ts';
import { shellCommand } from '../ssh/quote.ts';
import type { Machines, Workspace } from '../workspaces/index.ts';
import { bridgeStateFolder } from '../workspaces/machine-folders.ts';
import type { Supervisor } from '../workspaces/supervisor.ts';
import { type Bundle, prepareMachine, type ReadyMachine } from './install.ts';
import { ATTACH_SCRIPT, bridgeFile } from './install-scripts.ts';
import { LineSplitter } from './links-lines.ts';
import { LinkError, type Transport, TransportEvents } from './links-transport.ts';

/** Kept of what `attach` prints to stderr, for the fault's details. */
const STDERR_CHARS = 4_000;

export interface SshLinkDeps {
  machines: Pick<Machines, 'find' | 'exec' | 'openProcess'>;
  supervisor: Pick<Supervisor, 'send' | 'whenRunning'>;
  bundle: () => Promise<Bundle>;
}

export interface OpenOptions {
  /** A person wants it: resume or start the machine. */
  wake: boolean;
  note: (what: string) => void;
  signal: AbortSignal;
}

/** One workspace's way. Remembers what it has found on the machine until an attachment fails. */
export class SshWay {
  readonly #deps: SshLinkDeps;
  readonly #workspaceId: string;
  #ready: ReadyMachine | null = null;

  constructor(deps: SshLinkDeps, workspaceId: string) {
    this.#deps = deps;
    this.#workspaceId = workspaceId;
  }

  /** What was found is no longer believed. */
  forget(): void {
    this.#ready = null;
  }

  /** Of the machine, once it has been looked at: where agents are found. */
  get path(): string | null {
    return this.#ready?.path ?? null;
  }

  /** Throws `LinkError` or `PortholeError`. */
  async open({ wake, note, signal }: OpenOptions): Promise<Transport> {
    const { machines, bundle } = this.#deps;
    await this.#wake(wake, note, signal);
    const ours = await bundle();
    note('Looking for the bridge');
    this.#ready ??= await prepareMachine(
      (options) => machines.exec(this.#workspaceId, options),
      ours,
      note,
      signal,
    );
    note('Starting the bridge');
    const { node, path } = this.#ready;
    const command = shellCommand(
      ATTACH_SCRIPT,
      node,
      bridgeFile(ours.build),
      bridgeStateFolder(this.#workspaceId),
      path,
    );
    const process = await machines.openProcess(this.#workspaceId, { command, cwd: '/' }, signal);
    return new ProcessTransport(process);
  }

  async #wake(wake: boolean, note: (what: string) => void, signal: AbortSignal): Promise<void> {
    const { machines, supervisor } = this.#deps;
    const workspace = await machines.find(this.#workspaceId);
    if (!workspace) throw gone();
    if (workspace.status === 'running') return;
    if (workspace.status !== 'provisioning') {
      if (!wake || workspace.status === 'deleting') throw asleep(workspace);
      if (workspace.status === 'error') throw asleep(workspace);
      this.forget();
      await supervisor.send(this.#workspaceId, workspace.status === 'paused' ? 'connect' : 'start');
    }
    note('Starting the machine');
    await supervisor.whenRunning(this.#workspaceId, signal);
  }
}

const gone = () => new LinkError('machine_unreachable', 'This workspace is gone.', null, { asleep: true });

function asleep({ status, error }: Workspace): LinkError {
  const why = status === 'error' && error ? `: ${error.message}` : '.';
  return new LinkError('machine_unreachable', `The workspace is not running, it is ${status}${why}`, null, {
    asleep: true,
  });
}

/** Why a try failed, fit for a screen; null: it is nothing that a person could mend. */
export function toLinkError(error: unknown): LinkError | null {
  if (error instanceof LinkError) return error;
  if (!(error instanceof PortholeError)) return null;
  return new LinkError('machine_unreachable', error.message, error.details ?? null, { cause: error });
}

/** The streams of `bridge attach` as lines. */
class ProcessTransport implements Transport {
  readonly #process: RemoteProcess;
  readonly #events = new TransportEvents();
  readonly #lines = new LineSplitter(BRIDGE_LINE_CHARS);
  #stderr = '';

  constructor(process: RemoteProcess) {
    this.#process = process;
    process.onStdout((chunk) => this.#take(chunk));
    process.onStderr((chunk) => {
      this.#stderr = (this.#stderr + Buffer.from(chunk).toString('utf8')).slice(-STDERR_CHARS);
    });
    process.onDrain(() => this.#events.drain.fire());
    process.onExit((exit) => this.#events.end(this.#why(exit)));
  }

  write(line: string): boolean {
    return this.#events.ended || this.#process.write(`${line}\n`);
  }

  onDrain(listener: () => void): Disposable {
    return this.#events.drain.on(listener);
  }

  onLine(listener: (line: string) => void): Disposable {
    return this.#events.line.on(listener);
  }

  onEnd(listener: (why: LinkError) => void): Disposable {
    return this.#events.onEnd(listener);
  }

  pause(): void {
    this.#process.pause();
  }

  resume(): void {
    this.#process.resume();
  }

  close(): void {
    this.#process.close();
  }

  #take(chunk: Uint8Array): void {
    if (this.#events.ended) return;
    try {
      for (const line of this.#lines.push(chunk)) this.#events.line.fire(line);
    } catch (error) {
      this.#events.end(
        new LinkError('agent_protocol', 'The bridge on the machine sent a line that has no end.', null, {
          cause: error,
        }),
      );
      this.#process.close();
    }
  }

  #why({ kind, exitCode, signal }: ProcessExit): LinkError {
    if (kind === 'lost')
      return new LinkError('machine_unreachable', 'The connection to the machine was lost.');
    const said = this.#stderr.trim();
    const how = signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
    // The bridge itself, and its agents, may well be at work: only the way to it has ended.
    const details = said === '' ? how : `${how}\n${said}`;
    return new LinkError('machine_unreachable', 'The way to the bridge on the machine ended.', details);
  }
}
