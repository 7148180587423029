import { describe, expect, it } from 'vitest';
import { bringIn } from './updates.ts';

/** A worker whose life the test leads. */
class FakeWorker extends EventTarget {
  readonly said: unknown[] = [];
  constructor(public state: ServiceWorkerState) {
    super();
  }
  postMessage(message: unknown): void {
    this.said.push(message);
  }
  become(state: ServiceWorkerState): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

const registered = (found: { installing?: FakeWorker; waiting?: FakeWorker }, update = async () => {}) =>
  ({ installing: null, waiting: null, ...found, update }) as unknown as ServiceWorkerRegistration;

describe('a new version', () => {
  it('[W1] is loaded when its worker has taken over, also one that is still being installed', async () => {
    const worker = new FakeWorker('installing');
    let loads = 0;
    await bringIn(registered({ installing: worker }), () => loads++);
    expect([worker.said, loads]).toEqual([[], 0]);
    worker.become('installed');
    expect(worker.said).toEqual([{ type: 'SKIP_WAITING' }]);
    worker.become('activating');
    expect(loads).toBe(0);
    worker.become('activated');
    expect(loads).toBe(1);
  });

  it('takes the one that waits, also without a network to look for a newer one', async () => {
    const worker = new FakeWorker('installed');
    const offline = () => Promise.reject(new TypeError('Failed to fetch'));
    await bringIn(registered({ waiting: worker }, offline), () => {});
    expect(worker.said).toEqual([{ type: 'SKIP_WAITING' }]);
  });

  it('loads what there is when there is no newer one, or it could not be had', async () => {
    let loads = 0;
    await bringIn(registered({}), () => loads++);
    const worker = new FakeWorker('installing');
    await bringIn(registered({ installing: worker }), () => loads++);
    worker.become('redundant');
    expect(loads).toBe(2);
  });
});
