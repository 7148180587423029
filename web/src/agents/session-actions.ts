/** What one does to a session as a whole. Offline it waits, and is done once the connection is back. */
import type { SessionRow } from '@porthole/shared';
import { showToast, toastError } from '../ui/toast.ts';
import { outbox } from './outbox.ts';
import { newId } from './session-ids.ts';

async function change(
  session: SessionRow,
  update: { title?: string; archived?: boolean },
  failed: string,
): Promise<boolean> {
  try {
    await outbox.add(session.organisationId, session.id, [
      { kind: 'update_session', id: newId('prompt'), change: update },
    ]);
    return true;
  } catch (fault) {
    toastError(failed, fault);
    return false;
  }
}

export const renameSession = (session: SessionRow, title: string) =>
  change(session, { title }, 'Not renamed');

export async function archiveSession(session: SessionRow): Promise<void> {
  if (!(await change(session, { archived: true }, 'Not archived'))) return;
  showToast({
    tone: 'plain',
    title: `“${session.title}” is archived`,
    action: { label: 'Undo', run: () => void restoreSession(session) },
    kind: 'archive',
  });
}

export const restoreSession = (session: SessionRow) => change(session, { archived: false }, 'Not restored');

// Whatever screen is open then: what was refused is said once. Prompts say it themselves, in their queue.
outbox.onRefused(({ action, fault }) => {
  if (action.kind === 'prompt' || action.kind === 'attachment' || action.kind === 'create_session') return;
  // Of a prompt that never came there is nothing to take back or to change.
  if (action.kind !== 'update_session' && fault?.code === 'not_found') return;
  toastError('Not changed', fault?.message ?? '');
});
