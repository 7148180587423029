/**
 * Collects this thread's garbage now. An emulator is megabytes of long-lived objects; a thread that has gone quiet
 * allocates nothing more, and so V8 would keep them until the next flood.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
// Without arguments: Node 20 takes any options for a wish to collect the youngest objects alone.
const gc = runInNewContext('gc') as () => void;

export function collectGarbage(): void {
  gc();
}
