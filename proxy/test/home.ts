/**
 * A home folder for the tests that start shells: what this machine's user has in a profile is slow, takes locks, and
 * is different everywhere.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** vitest's global set-up; the workers inherit the variable. */
export function setup(): () => void {
  const home = mkdtempSync(join(tmpdir(), 'porthole-home-'));
  const before = process.env.HOME;
  process.env.HOME = home;
  return () => {
    if (before === undefined) delete process.env.HOME;
    else process.env.HOME = before;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
}
