/** A terminal's row without a terminal. */
import type { Database } from '../src/db/database.ts';
import { newId } from '../src/lib/ids.ts';

/** One that has ended. Answers its id. */
export async function insertEndedTerminal(
  q: Database['q'],
  of: { organisationId: string; workspaceId: string; createdBy: string },
): Promise<string> {
  const id = newId('terminal');
  await q
    .insertInto('terminals')
    .values({
      id,
      organisation_id: of.organisationId,
      workspace_id: of.workspaceId,
      name: null,
      title: null,
      number: 1,
      status: 'ended',
      ended: null,
      cols: 80,
      rows: 24,
      others_may: 'write',
      bell_at: null,
      created_by: of.createdBy,
      created_at: 1,
    })
    .execute();
  return id;
}
