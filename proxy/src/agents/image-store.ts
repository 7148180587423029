/**
 * The table `session_images`. Callers have checked that the person may see the session (SE3).
 * Invariant: what a session keeps is bounded (SE7): with a further picture the oldest goes.
 */
import { MAX_SESSION_IMAGE_BYTES, MAX_SESSION_IMAGES } from '@porthole/shared/agent-limits';
import type { Database, Tx } from '../db/database.ts';
import type { KeptImage } from './images.ts';

/** In the transaction that names it in the log, at `seq`. The same picture is kept once, as one that has just come. */
export async function putImage(tx: Tx, session: string, image: KeptImage, seq: number): Promise<void> {
  const { id, mediaType, size, data } = image;
  await tx.q
    .insertInto('session_images')
    .values({
      ...{ session_id: session, id, media_type: mediaType, size, seq },
      data: Buffer.from(data),
    })
    .onConflict((on) => on.columns(['session_id', 'id']).doUpdateSet({ seq }))
    .execute();
  const kept = await tx.q
    .selectFrom('session_images')
    .select(['id', 'size'])
    .where('session_id', '=', session)
    .where('id', '!=', id)
    .orderBy('seq', 'desc')
    .execute();
  let bytes = size;
  const over = kept.filter((each, place) => {
    bytes += each.size;
    return place >= MAX_SESSION_IMAGES - 1 || bytes > MAX_SESSION_IMAGE_BYTES;
  });
  if (over.length === 0) return;
  await tx.q
    .deleteFrom('session_images')
    .where('session_id', '=', session)
    .where(
      'id',
      'in',
      over.map((each) => each.id),
    )
    .execute();
}

export class ImageStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** null: there is none, or not any more. */
  async get(
    session: string,
    id: string,
  ): Promise<{ mediaType: string; data: Uint8Array<ArrayBuffer> } | null> {
    const row = await this.#db.q
      .selectFrom('session_images')
      .select(['media_type', 'data'])
      .where('session_id', '=', session)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? { mediaType: row.media_type, data: Uint8Array.from(row.data) } : null;
  }
}
