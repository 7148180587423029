/** Of `bridges`: the hashes of the tokens by which machines connect by themselves. */
import type { Database } from '../db/database.ts';

export class BridgeTokenStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** `hash` null: no token is good any more. */
  async set(workspaceId: string, hash: string | null): Promise<void> {
    await this.#db.q
      .insertInto('bridges')
      .values({ workspace_id: workspaceId, bridge: null, stored: 0, token_hash: hash })
      .onConflict((c) => c.column('workspace_id').doUpdateSet({ token_hash: hash }))
      .execute();
  }

  async get(workspaceId: string): Promise<string | null> {
    const row = await this.#db.q
      .selectFrom('bridges')
      .select('token_hash')
      .where('workspace_id', '=', workspaceId)
      .executeTakeFirst();
    return row?.token_hash ?? null;
  }
}
