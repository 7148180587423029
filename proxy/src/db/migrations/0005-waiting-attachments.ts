/** Uploads that no prompt has come for yet. Those of before are none: whether one came is not known. */
import type { Migration } from './index.ts';

export const waitingAttachments: Migration = {
  name: '0005-waiting-attachments',
  async up(db) {
    await db.schema
      .createTable('waiting_attachments')
      .addColumn('id', 'text', (c) => c.primaryKey().references('session_attachments.id').onDelete('cascade'))
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('waiting_attachments_created_at')
      .on('waiting_attachments')
      .columns(['created_at'])
      .execute();
  },
};
