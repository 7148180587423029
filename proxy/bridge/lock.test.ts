// The lock on a real disk, with this process and dead ones as holders.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, startOf, takeLock } from './lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const locks = () => readdirSync(folder).sort();
const deadPid = () => spawnSync('true').pid;

describe('the lock', () => {
  it('[AG6] is held once, and free again when released', () => {
    const lock = takeLock(folder);
    expect(lock?.held()).toBe(true);
    expect(takeLock(folder)).toBeNull();
    expect(locks()).toEqual(['lock.1']);
    lock?.release();
    expect(lock?.held()).toBe(false);
    expect(takeLock(folder)).not.toBeNull();
  });

  it('[AG6] is taken over from a process that has died, or whose pid is another’s now', () => {
    for (const holder of [`${deadPid()} 123`, `${process.pid} 1`, '', 'nonsense', '-1 -', '0 -']) {
      writeFileSync(join(folder, 'lock.7'), holder);
      const lock = takeLock(folder);
      expect(lock?.held(), holder).toBe(true);
      expect(locks()).toEqual(['lock.8']);
      lock?.release();
    }
  });

  it('[AG6] is not taken over from one that lives', () => {
    writeFileSync(join(folder, 'lock.3'), `${process.ppid} ${startOf(process.ppid)}`);
    expect(takeLock(folder)).toBeNull();
    expect(locks()).toEqual(['lock.3']);
  });

  it('[AG6] notices that it was taken away', () => {
    const lock = takeLock(folder);
    rmSync(join(folder, 'lock.1'));
    expect(lock?.held()).toBe(false);
  });

  it('knows when a process began', () => {
    const start = startOf(process.pid);
    expect(start).toMatch(/^\d+$/);
    expect(readFileSync('/proc/self/stat', 'utf8')).toContain(` ${start} `);
    expect(isAlive(process.pid, start ?? '')).toBe(true);
    expect(isAlive(process.pid, '12')).toBe(false);
    expect(startOf(deadPid())).toBeNull();
  });
});
