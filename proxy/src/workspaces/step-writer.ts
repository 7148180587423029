/**
 * Brings the progress of one run to the row. Invariant: writes go one after the other, the last one wins, and a
 * percentage is written at most every `THROTTLE_MS`; a change of state is written at once.
 */
import type { ProvisioningStep } from '@porthole/shared';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { Progress } from './provider.ts';
import { changeStep, noteAt, type StepName } from './steps.ts';

const THROTTLE_MS = 400;

export class StepWriter implements Disposable {
  #steps: ProvisioningStep[];
  #timer: Disposable | null = null;
  #writing: Promise<unknown> = Promise.resolve();
  #dirty = false;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #write: (steps: ProvisioningStep[]) => Promise<unknown>;

  constructor(
    steps: ProvisioningStep[],
    deps: { clock: Clock; log: Logger; write: (steps: ProvisioningStep[]) => Promise<unknown> },
  ) {
    this.#steps = steps;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#write = deps.write;
  }

  get steps(): ProvisioningStep[] {
    return this.#steps;
  }

  /** Runs one step; `done` afterwards, `failed` when it throws. */
  async run<T>(name: StepName, work: (progress: Progress) => Promise<T>): Promise<T> {
    this.#change(name, { state: 'running', percent: null, note: null });
    await this.flush();
    try {
      const result = await work(({ percent, note }) => {
        this.#steps = changeStep(this.#steps, name, {
          ...(percent === undefined ? {} : { percent }),
          ...(note === undefined ? {} : { note }),
        });
        this.#schedule();
      });
      this.#change(name, { state: 'done', percent: null, note: null });
      return result;
    } catch (error) {
      this.#change(name, { state: 'failed' });
      throw error;
    }
  }

  note(text: string): Promise<void> {
    this.#steps = noteAt(this.#steps, text);
    this.#dirty = true;
    return this.flush();
  }

  async flush(): Promise<void> {
    this.#timer?.dispose();
    this.#timer = null;
    if (this.#dirty) {
      this.#dirty = false;
      const steps = this.#steps;
      this.#writing = this.#writing
        .then(() => this.#write(steps))
        .catch((error) => this.#log.warn({ err: error }, 'a step could not be written'));
    }
    await this.#writing;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = null;
  }

  #change(name: StepName, change: Partial<ProvisioningStep>): void {
    this.#steps = changeStep(this.#steps, name, change);
    this.#dirty = true;
  }

  #schedule(): void {
    this.#dirty = true;
    this.#timer ??= this.#clock.after(THROTTLE_MS, () => {
      this.#timer = null;
      void this.flush();
    });
  }
}
