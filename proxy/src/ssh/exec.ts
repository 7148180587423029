/**
 * Runs one command on a machine to its end.
 * Invariant: it resolves with what happened within its limits, and after a timeout, an abort or too much
 * output nothing that the command started is left running.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { DisposableStore, toDisposable } from '../lib/disposable.ts';
import { SshError } from './errors.ts';
import type { SshPool } from './pool.ts';
import { openProcess, type ProcessExit, type RemoteProcess } from './process.ts';
import { endProcesses } from './sweep.ts';
import type { SshTarget } from './target.ts';

export interface ExecOptions {
  command: string;
  cwd?: string;
  env?: Record<string, string>;
  stdin?: Uint8Array | string;
  /** Milliseconds; none by default. */
  timeoutMs?: number;
  /** Kept of stdout and stderr each; what is over is dropped and `truncated` says so. Bytes. */
  maxOutputBytes?: number;
  /** Ends the command when it prints more than that, instead of dropping the rest. */
  endOnTooMuch?: boolean;
  signal?: AbortSignal;
  onStdout?: (chunk: Uint8Array) => void;
  onStderr?: (chunk: Uint8Array) => void;
}

export interface ExecResult {
  stdout: Buffer;
  stderr: Buffer;
  exitCode: number | null;
  /** Without SIG. */
  signal: string | null;
  truncated: boolean;
  timedOut: boolean;
}

/** It was ended from outside (a signal, or 128 and its number from a shell): it says nothing about what it was asked. */
export const wasInterrupted = ({ exitCode, signal, timedOut }: ExecResult): boolean =>
  timedOut || signal !== null || exitCode === null || [129, 130, 137, 143].includes(exitCode);

export const EXEC_OUTPUT_BYTES = 1024 * 1024;

/** In the environment of everything a command starts; see sweep.ts. */
const MARKER = 'PORTHOLE_EXEC';

/** Rejects with an `SshError`: `aborted`, `lost` in the middle, or why it could not start. */
export async function exec(
  pool: SshPool,
  clock: Clock,
  target: SshTarget,
  options: ExecOptions,
): Promise<ExecResult> {
  const nonce = randomBytes(12).toString('hex');
  const env = { ...options.env, [MARKER]: nonce };
  const { command, cwd } = options;
  const process = await openProcess(
    pool,
    target,
    { command, env, ...(cwd === undefined ? {} : { cwd }) },
    options.signal,
  );
  const run = new Run(process, options);
  const limits = new DisposableStore();
  try {
    const ended = await new Promise<ProcessExit | 'timeout' | 'aborted' | 'too_much'>((resolve) => {
      process.onExit(resolve);
      run.onTooMuch = () => resolve('too_much');
      if (options.timeoutMs !== undefined)
        limits.add(clock.after(options.timeoutMs, () => resolve('timeout')));
      const abort = () => resolve('aborted');
      options.signal?.addEventListener('abort', abort);
      limits.add(toDisposable(() => options.signal?.removeEventListener('abort', abort)));
      if (options.signal?.aborted) abort();
      run.feed();
    });
    if (typeof ended === 'object') {
      if (ended.kind === 'lost')
        throw new SshError('lost', `The connection to ${target.label} was lost while a command ran.`);
      return run.result(ended.exitCode, ended.signal, false);
    }
    process.close();
    await endProcesses(pool, clock, target, `${MARKER}=${nonce}`);
    if (ended === 'aborted') throw new SshError('aborted', 'The command was cancelled.');
    return run.result(null, 'KILL', ended === 'timeout');
  } finally {
    limits.dispose();
  }
}

/** Gathers output up to the limit and feeds the input. */
class Run {
  readonly #out = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  readonly #kept = { stdout: 0, stderr: 0 };
  readonly #process: RemoteProcess;
  readonly #options: ExecOptions;
  #truncated = false;
  onTooMuch: () => void = () => {};

  constructor(process: RemoteProcess, options: ExecOptions) {
    this.#process = process;
    this.#options = options;
    process.onStdout((chunk) => this.#take('stdout', chunk));
    process.onStderr((chunk) => this.#take('stderr', chunk));
  }

  feed(): void {
    const { stdin } = this.#options;
    if (stdin !== undefined && stdin.length > 0) this.#process.write(stdin);
    this.#process.end();
  }

  result(exitCode: number | null, signal: string | null, timedOut: boolean): ExecResult {
    const stdout = Buffer.concat(this.#out.stdout);
    const stderr = Buffer.concat(this.#out.stderr);
    return { stdout, stderr, exitCode, signal, truncated: this.#truncated, timedOut };
  }

  #take(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    (stream === 'stdout' ? this.#options.onStdout : this.#options.onStderr)?.(chunk);
    const room = (this.#options.maxOutputBytes ?? EXEC_OUTPUT_BYTES) - this.#kept[stream];
    if (chunk.length > room) {
      this.#truncated = true;
      if (this.#options.endOnTooMuch) this.onTooMuch();
    }
    if (room <= 0) return;
    const kept = chunk.subarray(0, room);
    this.#out[stream].push(kept);
    this.#kept[stream] += kept.length;
  }
}
