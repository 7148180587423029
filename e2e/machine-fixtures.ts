/** For journeys on a machine of one's own: an sshd, and the road to it, which can be cut or lead elsewhere. */
import { test as base } from './fixtures.ts';
import { type Cable, layCable } from './lib/cable.ts';
import { type Sshd, startSshd } from './lib/sshd.ts';

export const test = base.extend<{ machine: Sshd; road: Cable }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters from the pattern
  machine: async ({}, use) => {
    const machine = await startSshd();
    await use(machine);
    await machine.stop();
  },
  road: async ({ machine }, use) => {
    const road = await layCable(machine.port);
    await use(road);
    await road.remove();
  },
});
