import { describe } from 'vitest';
import { openTestDatabase } from '../../test/database.ts';
import { feedContract } from '../../test/feed-contract.ts';
import { subscriptionContract } from '../../test/subscription-contract.ts';

describe('the feed on SQLite', () => {
  feedContract(async () => {
    const db = await openTestDatabase();
    return { a: db, b: db, dispose: () => db.dispose() };
  });
});

describe('a subscription on SQLite', () => {
  subscriptionContract(async () => {
    const db = await openTestDatabase();
    return { db, dispose: () => db.dispose() };
  });
});
