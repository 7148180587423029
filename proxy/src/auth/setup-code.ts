/**
 * The one-time code that makes the first person the owner of a fresh server (SE1).
 * Invariants: a new one at each start until somebody has used it; only its hash is stored; once somebody owns the
 * server no code is any good.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { PortholeError } from '@porthole/shared';
import type { Database, Tx } from '../db/database.ts';
import { hashSecret } from '../lib/ids.ts';
import { anyUser, fact, setFact } from './store.ts';

const KEY = 'setup_code_hash';
/** Crockford's base 32: no I, L, O, U. 12 characters are 60 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `ABCD-EFGH-JKMN`, or null when somebody owns the server. */
export async function issueSetupCode(db: Database): Promise<string | null> {
  const code = [...randomBytes(12)].map((byte) => ALPHABET[byte & 31]).join('');
  return db.transaction(async (tx) => {
    if (await anyUser(tx.q)) return null;
    await setFact(tx, KEY, hashSecret(code));
    return code.replace(/(.{4})(?=.)/g, '$1-');
  });
}

/** Throws `already_set_up` and `setup_code_wrong`. */
export async function checkSetupCode(q: Database['q'], code: string): Promise<void> {
  if (await anyUser(q))
    throw new PortholeError('already_set_up', 'This server has an owner. Sign in instead.');
  const stored = await fact(q, KEY);
  if (stored !== null && timingSafeEqual(Buffer.from(stored), Buffer.from(hashSecret(normal(code))))) return;
  throw new PortholeError(
    'setup_code_wrong',
    'This is not the code that the server has printed. A restart prints a new one.',
  );
}

/** Within the transaction that makes the owner: checks again and uses the code up. */
export async function useSetupCode(tx: Tx, code: string): Promise<void> {
  await checkSetupCode(tx.q, code);
  await setFact(tx, KEY, null);
}

/** As people type it. */
const normal = (code: string): string =>
  code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
