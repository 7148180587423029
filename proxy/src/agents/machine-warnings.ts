/** Lines of the server's log that one machine may cause: a hostile one has no end of reasons. */
import { Bucket } from '../lib/bucket.ts';

const AT_ONCE = 20;
/** Then one in 10 s. */
const PER_SECOND = 0.1;

export const machineWarnings = (now: number): Bucket => new Bucket(AT_ONCE, PER_SECOND, now);
