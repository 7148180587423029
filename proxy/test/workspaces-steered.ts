/**
 * The workspaces feature with a provider that the test steers, on a clock that the test moves. `setUp` begins anew; what
 * is exported with `let` is of the newest.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkspaceRow } from '@porthole/shared';
import { afterAll, afterEach } from 'vitest';
import type { Clock } from '../src/lib/clock.ts';
import { SshError } from '../src/ssh/errors.ts';
import type { SshTarget } from '../src/ssh/target.ts';
import type { WorkspacesDeps } from '../src/workspaces/index.ts';
import type { Machine, MachineSpec, Provider } from '../src/workspaces/provider.ts';
import { LocalProvider } from '../src/workspaces/providers/local.ts';
import { FakeClock } from './fake-clock.ts';
import { createWorld, type World } from './workspaces-world.ts';

/** The local provider with a say in how it goes: it can pause, fail, and be held up. */
class Steered implements Provider {
  readonly name = 'local';
  readonly capabilities: Provider['capabilities'];
  readonly availability = { enabled: true, reason: null };
  readonly calls: string[] = [];
  /** Thrown by the next calls, one each. */
  failures: Error[] = [];
  /** Awaited by `create` before it goes on. */
  held: Promise<void> | null = null;
  onHeld: () => void = () => {};
  readonly #local: LocalProvider;
  pause?: (spec: MachineSpec, machine: Machine) => Promise<void>;

  constructor(local: LocalProvider, canPause: boolean) {
    this.#local = local;
    this.capabilities = canPause ? ['pause'] : [];
    if (canPause) this.pause = async () => this.#call('pause');
  }

  async create(spec: MachineSpec, ...rest: [never, AbortSignal]): Promise<Machine> {
    this.#call('create');
    if (this.held) {
      this.onHeld();
      await Promise.race([this.held, new Promise((resolve) => rest[1].addEventListener('abort', resolve))]);
      if (rest[1].aborted) throw new SshError('aborted', 'cancelled');
    }
    return this.#local.create(spec, ...rest);
  }

  async start(...args: Parameters<Provider['start']>): Promise<void> {
    this.#call('start');
    return this.#local.start(...args);
  }

  async stop(spec: MachineSpec): Promise<void> {
    this.#call('stop');
    return this.#local.stop(spec);
  }

  async destroy(spec: MachineSpec): Promise<void> {
    this.#call('destroy');
    return this.#local.destroy(spec);
  }

  target(): Promise<SshTarget> {
    return this.#local.target();
  }

  #call(what: string): void {
    this.calls.push(what);
    const failure = this.failures.shift();
    if (failure) throw failure;
  }
}

export let world: World;
export let clock: FakeClock;
export let provider: Steered;
let local: LocalProvider | null = null;
export const endings: string[] = [];
export const dataFolder = mkdtempSync(join(tmpdir(), 'porthole-steered-'));
afterEach(() => world.dispose());
afterAll(() => {
  local?.dispose();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
});

export async function setUp({
  canPause = false,
  ...change
}: Partial<WorkspacesDeps> & { canPause?: boolean } = {}) {
  clock = new FakeClock();
  endings.length = 0;
  world = await createWorld({
    clock: clock as Clock,
    random: () => 0.5,
    onEnding: (_id, effect) => void endings.push(effect),
    providers: (pool) => {
      const options = { pool, clock, dataFolder, environment: process.env };
      local?.dispose();
      local = new LocalProvider({ ...options, availability: { enabled: true, reason: null } });
      provider = new Steered(local, canPause);
      return [provider];
    },
    ...change,
  });
}
export const create = () => world.call('createWorkspace', world.member, { body: { provider: 'local' } });
export const at = (id: string, ...wanted: WorkspaceRow['status'][]) =>
  world.workspaceWhen(id, ({ status }) => wanted.includes(status));
export const send = (
  name: 'startWorkspace' | 'stopWorkspace' | 'pauseWorkspace' | 'retryWorkspace' | 'deleteWorkspace',
  id: string,
) => world.call(name, world.member, { params: { workspace: id } });
export const pending = async (id: string) =>
  (await world.db.q
    .selectFrom('workspaces')
    .select(['pending', 'attempt'])
    .where('id', '=', id)
    .executeTakeFirst()) ?? null;
export const hold = () => {
  let goOn = () => {};
  provider.held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    provider.onHeld = resolve;
  });
  return { goOn, reached };
};
