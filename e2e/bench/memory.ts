/** What the proxy holds. */
import { readFileSync } from 'node:fs';
import type { Server } from '../lib/server.ts';

export const MEMORY_PROBE = ['--expose-gc', '--import', new URL('./memory-probe.mjs', import.meta.url).href];

/** Resident set of a process, bytes. */
export function residentBytes(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? 0) * 1024;
}

/** Resident bytes after a garbage collection. */
export async function heldBytes(server: Server): Promise<number> {
  const said = new Promise<void>((resolve) => {
    const read = (chunk: Buffer) => {
      if (!chunk.includes('memory ')) return;
      server.process.stderr?.off('data', read);
      resolve();
    };
    server.process.stderr?.on('data', read);
  });
  server.process.kill('SIGUSR2');
  await said;
  return residentBytes(server.pid);
}
