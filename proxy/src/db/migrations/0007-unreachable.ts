/** Why the machine of a running workspace is not reached. */
import type { Migration } from './index.ts';

export const unreachable: Migration = {
  name: '0007-unreachable',
  async up(db) {
    await db.schema.alterTable('workspaces').addColumn('unreachable', 'text').execute();
  },
};
