/**
 * Files that people upload for prompts, in the table `session_attachments`. Callers have checked that the person may
 * see the session (SE3). Invariants: what a session has is bounded (SE7); what no prompt comes for in time goes again.
 */
import { PortholeError } from '@porthole/shared';
import type { Attachment } from '@porthole/shared/agent-events';
import { PROMPT_FILE_BYTES } from '@porthole/shared/agent-limits';
import type { Database } from '../db/database.ts';

/** Of one session. */
export const MAX_SESSION_FILES = 500;
export const MAX_SESSION_FILE_BYTES = 500 * 1024 * 1024;
/** A device may be away between an upload and the prompt that it belongs to. */
export const WAITING_MS = 7 * 24 * 60 * 60_000;
/** At once: a database that frees the space of many large rows does nothing else. */
const SWEPT = 10;

export class AttachmentStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The same id twice is stored once. */
  insert(session: string, meta: Attachment, data: Uint8Array, at: number): Promise<Attachment> {
    return this.#db.transaction(async (tx) => {
      const known = await tx.q
        .selectFrom('session_attachments')
        .select(['id', 'session_id', 'name', 'media_type', 'size'])
        .where('id', '=', meta.id)
        .executeTakeFirst();
      if (known && known.session_id !== session)
        throw new PortholeError('conflict', 'This file belongs to another session.');
      if (known) return toMeta(known);
      const { count, bytes } = await tx.q
        .selectFrom('session_attachments')
        .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>('size').as('bytes')])
        .where('session_id', '=', session)
        .executeTakeFirstOrThrow();
      if (Number(count) >= MAX_SESSION_FILES || Number(bytes ?? 0) + meta.size > MAX_SESSION_FILE_BYTES)
        throw new PortholeError(
          'too_many',
          'This session has all the files that it may have. Begin another.',
        );
      await tx.q
        .insertInto('session_attachments')
        .values({
          ...{ id: meta.id, session_id: session, name: meta.name, media_type: meta.mediaType },
          ...{ size: meta.size, data: Buffer.from(data), created_at: at },
        })
        .execute();
      await tx.q.insertInto('waiting_attachments').values({ id: meta.id, created_at: at }).execute();
      return meta;
    });
  }

  /** For a prompt: they are kept from now on. Throws where one is missing, or where they are too large together. */
  async use(session: string, ids: readonly string[]): Promise<Attachment[]> {
    if (ids.length === 0) return [];
    return this.#db.transaction(async (tx) => {
      const rows = await tx.q
        .selectFrom('session_attachments')
        .select(['id', 'name', 'media_type', 'size'])
        .where('session_id', '=', session)
        .where('id', 'in', ids)
        .execute();
      const files = ids.flatMap((id) => rows.filter((row) => row.id === id).map(toMeta));
      if (files.length < ids.length)
        throw new PortholeError('unprocessable', 'An attached file was not uploaded to this session.');
      if (files.reduce((sum, { size }) => sum + size, 0) > PROMPT_FILE_BYTES)
        throw new PortholeError(
          'too_large',
          `The files of one prompt have at most ${PROMPT_FILE_BYTES / 1024 / 1024} MiB together.`,
        );
      await tx.q.deleteFrom('waiting_attachments').where('id', 'in', ids).execute();
      return files;
    });
  }

  /** Removes what was uploaded before, and no prompt came for. */
  async sweep(before: number): Promise<void> {
    for (;;) {
      const { numDeletedRows } = await this.#db.q
        .deleteFrom('session_attachments')
        .where('id', 'in', (q) =>
          q.selectFrom('waiting_attachments').select('id').where('created_at', '<', before).limit(SWEPT),
        )
        .executeTakeFirst();
      if (numDeletedRows === 0n) return;
    }
  }

  async get(session: string, id: string): Promise<{ meta: Attachment; data: Uint8Array } | null> {
    const row = await this.#db.q
      .selectFrom('session_attachments')
      .selectAll()
      .where('session_id', '=', session)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? { meta: toMeta(row), data: new Uint8Array(row.data) } : null;
  }
}

const toMeta = (row: { id: string; name: string; media_type: string; size: number }): Attachment => ({
  ...{ id: row.id, name: row.name, mediaType: row.media_type, size: row.size },
});
