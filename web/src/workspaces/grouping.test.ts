import type { RepositoryRow, TerminalRow, WorkspaceRow } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { closedTerminals, groupWorkspaces, openTerminals, terminalName } from './grouping.ts';

const repository = (id: string, name: string) => ({ id, name }) as RepositoryRow;
const workspace = (name: string, more: Partial<WorkspaceRow> = {}) =>
  ({
    id: name,
    name,
    branch: name,
    repositoryId: null,
    status: 'running',
    createdAt: 0,
    activeAt: 0,
    ...more,
  }) as WorkspaceRow;
const REPOSITORIES = [repository('r2', 'acme/web'), repository('r1', 'acme/payments')];
const names = (list: WorkspaceRow[]) => list.map(({ name }) => name);

describe('groupWorkspaces', () => {
  it('groups by repository, by name, those without one last', () => {
    const list = groupWorkspaces(
      [workspace('scratch'), workspace('a', { repositoryId: 'r2' }), workspace('b', { repositoryId: 'r1' })],
      REPOSITORIES,
    );
    expect(list.groups.map(({ name }) => name)).toEqual(['acme/payments', 'acme/web', 'No repository']);
  });

  it('a repository that is gone leaves its workspaces in sight', () => {
    const list = groupWorkspaces([workspace('a', { repositoryId: 'gone' })], REPOSITORIES);
    expect(list.groups.map(({ name }) => name)).toEqual(['No repository']);
  });

  it('nothing jumps: activity does not change the order', () => {
    const before = [
      workspace('old', { createdAt: 1, activeAt: 1 }),
      workspace('new', { createdAt: 2, activeAt: 2 }),
    ];
    const after = [{ ...before[0]!, activeAt: 99 }, before[1]!];
    expect(names(groupWorkspaces(before, []).groups[0]!.workspaces)).toEqual(['new', 'old']);
    expect(names(groupWorkspaces(after, []).groups[0]!.workspaces)).toEqual(['new', 'old']);
  });

  it('stopped ones are apart, failed and paused ones are not', () => {
    const list = groupWorkspaces(
      [
        workspace('a', { status: 'stopped' }),
        workspace('b', { status: 'error' }),
        workspace('c', { status: 'paused' }),
      ],
      [],
    );
    expect(names(list.inactive)).toEqual(['a']);
    expect(groupWorkspaces([workspace('a', { id: 'w1', status: 'stopped' })], [], '', 'w1').inactive).toEqual(
      [],
    );
    expect(names(list.groups[0]!.workspaces).sort()).toEqual(['b', 'c']);
  });

  it('finds by every word, in repository, name and branch, and unfolds what it finds', () => {
    const all = [
      workspace('Refunds', { repositoryId: 'r1', branch: 'feat/refunds', status: 'stopped' }),
      workspace('rounding', { repositoryId: 'r1' }),
    ];
    const list = groupWorkspaces(all, REPOSITORIES, 'PAY feat');
    expect(list.groups.map(({ workspaces }) => names(workspaces))).toEqual([['Refunds']]);
    expect([list.inactive, list.count]).toEqual([[], 1]);
    expect(groupWorkspaces(all, REPOSITORIES, 'nothing').count).toBe(0);
  });
});

describe('terminals', () => {
  const terminal = (number: number, more: Partial<TerminalRow> = {}) =>
    ({
      id: `t${number}`,
      number,
      workspaceId: 'w',
      status: 'running',
      name: null,
      title: null,
      ...more,
    }) as TerminalRow;

  it('tabs are in the order of opening; closed ones are apart', () => {
    const all = [
      terminal(3, { status: 'ended' }),
      terminal(1),
      terminal(2, { status: 'closed' }),
      terminal(4, { workspaceId: 'x' }),
    ];
    expect(openTerminals(all, 'w').map(({ number }) => number)).toEqual([1, 3]);
    expect(closedTerminals(all, 'w').map(({ number }) => number)).toEqual([2]);
  });

  it('[SE5] a name is a person’s, else the program’s as plain text, else a number', () => {
    expect(terminalName(terminal(1, { name: 'server', title: 'vim' }))).toBe('server');
    expect(terminalName(terminal(1, { title: 'a\u001b[31m\u202eb' }))).toBe('a[31mb');
    expect(terminalName(terminal(7, { title: ' \u0007 ' }))).toBe('Terminal 7');
  });
});
