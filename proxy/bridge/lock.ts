/**
 * One daemon per folder. A lock is a file `lock.<generation>` with the holder's pid and the time that process began
 * (a pid alone may be somebody else's by now). Whoever finds the newest generation's holder dead makes the next one:
 * the file system lets one win. Only a winner removes older generations, and whoever is not the newest has lost; so two
 * never hold it.
 */
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Lock {
  /** False when somebody removed it: the folder is gone. */
  held(): boolean;
  release(): void;
}

/** null: another process that lives holds it. */
export function takeLock(folder: string): Lock | null {
  const newest = generations(folder).at(-1) ?? 0;
  if (newest > 0 && isHeld(join(folder, `lock.${newest}`))) return null;
  const own = newest + 1;
  const path = join(folder, `lock.${own}`);
  const text = `${process.pid} ${startOf(process.pid) ?? '-'}`;
  const draft = join(folder, `lock-draft.${process.pid}`);
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const all = generations(folder);
  if (all.at(-1) !== own) {
    rmSync(path, { force: true });
    return null;
  }
  for (const old of all) if (old < own) rmSync(join(folder, `lock.${old}`), { force: true });
  return {
    held: () => readText(path) === text,
    release: () => rmSync(path, { force: true }),
  };
}

function generations(folder: string): number[] {
  return readdirSync(folder)
    .map((name) => /^lock\.(\d+)$/.exec(name)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

function isHeld(path: string): boolean {
  const [pid, start] = readText(path)?.split(' ') ?? [];
  return isAlive(Number(pid), start ?? '-');
}

/** `start` as `startOf` said it; `-`: not known, then the pid decides alone. */
export function isAlive(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = startOf(pid);
  return now === null || start === '-' || now === start;
}

/** When a process began, in ticks since the machine did; null where there is no /proc, or it is a zombie's. */
export function startOf(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  // The name in parentheses may have spaces of its own.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
