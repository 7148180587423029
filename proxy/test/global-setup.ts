/**
 * What integration tests start from: the proxy's programs, built from these sources, and a home folder for the shells,
 * since what this machine's user has in a profile is slow, takes locks, and is different everywhere.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../scripts/prepare.mjs';

/** vitest's global set-up; the workers inherit the variable. */
export async function setup(): Promise<() => void> {
  await ensureBuilt('proxy');
  const home = mkdtempSync(join(tmpdir(), 'porthole-home-'));
  const before = process.env.HOME;
  process.env.HOME = home;
  return () => {
    if (before === undefined) delete process.env.HOME;
    else process.env.HOME = before;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
}
