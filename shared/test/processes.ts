/** For tests that look for processes on this machine, and end them. Linux: /proc says what runs. */
import { readdirSync, readFileSync } from 'node:fs';

/** What it was started with; empty: it is gone. */
export function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Pids of what was started with all of these arguments. */
export function processesWith(...given: string[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const args = argumentsOf(pid);
      return given.every((each) => args.includes(each));
    });
}

/** Pids of the scripted agents that a bridge has noted in the folder of its processes. */
export const scriptedAgentsIn = (folder: string): number[] =>
  readdirSync(folder)
    .map(Number)
    .filter((pid) => argumentsOf(pid).includes('scripted-agent'));
