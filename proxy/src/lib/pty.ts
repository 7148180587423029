/**
 * What a PTY is to whoever shows it. `ssh/` implements it over an SSH channel; the terminals feature
 * knows nothing else of the machine.
 */
import type { Disposable } from './disposable.ts';

export interface PtyExit {
  /** `exited`: the program ended. `lost`: the connection under it went away. */
  kind: 'exited' | 'lost';
  exitCode: number | null;
  /** Without the SIG prefix, as SSH reports it: `TERM`, `KILL`. */
  signal: string | null;
  /** For `lost`: a sentence fit for a screen. */
  message?: string;
}

/** `full`: the program does not read, and too much waits for it. `gone`: it has ended, or is about to. */
export type PtyWrite = 'taken' | 'full' | 'gone';

export interface PtyChannel {
  /** Input bytes, in order: all of them are taken, or none. */
  write(data: Uint8Array): PtyWrite;
  /** Cells. */
  resize(cols: number, rows: number): void;
  /** Stops the flow of output at the machine (SSH window); up to ~3 MiB already under way still arrives. */
  pause(): void;
  resume(): void;
  /** Asks the program to end (SIGHUP) and closes the channel. Safe to call twice. */
  close(): void;
  onData(listener: (chunk: Uint8Array) => void): Disposable;
  /** Called once; at once when the PTY has already ended. */
  onExit(listener: (exit: PtyExit) => void): Disposable;
}

export interface OpenPtyOptions {
  cols: number;
  rows: number;
  /** Absolute folder on the machine. */
  cwd: string;
  env: Record<string, string>;
  /** A shell command; the login shell when absent. */
  command?: string;
}
