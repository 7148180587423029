/**
 * The list of workspaces: grouped by repository, the inactive ones apart. Pure. Invariant: the order depends only on
 * what does not change by itself (names, dates of making), so nothing jumps while one looks.
 */
import type { RepositoryRow, TerminalRow, WorkspaceRow } from '@porthole/shared';

export interface WorkspaceGroup {
  /** The repository's id; '' for workspaces without one. */
  id: string;
  name: string;
  workspaces: WorkspaceRow[];
}

export interface WorkspaceList {
  groups: WorkspaceGroup[];
  inactive: WorkspaceRow[];
  /** How many match at all. */
  count: number;
}

export function groupWorkspaces(
  workspaces: readonly WorkspaceRow[],
  repositories: readonly RepositoryRow[],
  search = '',
  /** The one on screen stays in sight, whatever its state. */
  currentId?: string,
): WorkspaceList {
  const names = new Map(repositories.map(({ id, name }) => [id, name]));
  const nameOf = (workspace: WorkspaceRow) => names.get(workspace.repositoryId ?? '') ?? '';
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = workspaces.filter((workspace) => {
    const text = `${nameOf(workspace)} ${workspace.name} ${workspace.branch}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  // Who searches wants to see all that was found.
  const isInactive = ({ id, status }: WorkspaceRow) =>
    words.length === 0 && status === 'stopped' && id !== currentId;
  const groups = new Map<string, WorkspaceGroup>();
  for (const workspace of found.filter((one) => !isInactive(one))) {
    const id = names.has(workspace.repositoryId ?? '') ? (workspace.repositoryId ?? '') : '';
    const group = groups.get(id) ?? { id, name: nameOf(workspace) || 'No repository', workspaces: [] };
    groups.set(id, group);
    group.workspaces.push(workspace);
  }
  for (const group of groups.values()) group.workspaces.sort(newestFirst);
  return {
    groups: [...groups.values()].sort(
      (a, b) => Number(a.id === '') - Number(b.id === '') || a.name.localeCompare(b.name),
    ),
    inactive: found.filter(isInactive).sort(newestFirst),
    count: found.length,
  };
}

const newestFirst = (a: WorkspaceRow, b: WorkspaceRow) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1);

/** Those with a tab, in the order they were opened. */
export function openTerminals(terminals: readonly TerminalRow[], workspaceId: string): TerminalRow[] {
  return terminals
    .filter((terminal) => terminal.workspaceId === workspaceId && terminal.status !== 'closed')
    .sort((a, b) => a.number - b.number);
}

export function closedTerminals(terminals: readonly TerminalRow[], workspaceId: string): TerminalRow[] {
  return terminals
    .filter((terminal) => terminal.workspaceId === workspaceId && terminal.status === 'closed')
    .sort((a, b) => b.number - a.number);
}

/** A person's name for it, else the program's, else its number. Titles come from machines: only text is taken. */
export function terminalName(terminal: Pick<TerminalRow, 'name' | 'title' | 'number'>): string {
  const title = terminal.title?.replace(/\p{C}/gu, '').trim();
  return terminal.name ?? (title || `Terminal ${terminal.number}`);
}
