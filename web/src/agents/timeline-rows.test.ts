import { Entries } from '@porthole/shared/agent-entries';
import type { SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';
import { expect, it } from 'vitest';
import { liveRows, type Row, rowAt, rowsOf, sameRow } from './timeline-rows.ts';

const turn = 'prm_1';
let seq = 0;
function log(...bodies: SessionEventBody[]): SessionEvent[] {
  seq = 0;
  return bodies.map((body) => ({ ...body, seq: ++seq, at: 1000 * seq }));
}
const queued: SessionEventBody = {
  ...{ type: 'prompt_queued', prompt: turn, by: 'usr_1', text: 'go', attachments: [] },
  ...{ choices: {}, retryOf: null },
};
const started: SessionEventBody = { type: 'turn_started', turn };
const tool = (call: string, more: object = {}): SessionEventBody =>
  ({ type: 'tool', turn, call, title: call, kind: 'read', status: 'done', ...more }) as SessionEventBody;
const text = (item: string, kind: 'message' | 'thought' = 'message'): SessionEventBody => ({
  ...{ type: 'text', turn, item, kind, text: item },
});
const rows = (events: SessionEvent[], lastRead: number | null = null) =>
  rowsOf(Entries.of(events).list, lastRead);
const kinds = (list: Row[]) => list.map(({ kind }) => kind).join(' ');

it('makes one row of consecutive calls and the thoughts between them, which a text of the agent ends', () => {
  const list = rows(log(queued, started, tool('a'), text('hm', 'thought'), tool('b'), text('so'), tool('c')));
  expect(kinds(list)).toBe('prompt work text work');
  expect(list[1]).toMatchObject({ key: `work ${turn} call a`, parts: [{}, { kind: 'thought' }, {}] });
});

it('[AG7] says an open question once, at its call, and keeps an answer out of the work around it', () => {
  const asked: SessionEventBody = {
    ...{ type: 'permission_asked', turn, request: 'q', call: 'b', title: 'push', kind: 'execute' },
    options: [{ id: 'yes', name: 'Yes', kind: 'allow_once' }],
  };
  const answered = (by: string | null): SessionEventBody => ({
    ...{ type: 'permission_answered', request: 'q', option: 'yes', by, remembered: false },
  });
  const before = [queued, started, tool('a'), tool('b', { status: 'pending' }), asked];
  const open = rows(log(...before));
  expect(kinds(open)).toBe('prompt work');
  expect(open[1]).toMatchObject({ parts: [{ call: 'a' }, { call: 'b' }] });
  // Of a call that is not known there is no other line.
  expect(kinds(rows(log(queued, started, tool('a'), asked)))).toBe('prompt work permission');
  const settled = rows(log(...before, answered('usr_1'), tool('c')));
  expect(kinds(settled)).toBe('prompt work permission work');
  expect(settled[2]).toMatchObject({ tool: { call: 'b' } });
  expect(kinds(rows(log(...before, answered(null), tool('c'))))).toBe('prompt work');
});

it('says at its end how a turn ended that did not end well', () => {
  const end = (outcome: 'done' | 'failed'): SessionEventBody => ({
    ...{ type: 'turn_ended', turn, outcome, fault: null },
  });
  expect(kinds(rows(log(queued, started, text('a'), end('failed'), { type: 'machine_replaced' })))).toBe(
    'prompt text end notice',
  );
  expect(kinds(rows(log(queued, started, text('a'), end('done'))))).toBe('prompt text');
  // A stretch that begins in the midst of a turn.
  expect(kinds(rows(log(text('a'), end('failed'))))).toBe('text end');
  expect(kinds(rows(log(text('a'), end('done'))))).toBe('text');
});

it('says once why an agent did not start: at the turn that it ended', () => {
  const fault = { code: 'key_missing' as const, message: 'no key', details: null };
  const failed: SessionEventBody = { type: 'agent_failed', fault };
  const ended = (message: string): SessionEventBody => ({
    ...{ type: 'turn_ended', turn, outcome: 'failed', fault: { ...fault, message } },
  });
  expect(kinds(rows(log(queued, failed, ended('no key'))))).toBe('prompt end');
  expect(kinds(rows(log(queued, failed, ended('another'))))).toBe('notice prompt end');
  expect(kinds(rows(log(queued, failed)))).toBe('notice');
});

it('marks what is unread, once, and only after something that was read', () => {
  const events = log(queued, started, text('a'), tool('x'), tool('y'), tool('z'));
  expect(kinds(rows(events, 3))).toBe('prompt text unread work');
  expect(kinds(rows(events, 5))).toBe('prompt text work unread work');
  expect(kinds(rows(events, 6))).toBe('prompt text work');
  expect(kinds(rows(events, 1))).toBe('prompt text work');
});

it('[AG3] gives growing text the key of what it becomes', () => {
  const [live] = liveRows([{ turn, item: 'a', kind: 'message', text: 'so f' }], 9);
  const finished = rows(log(queued, started, text('a')))[1];
  expect(live?.key).toBe(finished?.key);
  expect(live).toMatchObject({ seq: 10, live: true });
});

it('finds the row of an event, in a group as well, and none for what is older than the list', () => {
  const list = rows(log(queued, started, text('a'), tool('x'), tool('y'), text('b')));
  expect(list.map(({ seq }) => seq)).toEqual([2, 3, 4, 6]);
  expect(rowAt(list, 5)).toBe(2);
  expect(rowAt(list, 99)).toBe(3);
  expect(rowAt(list, 1)).toBe(-1);
});

it('knows a row again that shows the same', () => {
  const entries = Entries.of(log(queued, started, text('a'), tool('x'), tool('y', { status: 'running' })));
  const before = rowsOf(entries.list, null);
  entries.apply({ ...tool('y'), seq: 99, at: 1 } as SessionEvent);
  const after = rowsOf(entries.list, null);
  expect(before.map((row, place) => sameRow(row, after[place]))).toEqual([true, true, false]);
});
