/** What sessions yield besides their logs: what agents say they have cost, and pictures. */
import type { Migration } from './index.ts';

export const sessionYield: Migration = {
  name: '0004-session-yield',
  async up(db, { bytes }) {
    await db.schema
      .createTable('session_costs')
      .addColumn('organisation_id', 'text', (c) =>
        c.notNull().references('organisations.id').onDelete('cascade'),
      )
      .addColumn('day', 'text', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      // What was spent stays spent when its session goes.
      .addColumn('session_id', 'text', (c) => c.notNull())
      .addColumn('currency', 'text', (c) => c.notNull())
      .addColumn('micros', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('session_costs_pk', [
        'organisation_id',
        'day',
        'user_id',
        'session_id',
        'currency',
      ])
      .execute();
    await db.schema
      .createTable('session_images')
      .addColumn('session_id', 'text', (c) => c.notNull().references('sessions.id').onDelete('cascade'))
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('media_type', 'text', (c) => c.notNull())
      .addColumn('size', 'integer', (c) => c.notNull())
      .addColumn('data', bytes, (c) => c.notNull())
      .addColumn('seq', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('session_images_pk', ['session_id', 'id'])
      .execute();
  },
};
