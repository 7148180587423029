/** Bounds on how many rows an organisation has in a table (SE7): a bound, not a plan. */
import { PortholeError } from '@porthole/shared';
import type { Tx } from './database.ts';

export const MAX_ROWS = {
  agents: 100,
  credentials: 500,
  hosts: 500,
  members: 2_000,
  organisation_secrets: 100,
  repositories: 2_000,
  sessions: 10_000,
  workspaces: 500,
} as const;

/** In the transaction that adds one; throws `too_many`. */
export async function checkRoom(tx: Tx, table: keyof typeof MAX_ROWS, organisationId: string): Promise<void> {
  const { count } = await tx.q
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('organisation_id', '=', organisationId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MAX_ROWS[table])
    throw new PortholeError(
      'too_many',
      `An organisation has at most ${MAX_ROWS[table]} ${table.replace('organisation_', '')}.`,
    );
}
