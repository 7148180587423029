import 'fake-indexeddb/auto';
import type { SyncServerMessage } from '@porthole/shared';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ResetRows } from './apply-feed.ts';
import { db } from './database.ts';
import { forgetEverything, forgetOrganisation, readFact, sweepScreens, writeFact } from './forget.ts';
import { applyChanges, cursorOf, replaceMirror } from './mirror.ts';

const org = (n: number) => `org_${String(n).padStart(20, '0')}`;
const usr = (n: number) => `usr_${String(n).padStart(20, '0')}`;
const wsp = (n: number) => `wsp_${String(n).padStart(20, '0')}`;
const trm = (n: number) => `trm_${String(n).padStart(20, '0')}`;

const member = (organisation: number, n: number, name = 'Ana') => ({
  id: usr(n),
  organisationId: org(organisation),
  name,
  email: 'ana@example.com',
  role: 'member' as const,
  joinedAt: 1,
});
const terminal = (organisation: number, n: number) => ({
  id: trm(n),
  organisationId: org(organisation),
  workspaceId: wsp(1),
  name: null,
  title: null,
  number: n,
  status: 'running' as const,
  end: null,
  cols: 80,
  rows: 24,
  othersMay: 'write' as const,
  bellAt: null,
  createdBy: usr(1),
  createdAt: 1,
});
const screenOf = (n: number) => ({
  terminalId: trm(n),
  epoch: 'e',
  seq: 1,
  cols: 80,
  rows: 24,
  data: new Uint8Array([1]),
  at: 1,
});
const rows = (...list: (ReturnType<typeof member> | ReturnType<typeof terminal>)[]): ResetRows => {
  const found: ResetRows = new Map();
  for (const row of list) {
    const table = 'email' in row ? 'members' : 'terminals';
    found.set(table, (found.get(table) ?? new Map()).set(row.id, row));
  }
  return found;
};
const change = (organisation: number, cursor: number, changes: unknown[]) =>
  ({ type: 'changes', organisationId: org(organisation), cursor, changes, caughtUp: true }) as Extract<
    SyncServerMessage,
    { type: 'changes' }
  >;

beforeEach(async () => {
  await forgetEverything();
});

describe('the mirror', () => {
  it('[FD2] a reset replaces the rows of its organisation, and no other’s', async () => {
    await replaceMirror(org(1), rows(member(1, 1), member(1, 2)), 4);
    await replaceMirror(org(2), rows(member(2, 1, 'Ana elsewhere')), 9);
    await replaceMirror(org(1), rows(member(1, 3)), 7);
    expect((await db.members.toArray()).map(({ organisationId, id }) => [organisationId, id])).toEqual([
      [org(1), usr(3)],
      [org(2), usr(1)],
    ]);
    expect([await cursorOf(org(1)), await cursorOf(org(2))]).toEqual([7, 9]);
  });

  it('[FD2] rows and cursor move together: what fails leaves both', async () => {
    await replaceMirror(org(1), rows(member(1, 1)), 1);
    const broken = change(1, 3, [
      { seq: 2, table: 'members', id: usr(2), op: 'put', row: member(1, 2) },
      { seq: 3, table: 'members', id: usr(3), op: 'put', row: { id: 'nonsense' } },
    ]);
    await expect(applyChanges(broken)).rejects.toThrow();
    expect(await db.members.count()).toBe(1);
    expect(await cursorOf(org(1))).toBe(1);
  });

  it('[FD2] two tabs that apply the same changes end with the same mirror', async () => {
    await replaceMirror(org(1), rows(), 0);
    const first = change(1, 1, [
      { seq: 1, table: 'members', id: usr(1), op: 'put', row: member(1, 1, 'Old') },
    ]);
    const both = change(1, 2, [
      ...first.changes,
      { seq: 2, table: 'members', id: usr(1), op: 'put', row: member(1, 1, 'New') },
    ]);
    expect(await Promise.all([applyChanges(both), applyChanges(first), applyChanges(both)])).toEqual([
      true,
      true,
      true,
    ]);
    expect((await db.members.toArray()).map(({ name }) => name)).toEqual(['New']);
    expect(await cursorOf(org(1))).toBe(2);
  });

  it('[FD2] says so on a gap, and applies nothing', async () => {
    await replaceMirror(org(1), rows(), 1);
    const late = change(1, 5, [{ seq: 5, table: 'members', id: usr(1), op: 'put', row: member(1, 1) }]);
    expect(await applyChanges(late)).toBe(false);
    expect(await db.members.count()).toBe(0);
    expect(await cursorOf(org(1))).toBe(1);
  });

  it('deletes a member of one organisation and leaves the same person in another', async () => {
    await replaceMirror(org(1), rows(member(1, 1)), 1);
    await replaceMirror(org(2), rows(member(2, 1)), 1);
    await applyChanges(change(1, 2, [{ seq: 2, table: 'members', id: usr(1), op: 'delete', row: null }]));
    expect((await db.members.toArray()).map(({ organisationId }) => organisationId)).toEqual([org(2)]);
  });

  it('a terminal that is gone takes its last screen along, at once and after a reset', async () => {
    await replaceMirror(org(1), rows(terminal(1, 1), terminal(1, 2), terminal(1, 3)), 1);
    await db.screens.bulkPut([screenOf(1), screenOf(2), screenOf(3)]);
    await applyChanges(change(1, 2, [{ seq: 2, table: 'terminals', id: trm(1), op: 'delete', row: null }]));
    expect(await db.screens.toCollection().primaryKeys()).toEqual([trm(2), trm(3)]);
    await replaceMirror(org(1), rows(terminal(1, 3)), 5);
    expect(await db.screens.toCollection().primaryKeys()).toEqual([trm(3)]);
    await db.screens.put(screenOf(9));
    await sweepScreens();
    expect(await db.screens.toCollection().primaryKeys()).toEqual([trm(3)]);
  });

  it('[FD4] losing membership removes that organisation’s rows, screens and cursor, and no other’s', async () => {
    await replaceMirror(org(1), rows(member(1, 1), terminal(1, 1)), 1);
    await replaceMirror(org(2), rows(member(2, 1), terminal(2, 2)), 1);
    await db.screens.bulkPut([screenOf(1), screenOf(2)]);
    await db.outbox.bulkPut([
      {
        id: 'a',
        organisationId: org(1),
        kind: 'prompt',
        payload: null,
        sessionId: 's',
        fault: null,
        createdAt: 1,
      },
      {
        id: 'b',
        organisationId: org(2),
        kind: 'prompt',
        payload: null,
        sessionId: 's',
        fault: null,
        createdAt: 1,
      },
    ]);
    await forgetOrganisation(org(1));
    expect(await cursorOf(org(1))).toBeNull();
    expect((await db.members.toArray()).map(({ organisationId }) => organisationId)).toEqual([org(2)]);
    expect(await db.screens.toCollection().primaryKeys()).toEqual([trm(2)]);
    expect(await db.outbox.toCollection().primaryKeys()).toEqual(['b']);
  });

  it('[FD4] signing out leaves nothing', async () => {
    await replaceMirror(org(1), rows(member(1, 1), terminal(1, 1)), 1);
    await db.screens.put(screenOf(1));
    await writeFact('me', { user: 'Ana' });
    await forgetEverything();
    const counts = await Promise.all(db.tables.map((table) => table.count()));
    expect(counts.every((count) => count === 0)).toBe(true);
    expect(await readFact('me')).toBeUndefined();
  });
});
