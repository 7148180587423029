/** What one does to workspaces and terminals. Each answers whether it worked, and says on the screen when it did not. */
import type { ProviderName, TerminalRow, WorkspaceRow } from '@porthole/shared';
import { api, call } from '../net/api.ts';
import { showToast, toastError } from '../ui/toast.ts';
import type { WorkspaceAction } from './status.ts';

const FAILED: Record<WorkspaceAction, string> = {
  start: 'Not started',
  stop: 'Not stopped',
  pause: 'Not paused',
  retry: 'Not tried again',
  delete: 'Not deleted',
};

export function actOnWorkspace(action: WorkspaceAction, workspace: string): Promise<boolean> {
  const at = api.workspaces[':workspace'];
  const param = { workspace };
  const requests: Record<WorkspaceAction, () => Promise<unknown>> = {
    start: () => call(at.start.$post({ param })),
    stop: () => call(at.stop.$post({ param })),
    pause: () => call(at.pause.$post({ param })),
    retry: () => call(at.retry.$post({ param })),
    delete: () => call(at.$delete({ param })),
  };
  return succeeded(requests[action](), FAILED[action]);
}

/** Looks at its machine now. What it finds comes on the feed as well. */
export async function tryToReach(workspace: string): Promise<void> {
  try {
    const row = await call(api.workspaces[':workspace'].check.$post({ param: { workspace } }));
    if (row.unreachable)
      showToast({ tone: 'bad', title: 'Still not reached', text: row.unreachable.message });
  } catch (fault) {
    toastError('Not looked for', fault);
  }
}

/** Its steps follow on the feed. */
export function createWorkspace(
  org: string,
  json: { provider: ProviderName; hostId: string | null; repositoryId: string | null },
): Promise<WorkspaceRow> {
  return call(api.orgs[':org'].workspaces.$post({ param: { org }, json }));
}

export function updateWorkspace(
  workspace: string,
  json: { name?: string; autoStopMinutes?: number },
): Promise<WorkspaceRow> {
  return call(api.workspaces[':workspace'].$patch({ param: { workspace }, json }));
}

export async function openTerminal(workspace: string): Promise<TerminalRow | null> {
  try {
    return await call(api.workspaces[':workspace'].terminals.$post({ param: { workspace }, json: {} }));
  } catch (fault) {
    toastError('No terminal was opened', fault);
    return null;
  }
}

export function updateTerminal(
  terminal: string,
  json: { name?: string | null; othersMay?: 'write' | 'view' },
): Promise<boolean> {
  return succeeded(call(api.terminals[':terminal'].$patch({ param: { terminal }, json })), 'Not changed');
}

export function restartTerminal(terminal: string): Promise<boolean> {
  return succeeded(call(api.terminals[':terminal'].restart.$post({ param: { terminal } })), 'Not restarted');
}

export function closeTerminal(terminal: string): Promise<boolean> {
  return succeeded(call(api.terminals[':terminal'].close.$post({ param: { terminal } })), 'Not closed');
}

async function succeeded(request: Promise<unknown>, failed: string): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (fault) {
    toastError(failed, fault);
    return false;
  }
}
