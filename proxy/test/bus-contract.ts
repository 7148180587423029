/** What every bus must do. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Bus, Topics } from '../src/bus/bus.ts';

const change = (seq: number): Topics['feed'] => ({
  organisationId: 'org_a',
  seq,
  table: 'hosts',
  id: 'hst_a',
  op: 'put',
  row: '{}',
});

/** `settle` resolves when what was published has been delivered. */
export function busContract(open: () => Promise<{ bus: Bus; settle: () => Promise<void> }>): void {
  let bus: Bus;
  let settle: () => Promise<void>;
  beforeEach(async () => {
    ({ bus, settle } = await open());
  });
  afterEach(() => bus.close());

  it('delivers in order, to every listener of the key and to no other', async () => {
    const a: number[] = [];
    const b: number[] = [];
    const other: number[] = [];
    bus.subscribe('feed', 'org_a', ({ seq }) => a.push(seq));
    bus.subscribe('feed', 'org_a', ({ seq }) => b.push(seq));
    bus.subscribe('feed', 'org_b', ({ seq }) => other.push(seq));
    bus.subscribe('signed_out', 'org_a', () => other.push(-1));
    for (let seq = 1; seq <= 100; seq += 1) bus.publish('feed', 'org_a', change(seq));
    await settle();
    expect(a).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(b).toEqual(a);
    expect(other).toEqual([]);
  });

  it('goes on when a listener throws', async () => {
    const heard: number[] = [];
    bus.subscribe('feed', 'org_a', () => {
      throw new Error('a bad listener');
    });
    bus.subscribe('feed', 'org_a', ({ seq }) => heard.push(seq));
    bus.publish('feed', 'org_a', change(1));
    await settle();
    expect(heard).toEqual([1]);
  });

  it('says nothing to a listener that has left, nor after it is closed', async () => {
    const heard: number[] = [];
    const first = bus.subscribe('feed', 'org_a', ({ seq }) => heard.push(seq));
    first.dispose();
    bus.publish('feed', 'org_a', change(1));
    bus.subscribe('feed', 'org_a', ({ seq }) => heard.push(seq));
    await settle();
    await bus.close();
    bus.publish('feed', 'org_a', change(2));
    expect(heard).toEqual([]);
  });
}
