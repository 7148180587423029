import { WorkspaceStatus } from '@porthole/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bringsUp, type Effect, type LifecycleEvent, type State, transition } from './lifecycle.ts';

type Status = WorkspaceStatus;

/** What the diagram in lifecycle.ts says, one line a state; a missing event does not compile. `·` ignored, `✗` refused. */
type Cell = Status | `${Status} + ${Effect}` | 'gone' | '·' | '✗';
const expected: Record<State, Record<LifecycleEvent, Cell>> = {
  provisioning: {
    ...{ ready: 'running', failed: 'error', deleted: '·' },
    ...{ start: '·', connect: '·', pause: '✗', stop: 'stopped + stop' },
    ...{ idle: '·', expire: '·', retry: '·', delete: 'deleting + destroy' },
  },
  running: {
    ...{ ready: '·', failed: 'error', deleted: '·' },
    ...{ start: '·', connect: '·', pause: 'paused + pause', stop: 'stopped + stop' },
    ...{ idle: 'paused + pause', expire: '·', retry: '·', delete: 'deleting + destroy' },
  },
  paused: {
    ...{ ready: '·', failed: 'error', deleted: '·' },
    ...{ start: 'provisioning + start', connect: 'provisioning + start', pause: '·', stop: 'stopped + stop' },
    ...{ idle: '·', expire: 'stopped + stop', retry: '·', delete: 'deleting + destroy' },
  },
  stopped: {
    ...{ ready: '·', failed: 'error', deleted: '·' },
    ...{ start: 'provisioning + start', connect: '✗', pause: '✗', stop: '·' },
    ...{ idle: '·', expire: '·', retry: '·', delete: 'deleting + destroy' },
  },
  not_up: {
    ...{ ready: '·', failed: '·', deleted: '·' },
    ...{ start: 'provisioning + provision', connect: '✗', pause: '✗', stop: '✗' },
    ...{ idle: '·', expire: '·', retry: 'provisioning + provision', delete: 'deleting + destroy' },
  },
  not_paused: {
    ...{ ready: '·', failed: '·', deleted: '·' },
    ...{ start: 'provisioning + start', connect: '✗', pause: 'paused + pause', stop: 'stopped + stop' },
    ...{ idle: '·', expire: '·', retry: 'paused + pause', delete: 'deleting + destroy' },
  },
  not_stopped: {
    ...{ ready: '·', failed: '·', deleted: '·' },
    ...{ start: 'provisioning + start', connect: '✗', pause: '✗', stop: 'stopped + stop' },
    ...{ idle: '·', expire: '·', retry: 'stopped + stop', delete: 'deleting + destroy' },
  },
  not_deleted: {
    ...{ ready: '·', failed: '·', deleted: '·' },
    ...{ start: '✗', connect: '✗', pause: '✗', stop: '✗' },
    ...{ idle: '·', expire: '·', retry: '✗', delete: 'deleting + destroy' },
  },
  deleting: {
    ...{ ready: '·', failed: 'error', deleted: 'gone' },
    ...{ start: '✗', connect: '✗', pause: '✗', stop: '✗' },
    ...{ idle: '·', expire: '·', retry: '·', delete: '·' },
  },
};

const states = Object.keys(expected) as State[];
const events = Object.keys(expected.running) as LifecycleEvent[];

const FAILED: Partial<Record<State, Effect>> = {
  not_up: 'provision',
  not_paused: 'pause',
  not_stopped: 'stop',
  not_deleted: 'destroy',
};
const errorOf = (effect: Effect | null) => ({
  code: 'x',
  message: 'x',
  details: null,
  at: 0,
  ...(effect && { effect }),
});

/** A row as it is in that state. */
const rowOf = (state: State) => {
  const effect = FAILED[state];
  return effect === undefined
    ? { status: state as Status, error: null }
    : { status: 'error' as const, error: errorOf(effect) };
};

function show(state: State, event: LifecycleEvent, canPause = true): Cell {
  const outcome = transition(rowOf(state), event, canPause);
  if (outcome.kind === 'go') return outcome.effect ? `${outcome.to} + ${outcome.effect}` : outcome.to;
  return ({ gone: 'gone', ignore: '·', refuse: '✗' } as const)[outcome.kind];
}

describe('the life of a workspace', () => {
  it.each(states)('[WS1] from %s every event has its outcome', (state) => {
    expect(Object.fromEntries(events.map((event) => [event, show(state, event)]))).toEqual(expected[state]);
  });

  it('[WS1] has a state for every status', () => {
    const known = new Set(states.map((state) => rowOf(state).status));
    expect([...known].sort()).toEqual([...WorkspaceStatus.options].sort());
  });

  it('[WS2] an error of before its cause was kept is a failed delete by its code, or else one of setting up', () => {
    const retry = (code: string) =>
      transition({ status: 'error', error: { ...errorOf(null), code } }, 'retry', false);
    expect(retry('delete_failed')).toEqual({ kind: 'refuse' });
    expect(retry('host_gone')).toEqual({ kind: 'go', to: 'provisioning', effect: 'provision' });
  });

  it('[WS4] a provider that cannot pause is stopped when idle, and refuses to pause', () => {
    expect(show('running', 'idle', false)).toBe('stopped + stop');
    expect(show('running', 'pause', false)).toBe('✗');
    expect(show('not_paused', 'retry', false)).toBe('stopped + stop');
    for (const state of states)
      for (const event of events) expect(show(state, event, false)).not.toContain('+ pause');
  });

  it('[WS1] can be deleted from any state', () => {
    for (const state of states.filter((state) => state !== 'deleting')) {
      expect(show(state, 'delete')).toBe('deleting + destroy');
    }
  });

  it('[WS1] whatever happens, a status that waits has an effect under way to end it', () => {
    const waits = (status: Status) => status === 'provisioning' || status === 'deleting';
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...events), { maxLength: 30 }),
        fc.boolean(),
        (history, canPause) => {
          let status: Status | null = 'provisioning';
          let effect: Effect | null = 'provision';
          let failed: Effect | null = null;
          for (const event of history) {
            // The end of an effect is only told while one is under way.
            if (event === 'ready' && (effect === null || !bringsUp(effect))) continue;
            if (event === 'deleted' && effect !== 'destroy') continue;
            if (event === 'failed' && effect === null) continue;
            const error = status === 'error' ? errorOf(failed) : null;
            const outcome = transition({ status, error }, event, canPause);
            if (event === 'failed') failed = effect;
            if (outcome.kind === 'gone') return;
            // What may be half deleted comes up in no way.
            if (error && failed === 'destroy' && outcome.kind === 'go')
              expect(outcome.effect).toBe('destroy');
            if (outcome.kind === 'go') ({ to: status, effect } = outcome);
            if (waits(status)) expect(effect).not.toBeNull();
            if (status === 'deleting') expect(effect).toBe('destroy');
          }
        },
      ),
      { verbose: 1 },
    );
  });
});
