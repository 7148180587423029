/**
 * Set-up of every test project: properties are tried on the same examples each time, so that a run says the same
 * twice. `PORTHOLE_SEED=<number>` tries others; whoever finds a failure writes its example down as a test.
 */
import fc from 'fast-check';

const seed = Number(process.env.PORTHOLE_SEED ?? 20_261_121);
fc.configureGlobal({ seed });
