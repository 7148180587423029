import type { Session } from '../auth/create-session.ts';
import { db } from '../data/database.ts';
import { showToast, toastError } from '../ui/toast.ts';

/** Signs out, or says why the server could not be told; the device keeps its data until it is. */
export async function confirmSignOut(session: Session, everywhere = false): Promise<void> {
  const signOut = () => session.signOut(everywhere).catch((fault) => toastError('Not signed out', fault));
  const waiting = await db.outbox.count().catch(() => 0);
  if (waiting === 0) return signOut();
  // FD4: it would be gone, and nobody has read it yet.
  showToast({
    tone: 'bad',
    title: 'Something you wrote has not been sent yet',
    text: 'Signing out removes it from this device.',
    sticky: true,
    kind: 'sign-out',
    action: { label: 'Sign out anyway', run: () => void signOut() },
  });
}
