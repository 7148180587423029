import { WorkspaceStatus } from '@porthole/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bringsUp, type Effect, type LifecycleEvent, transition } from './lifecycle.ts';

type Status = WorkspaceStatus;

/** What the diagram in lifecycle.ts says, one line a status; a missing event does not compile. `·` ignored, `✗` refused. */
type Cell = Status | `${Status} + ${Effect}` | 'gone' | '·' | '✗';
const expected: Record<Status, Record<LifecycleEvent, Cell>> = {
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
  error: {
    ...{ ready: '·', failed: '·', deleted: '·' },
    ...{ start: 'provisioning + provision', connect: '✗', pause: '✗', stop: '✗' },
    ...{ idle: '·', expire: '·', retry: 'provisioning + provision', delete: 'deleting + destroy' },
  },
  deleting: {
    ...{ ready: '·', failed: 'error', deleted: 'gone' },
    ...{ start: '✗', connect: '✗', pause: '✗', stop: '✗' },
    ...{ idle: '·', expire: '·', retry: '·', delete: '·' },
  },
};

const statuses = WorkspaceStatus.options;
const events = Object.keys(expected.running) as LifecycleEvent[];

function show(status: Status, event: LifecycleEvent, canPause = true): Cell {
  const outcome = transition(status, event, canPause);
  if (outcome.kind === 'go') return outcome.effect ? `${outcome.to} + ${outcome.effect}` : outcome.to;
  return ({ gone: 'gone', ignore: '·', refuse: '✗' } as const)[outcome.kind];
}

describe('the life of a workspace', () => {
  it.each(statuses)('[WS1] from %s every event has its outcome', (status) => {
    expect(Object.fromEntries(events.map((event) => [event, show(status, event)]))).toEqual(expected[status]);
  });

  it('[WS4] a provider that cannot pause is stopped when idle, and refuses to pause', () => {
    expect(show('running', 'idle', false)).toBe('stopped + stop');
    expect(show('running', 'pause', false)).toBe('✗');
    for (const status of statuses)
      for (const event of events) expect(show(status, event, false)).not.toContain('+ pause');
  });

  it('[WS1] can be deleted from any state', () => {
    for (const status of statuses.filter((status) => status !== 'deleting')) {
      expect(show(status, 'delete')).toBe('deleting + destroy');
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
          for (const event of history) {
            // The end of an effect is only told while one is under way.
            if (event === 'ready' && (effect === null || !bringsUp(effect))) continue;
            if (event === 'deleted' && effect !== 'destroy') continue;
            if (event === 'failed' && effect === null) continue;
            const outcome = transition(status, event, canPause);
            if (outcome.kind === 'gone') return;
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
