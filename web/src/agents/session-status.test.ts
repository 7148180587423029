import type { SessionRow } from '@porthole/shared';
import { expect, it } from 'vitest';
import { isUnread, mostUrgent, openSessions, titleOf } from './session-status.ts';

const row = (status: SessionRow['status'], more: Partial<SessionRow> = {}): SessionRow => ({
  id: 'ses_1',
  organisationId: 'org_1',
  workspaceId: 'wsp_1',
  title: 'Refunds',
  agent: 'scripted',
  status,
  head: 10,
  archivedAt: null,
  createdBy: 'usr_1',
  createdAt: 1,
  activeAt: 1,
  ...more,
});

it('a workspace says that a person is waited for before it says that work goes on', () => {
  const all = () => 10;
  expect(mostUrgent([row('thinking'), row('waiting')], all)).toBe('waiting');
  expect(mostUrgent([row('idle'), row('tool')], all)).toBe('working');
  expect(mostUrgent([row('idle'), row('waiting', { archivedAt: 5 })], all)).toBeNull();
  expect(mostUrgent([row('failed')], () => 9)).toBe('news');
});

it('what ended after the last look is unread; what still works is not', () => {
  expect(isUnread(row('idle'), 9)).toBe(true);
  expect(isUnread(row('idle'), 10)).toBe(false);
  expect(isUnread(row('thinking'), 0)).toBe(false);
  expect(isUnread(row('waiting'), undefined)).toBe(true);
});

it('lists sessions in the order they were begun, and names them by what was asked', () => {
  const all = [
    row('idle', { id: 'ses_2', createdAt: 2 }),
    row('idle'),
    row('idle', { workspaceId: 'other' }),
  ];
  expect(openSessions(all, 'wsp_1').map(({ id }) => id)).toEqual(['ses_1', 'ses_2']);
  expect(titleOf('  Make\nrefunds  idempotent ')).toBe('Make refunds idempotent');
  expect(titleOf('x'.repeat(99))).toHaveLength(60);
});
