/**
 * The processes that the bridge starts: each leads a group of its own, so that what it starts ends with it. Their pids
 * are in files, by which the next daemon ends what a killed one left behind.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfAny } from './folder.ts';
import { isAlive, startOf } from './lock.ts';

export class Processes {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    for (const name of readdirSync(folder)) {
      const start = readIfAny(join(folder, name)) ?? '-';
      // Where the beginning is not known the pid may be anybody's.
      if (start !== '-' && isAlive(Number(name), start)) killGroup(Number(name), 'SIGKILL');
      rmSync(join(folder, name), { force: true });
    }
  }

  /** `sweep`: what it leaves running in its group ends with it. */
  start(command: string, args: readonly string[], options: SpawnOptions & { sweep: boolean }): ChildProcess {
    const child = spawn(command, args, { ...options, detached: true });
    const { pid } = child;
    if (pid === undefined) return child;
    const note = join(this.#folder, String(pid));
    try {
      writeFileSync(note, startOf(pid) ?? '-', { mode: 0o600 });
    } catch (error) {
      // Better one that the next daemon does not know than one that nobody holds.
      console.error('a process was not noted', error);
    }
    child.once('exit', () => {
      if (options.sweep) killGroup(pid, 'SIGKILL');
      rmSync(note, { force: true });
    });
    return child;
  }
}

/** Its leader may have ended. */
export function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone.
  }
}
