/** Which build of the bridge this process runs: a hash of its one file, as the proxy's `bridgeBundle()` says it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function ownBuild(): string {
  const bytes = readFileSync(process.argv[1] as string);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
