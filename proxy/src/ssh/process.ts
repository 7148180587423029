/**
 * A command on a machine with its three streams, without a PTY.
 * Invariant: both output streams are always read; `onExit` comes once, after the last byte of both.
 */
import type { ClientChannel } from 'ssh2';
import { type Disposable, Emitter, toDisposable } from '../lib/disposable.ts';
import type { SshConnection } from './connection.ts';
import type { SshPool } from './pool.ts';
import { environmentWords, shellCommand } from './quote.ts';
import type { SshTarget } from './target.ts';

export interface ProcessOptions {
  /** A shell command; `sh` runs it. */
  command: string;
  /** Absolute folder on the machine; the home folder when absent. It must exist. */
  cwd?: string;
  env?: Record<string, string>;
}

export interface ProcessExit {
  kind: 'exited' | 'lost';
  exitCode: number | null;
  signal: string | null;
}

export interface ExitStatus {
  exitCode: number | null;
  /** Without SIG. */
  signal: string | null;
}

/**
 * From what a channel's `close` says; null: the server has not said how the program ended. Not from the event `exit`:
 * that one comes when its packet is read, and when it was read together with the answer to the request, nobody could
 * be listening yet.
 */
export function exitStatus(code?: number | null, signal?: string | null): ExitStatus | null {
  if (typeof code !== 'number' && typeof signal !== 'string') return null;
  return { exitCode: code ?? null, signal: signal?.replace(/^SIG/, '') ?? null };
}

/** Nothing is read before the first listener; add all that are wanted in the same turn of the event loop. */
export interface RemoteProcess {
  /** False: the program is slow to read; wait for `onDrain`. */
  write(data: Uint8Array | string): boolean;
  /** End of input. */
  end(): void;
  onDrain(listener: () => void): Disposable;
  onStdout(listener: (chunk: Uint8Array) => void): Disposable;
  onStderr(listener: (chunk: Uint8Array) => void): Disposable;
  /** Stops both streams at the machine. */
  pause(): void;
  resume(): void;
  /** Closes the channel. Programs without a PTY are not told by sshd: see `endProcesses`. */
  close(): void;
  onExit(listener: (exit: ProcessExit) => void): Disposable;
}

/** $1 folder or empty, $2 command, the rest NAME=value. */
const RUN_SCRIPT = `
if [ -n "$1" ]; then cd -- "$1" || exit 127; fi
command=$2
shift 2
exec env "$@" sh -c "$command"`.trim();

export const processCommand = (options: ProcessOptions): string =>
  shellCommand(RUN_SCRIPT, options.cwd ?? '', options.command, ...environmentWords(options.env ?? {}));

export async function openProcess(
  pool: SshPool,
  target: SshTarget,
  options: ProcessOptions,
  signal?: AbortSignal,
): Promise<RemoteProcess> {
  const command = processCommand(options);
  const { channel, connection } = await pool.open(target, 'exec', (on) => on.exec(command), signal);
  return new SshProcess(channel, connection);
}

class SshProcess implements RemoteProcess {
  readonly #channel: ClientChannel;
  readonly #stdout = new Emitter<Uint8Array>();
  readonly #stderr = new Emitter<Uint8Array>();
  readonly #drain = new Emitter<void>();
  readonly #exit = new Emitter<ProcessExit>();
  #ended: ProcessExit | null = null;
  #flowing = false;

  constructor(channel: ClientChannel, connection: SshConnection) {
    this.#channel = channel;
    let status: ExitStatus | null = null;
    const lost = connection.onClose.on(() => this.resume());
    // Not before both streams have ended: the channel's `close` waits for stdout alone.
    let open = 2;
    const closed = () => {
      open -= 1;
      if (open > 0) return;
      lost.dispose();
      this.#ended = status ? { kind: 'exited', ...status } : { kind: 'lost', exitCode: null, signal: null };
      this.#exit.fire(this.#ended);
      this.#exit.dispose();
    };
    channel.on('close', (code?: number | null, signal?: string | null) => {
      status = exitStatus(code, signal);
      closed();
    });
    channel.stderr.on('close', closed);
    channel.on('drain', () => this.#drain.fire());
    channel.on('error', () => {});
  }

  write(data: Uint8Array | string): boolean {
    return this.#ended || !this.#channel.writable ? true : this.#channel.write(data);
  }

  end(): void {
    if (!this.#ended && this.#channel.writable) this.#channel.end();
  }

  pause(): void {
    this.#channel.pause();
    this.#channel.stderr.pause();
  }

  resume(): void {
    this.#channel.resume();
    this.#channel.stderr.resume();
  }

  close(): void {
    if (this.#ended) return;
    this.#channel.close();
    this.resume();
  }

  onDrain(listener: () => void): Disposable {
    return this.#drain.on(listener);
  }

  onStdout(listener: (chunk: Uint8Array) => void): Disposable {
    this.#flow();
    return this.#stdout.on(listener);
  }

  onStderr(listener: (chunk: Uint8Array) => void): Disposable {
    this.#flow();
    return this.#stderr.on(listener);
  }

  onExit(listener: (exit: ProcessExit) => void): Disposable {
    this.#flow();
    if (!this.#ended) return this.#exit.on(listener);
    listener(this.#ended);
    return toDisposable(() => {});
  }

  /** Node begins to deliver on the next tick, so listeners added in the same turn miss nothing. */
  #flow(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    this.#channel.on('data', (chunk: Buffer) => this.#stdout.fire(chunk));
    this.#channel.stderr.on('data', (chunk: Buffer) => this.#stderr.fire(chunk));
  }
}
