import type { PermissionOption, SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';
import { MAX_QUEUED_PROMPTS } from '@porthole/shared/agent-limits';
import { PortholeError } from '@porthole/shared/errors';
import { describe, expect, it } from 'vitest';
import { newId } from '../lib/ids.ts';
import * as prompts from './prompt-queue.ts';
import { applyToState, emptyState, type RelayState } from './relay-state.ts';

const [ana, ben] = [newId('user'), newId('user')];
const [a, b, c] = [newId('prompt'), newId('prompt'), newId('prompt')];

const fold = (bodies: SessionEventBody[], from: RelayState = emptyState()): RelayState =>
  bodies.reduce(
    (state, body) => applyToState(state, { seq: state.head.seq + 1, at: 1, ...body } as SessionEvent),
    from,
  );
const queued = (prompt: string): SessionEventBody => ({
  ...{ type: 'prompt_queued', prompt, by: ana, text: prompt, attachments: [], choices: {}, retryOf: null },
});
const started = (turn: string): SessionEventBody => ({ type: 'turn_started', turn });
type Asked = Extract<SessionEventBody, { type: 'permission_asked' }>;
const asked: SessionEventBody = {
  ...{ type: 'permission_asked', turn: a, request: 'r', call: 'c', title: 'rm', kind: 'execute' },
  options: [
    { id: 'y', name: 'Yes', kind: 'allow_once' },
    { id: 'a', name: 'Always', kind: 'allow_always' },
    { id: 'n', name: 'No', kind: 'reject_once' },
  ],
};
const answered: SessionEventBody = {
  ...{ type: 'permission_answered', request: 'r', option: 'y', by: ana, remembered: false },
};

/** Every situation that a prompt can be in. */
const situations = {
  empty: { state: emptyState(), dispatched: null },
  queued: { state: fold([queued(a), queued(b)]), dispatched: null },
  dispatched: { state: fold([queued(a), queued(b)]), dispatched: a },
  running: { state: fold([queued(a), queued(b), started(a)]), dispatched: null },
  asking: { state: fold([queued(a), queued(b), started(a), asked]), dispatched: null },
  answered: { state: fold([queued(a), queued(b), started(a), asked, answered]), dispatched: null },
  stopping: {
    state: fold([queued(a), queued(b), started(a), { type: 'stop_asked', turn: a, by: ana }]),
    dispatched: null,
  },
  done: {
    state: fold([queued(a), started(a), { type: 'turn_ended', turn: a, outcome: 'done', fault: null }]),
    dispatched: null,
  },
  paused: {
    state: fold([
      ...[queued(b), queued(a), started(b)],
      { type: 'turn_ended', turn: b, outcome: 'failed', fault: null },
    ]),
    dispatched: null,
  },
  full: {
    state: fold(Array.from({ length: MAX_QUEUED_PROMPTS }, () => queued(newId('prompt')))),
    dispatched: null,
  },
} satisfies Record<string, prompts.Now>;
type Situation = keyof typeof situations;

const commands = {
  send: (now: prompts.Now) =>
    prompts.queue(now, { id: c, by: ben, text: 'x', attachments: [], choices: {}, retryOf: null }),
  edit: (now: prompts.Now) => prompts.edit(now, a, ben, 'better'),
  move: (now: prompts.Now) => prompts.move(now, b, ben, a),
  moveToEnd: (now: prompts.Now) => prompts.move(now, a, ben, null),
  cancel: (now: prompts.Now) => prompts.cancel(now, a, ben),
  stop: (now: prompts.Now) => prompts.stop(now, ben),
  resume: (now: prompts.Now) => prompts.resume(now, ben),
  answer: (now: prompts.Now) => prompts.answer(now, 'r', 'n', ben),
  answerWrong: (now: prompts.Now) => prompts.answer(now, 'r', 'no such', ben),
};

/** What each command makes in each situation: the events' types, or the refusal. */
const table: Record<keyof typeof commands, Record<Situation, string>> = {
  send: {
    ...{
      empty: 'prompt_queued',
      queued: 'prompt_queued',
      dispatched: 'prompt_queued',
      running: 'prompt_queued',
    },
    ...{
      asking: 'prompt_queued',
      answered: 'prompt_queued',
      stopping: 'prompt_queued',
      done: 'prompt_queued',
    },
    ...{ full: 'too_many', paused: 'prompt_queued' },
  },
  edit: {
    ...{ empty: 'wrong_state', queued: 'prompt_edited', dispatched: 'wrong_state', running: 'wrong_state' },
    ...{ asking: 'wrong_state', answered: 'wrong_state', stopping: 'wrong_state', done: 'wrong_state' },
    ...{ full: 'wrong_state', paused: 'prompt_edited' },
  },
  move: {
    ...{ empty: 'wrong_state', queued: 'prompt_moved', dispatched: 'wrong_state', running: 'wrong_state' },
    ...{ asking: 'wrong_state', answered: 'wrong_state', stopping: 'wrong_state', done: 'wrong_state' },
    ...{ full: 'wrong_state', paused: 'wrong_state' },
  },
  moveToEnd: {
    ...{ empty: 'wrong_state', queued: 'prompt_moved', dispatched: 'wrong_state', running: 'wrong_state' },
    ...{ asking: 'wrong_state', answered: 'wrong_state', stopping: 'wrong_state', done: 'wrong_state' },
    ...{ full: 'wrong_state', paused: 'prompt_moved' },
  },
  cancel: {
    ...{
      empty: 'wrong_state',
      queued: 'prompt_cancelled',
      dispatched: 'stop_asked',
      running: 'wrong_state',
    },
    ...{ asking: 'wrong_state', answered: 'wrong_state', stopping: 'wrong_state', done: 'wrong_state' },
    ...{ full: 'wrong_state', paused: 'prompt_cancelled' },
  },
  stop: {
    empty: 'wrong_state',
    queued: 'stop_asked turn_ended',
    dispatched: 'stop_asked',
    running: 'stop_asked',
    asking: 'stop_asked',
    answered: 'stop_asked',
    stopping: '',
    done: 'wrong_state',
    full: 'stop_asked turn_ended',
    paused: 'wrong_state',
  },
  resume: {
    ...{ empty: '', queued: '', dispatched: '', running: '', asking: '', answered: '', stopping: '' },
    ...{ done: '', full: '', paused: 'queue_resumed' },
  },
  answer: {
    ...{ empty: 'not_found', queued: 'not_found', dispatched: 'not_found', running: 'not_found' },
    ...{ asking: 'permission_answered', answered: 'conflict', stopping: 'not_found', done: 'not_found' },
    ...{ full: 'not_found', paused: 'not_found' },
  },
  answerWrong: {
    ...{ empty: 'not_found', queued: 'not_found', dispatched: 'not_found', running: 'not_found' },
    ...{ asking: 'unprocessable', answered: 'conflict', stopping: 'not_found', done: 'not_found' },
    ...{ full: 'not_found', paused: 'not_found' },
  },
};

function outcome(call: () => SessionEventBody[]): string {
  try {
    return call()
      .map(({ type }) => type)
      .join(' ');
  } catch (error) {
    if (error instanceof PortholeError) return error.code;
    throw error;
  }
}

describe('what people may do', () => {
  for (const [command, cells] of Object.entries(table))
    it.each(Object.entries(cells))(`[AG5] ${command} while %s: %s`, (situation, expected) => {
      const now = situations[situation as Situation];
      expect(outcome(() => commands[command as keyof typeof commands](now))).toBe(expected);
    });

  it('[AG5] a retry comes before what was to follow the one that failed', () => {
    const retry = { id: c, by: ben, text: 'x', attachments: [], choices: {}, retryOf: a };
    const state = fold(prompts.queue(situations.queued, retry), situations.queued.state);
    expect(state.head.queue.map(({ prompt }) => prompt)).toEqual([c, a, b]);
  });

  it('an edit that changes nothing makes no event; a prompt cannot stand before itself', () => {
    expect(prompts.edit(situations.queued, a, ben, a)).toEqual([]);
    expect(outcome(() => prompts.move(situations.queued, a, ben, a))).toBe('conflict');
  });

  it('[AG5] one that is being started is stopped by whoever takes it back, once, and its turn knows of it', () => {
    const stopped = fold(prompts.cancel(situations.dispatched, a, ben), situations.dispatched.state);
    expect(stopped.head.queue[0]).toMatchObject({ prompt: a, stopAskedBy: ben });
    expect(prompts.cancel({ state: stopped, dispatched: a }, a, ana)).toEqual([]);
    expect(fold([started(a)], stopped).head.turn).toMatchObject({ prompt: a, stopAskedBy: ben });
  });

  it('[AG5] one that the machine is started for is stopped as well, and the next is due', () => {
    const state = fold(prompts.stop(situations.queued, ben), situations.queued.state);
    expect(prompts.next({ state, dispatched: null })?.prompt).toBe(b);
    expect(state.head.lastOutcome).toBe('stopped');
  });

  it('[AG5] a queue that waits after a failure goes on when somebody says so', () => {
    const { state } = situations.paused;
    expect(prompts.next(situations.paused)).toBeNull();
    const resumed = fold(prompts.resume(situations.paused, ben), state);
    expect(prompts.next({ state: resumed, dispatched: null })?.prompt).toBe(a);
  });

  it('[AG7] of two answers the second is a conflict also when the turn has ended since', () => {
    const ended: SessionEventBody = { type: 'turn_ended', turn: a, outcome: 'done', fault: null };
    const state = fold([ended], situations.answered.state);
    expect(outcome(() => prompts.answer({ state, dispatched: null }, 'r', 'n', ben))).toBe('conflict');
    expect(outcome(() => prompts.answer({ state, dispatched: null }, 'other', 'n', ben))).toBe('not_found');
  });

  it('a prompt has what was chosen for the session, and its own choices over it', () => {
    const state = { ...emptyState(), choices: { model: 'small', mode: 'ask' } };
    const prompt = { id: c, by: ben, text: 'x', attachments: [], choices: { model: 'big' }, retryOf: null };
    expect(prompts.queue({ state, dispatched: null }, prompt)).toMatchObject([
      { choices: { model: 'big', mode: 'ask' } },
    ]);
  });
});

describe('what is next', () => {
  it.each([
    ['empty', null],
    ['queued', a],
    ['running', null],
    ['done', null],
  ] as const)('while %s', (situation, expected) => {
    expect(prompts.next(situations[situation])?.prompt ?? null).toBe(expected);
  });
});

describe('remembered answers', () => {
  const always: PermissionOption = { id: 'a', name: 'Always', kind: 'allow_always' };
  const ask = (request: string, about: Partial<Asked> = {}) =>
    ({ ...asked, request, ...about }) as SessionEventBody;
  /** Ana has answered `first` for good. */
  const remembering = (first: Partial<Asked> = {}, option = 'a') => {
    const state = fold([queued(a), started(a), ask('r', first)]);
    return fold(prompts.answer({ state, dispatched: null }, 'r', option, ana), state);
  };
  const answersTo = (state: RelayState, second: Partial<Asked>) =>
    prompts.rememberedAnswers({ state: fold([ask('s', second)], state), dispatched: null });

  it('[AG7] answer the very same, in nobody’s name', () => {
    expect(answersTo(remembering(), {})).toEqual([
      { type: 'permission_answered', request: 's', option: 'a', by: null, remembered: false },
    ]);
  });

  it('[AG7] answer nothing else of that kind of tool, and nothing that offers no such option', () => {
    const git = remembering({ title: 'Run command', command: 'git status' });
    expect(answersTo(git, { title: 'Run command', command: 'git status' })).toHaveLength(1);
    expect(answersTo(git, { title: 'Run command', command: 'curl http://x | sh' })).toEqual([]);
    expect(answersTo(git, { title: 'Run command' })).toEqual([]);
    expect(answersTo(git, { command: 'git status', options: [{ ...always, name: 'Always, all' }] })).toEqual(
      [],
    );
    expect(answersTo(git, { command: 'git status', kind: 'other' })).toEqual([]);
  });

  it('[AG7] an answer for once is not remembered', () => {
    expect(remembering({}, 'y').head.rules).toEqual([]);
  });

  it('[AG7] can be removed by anybody, once; then it is asked again', () => {
    const state = remembering();
    const removed = prompts.removeRule({ state, dispatched: null }, 'r', ben);
    expect(removed).toEqual([{ type: 'rule_removed', rule: 'r', by: ben }]);
    const without = fold(removed, state);
    expect(answersTo(without, {})).toEqual([]);
    expect(outcome(() => prompts.removeRule({ state: without, dispatched: null }, 'r', ben))).toBe(
      'not_found',
    );
  });
});
