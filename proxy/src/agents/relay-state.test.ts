import type { AgentFault, SessionEvent, SessionEventBody, TurnOutcome } from '@porthole/shared/agent-events';
import { describe, expect, it } from 'vitest';
import { newId } from '../lib/ids.ts';
import { fromCheckpoint, toCheckpoint } from './checkpoint.ts';
import { applyToState, emptyState, isStale, pauses, type RelayState, statusOf } from './relay-state.ts';
import { ROW_PACE_MS, rowAfter } from './row-pace.ts';

const by = newId('user');
const [a, b] = [newId('prompt'), newId('prompt')];
const fold = (...bodies: SessionEventBody[]): RelayState =>
  bodies.reduce<RelayState>(
    (state, body) => applyToState(state, { seq: state.head.seq + 1, at: 1, ...body } as SessionEvent),
    emptyState(),
  );
const queued = (prompt: string): SessionEventBody => ({
  ...{ type: 'prompt_queued', prompt, by, text: 'x', attachments: [], choices: {}, retryOf: null },
});
const started = (turn: string): SessionEventBody => ({ type: 'turn_started', turn });
const fault = (code: AgentFault['code']): AgentFault => ({ code, message: 'm', details: null });
const ended = (turn: string, outcome: TurnOutcome, why: AgentFault | null = null): SessionEventBody => ({
  ...{ type: 'turn_ended', turn, outcome, fault: why },
});

describe('the queue after a turn', () => {
  it.each([
    ['done', null, false],
    ['refused', null, false],
    ['stopped', null, false],
    ['stopped', fault('machine_unreachable'), true],
    ['limit', null, true],
    ['failed', null, true],
    ['failed', fault('agent_refused'), false],
    ['failed', fault('agent_exited'), true],
    ['failed', fault('key_missing'), true],
  ] as const)('that is %s (%o) waits: %s', (outcome, why, expected) => {
    expect(pauses(outcome, why)).toBe(expected);
    expect(fold(queued(a), started(a), queued(b), ended(a, outcome, why)).paused).toBe(expected);
  });

  it('goes on when somebody sends', () => {
    const paused = [queued(a), started(a), ended(a, 'failed', fault('key_missing'))] as const;
    expect(fold(...paused).paused).toBe(true);
    expect(fold(...paused, queued(b)).paused).toBe(false);
  });
});

describe('what a bridge says of a turn', () => {
  const text = (turn: string) => ({
    type: 'text' as const,
    turn,
    item: 'i',
    kind: 'message' as const,
    text: '',
  });
  const asked = (turn: string) => ({
    ...{ type: 'permission_asked' as const, turn, request: 'r', call: 'c', title: 't' },
    ...{ kind: 'execute' as const, options: [] },
  });
  const end = { type: 'turn_ended' as const, turn: a, outcome: 'done' as const, fault: null };
  const begin = { type: 'turn_started' as const, turn: a };
  const tool = { type: 'tool' as const, turn: a, call: 'c' };
  const plan = { type: 'plan' as const, turn: a, entries: [] };
  const waits = fold(queued(a));
  const runs = fold(queued(a), started(a));
  const over = fold(queued(a), started(a), ended(a, 'stopped'));
  const cancelled = fold(queued(a), { type: 'prompt_cancelled', prompt: a, by });

  it.each([
    ['begins', begin, { waits: false, runs: true, over: true, cancelled: true }],
    ['says', text(a), { waits: false, runs: false, over: true, cancelled: true }],
    ['works', tool, { waits: false, runs: false, over: true, cancelled: true }],
    ['plans', plan, { waits: false, runs: false, over: true, cancelled: true }],
    ['asks', asked(a), { waits: true, runs: false, over: true, cancelled: true }],
    ['ends', end, { waits: false, runs: false, over: true, cancelled: true }],
  ])('[AG5a] is stale when it %s after it was over here', (_, event, expected) => {
    const found = {
      ...{ waits: isStale(waits, event), runs: isStale(runs, event) },
      ...{ over: isStale(over, event), cancelled: isStale(cancelled, event) },
    };
    expect(found).toEqual(expected);
  });
});

it('[SE7] keeps the newest answers of a turn, however much its agent asks', () => {
  const answers = Array.from({ length: 1_000 }, (_, i): SessionEventBody => {
    return { type: 'permission_answered', request: `r${i}`, option: 'y', by, remembered: false };
  });
  const state = fold(queued(a), started(a), ...answers);
  expect(Object.keys(state.answers)).toEqual(Array.from({ length: 200 }, (_, i) => `r${800 + i}`));
});

describe('a Stop', () => {
  const stop: SessionEventBody = { type: 'stop_asked', turn: a, by };

  it('[AG5a] is remembered until the turn has ended, also of a prompt that has not begun', () => {
    expect(fold(queued(a), stop).stopping).toBe(a);
    expect(fold(queued(a), stop, started(a)).stopping).toBe(a);
    expect(fold(queued(a), started(a), stop, queued(b), ended(b, 'failed')).stopping).toBe(a);
    expect(fold(queued(a), started(a), stop, ended(a, 'stopped')).stopping).toBeNull();
  });
});

describe('the status of a row', () => {
  it.each([
    ['idle', fold()],
    ['queued', fold(queued(a))],
    ['thinking', fold(queued(a), started(a))],
    [
      'tool',
      fold(queued(a), started(a), { type: 'tool', turn: a, call: 'c', title: 't', status: 'running' }),
    ],
    ['idle', fold(queued(a), started(a), ended(a, 'stopped'))],
    ['failed', fold(queued(a), started(a), ended(a, 'failed'))],
    ['failed', fold(queued(a), started(a), queued(b), ended(a, 'failed'))],
    ['queued', fold(queued(a), started(a), ended(a, 'failed'), queued(b))],
  ] as const)('%s', (expected, state) => {
    expect(statusOf(state, false)).toBe(expected);
  });

  it('says that a prompt is on its way', () => {
    expect(statusOf(fold(queued(a)), true)).toBe('starting');
    expect(statusOf(fold(queued(a), started(a)), true)).toBe('thinking');
  });
});

describe('a checkpoint', () => {
  it('[AG1] gives back what it was made of', () => {
    const answer: SessionEventBody = {
      ...{ type: 'permission_answered', request: 'r', option: 'y', by, remembered: false },
    };
    const state = { ...fold(queued(a), started(a), answer), choices: { model: 'x' } };
    expect(fromCheckpoint(toCheckpoint(state))).toEqual(state);
  });

  it.each([
    ['null', null],
    ['nothing', ''],
    ['half', '{"seq":1'],
    ['another version', '{"seq":1}'],
  ])('that is %s is folded anew', (_, text) => {
    expect(fromCheckpoint(text)).toBeNull();
  });
});

describe('a row is written', () => {
  const row = {
    ...{ id: newId('session'), organisationId: newId('organisation'), workspaceId: newId('workspace') },
    ...{ title: 't', agent: 'scripted', archivedAt: null, createdBy: by, createdAt: 0, activeAt: 0 },
  };
  const live = { dispatched: null, starting: false, rowWrittenAt: 10_000 };
  const thinking = fold(queued(a), started(a));
  const tool = fold(queued(a), started(a), {
    type: 'tool',
    turn: a,
    call: 'c',
    title: 't',
    status: 'running',
  });

  it('[FD1] at once for a new state, once a second for how far it is', () => {
    const idle = { ...row, status: 'idle' as const, head: 0 };
    expect(rowAfter(idle, thinking, 10_001, live)).toMatchObject({
      due: true,
      row: { status: 'thinking', head: 2 },
    });
    const written = { ...row, status: 'thinking' as const, head: 2 };
    expect(rowAfter(written, thinking, 99_999, live)).toMatchObject({ due: false, changed: false });
    expect(rowAfter(written, tool, 10_001, live)).toMatchObject({ due: false, changed: true });
    expect(rowAfter(written, tool, 10_000 + ROW_PACE_MS, live)).toMatchObject({ due: true });
  });
});
