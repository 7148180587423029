/** Whether somebody, or the remote, has said what a repository's default branch is. */
import type { Migration } from './index.ts';

export const defaultBranch: Migration = {
  name: '0002-default-branch',
  async up(db) {
    await db.schema
      .alterTable('repositories')
      .addColumn('default_branch_known', 'integer', (c) => c.notNull().defaultTo(1))
      .execute();
  },
};
