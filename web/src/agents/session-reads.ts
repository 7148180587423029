/** How far this device has read each session: what came after is unread. */
import { db } from '../data/database.ts';

export const readMark = async (sessionId: string): Promise<number> =>
  (await db.reads.get(sessionId))?.seq ?? 0;

/** Never backwards, whichever tab is further. */
export function markRead(organisationId: string, sessionId: string, seq: number): Promise<unknown> {
  return db.transaction('rw', db.reads, async () => {
    if ((await readMark(sessionId)) < seq) await db.reads.put({ sessionId, organisationId, seq });
  });
}
