/** Pure: what several of this feature's routes answer alike. */
import { PortholeError } from '@porthole/shared';
import type { ReadKey } from '../ssh/keys.ts';

type Unreadable = Extract<ReadKey, { ok: false }>['code'];

/** The end of a sentence that begins with the key. `locked`: when it has a passphrase. */
export function whyUnreadable(code: Unreadable, locked: string): string {
  if (code === 'passphrase_wrong') return locked;
  return code === 'not_private' ? 'is a public key' : 'is not a private key that can be read';
}

export function deleted(
  result: 'deleted' | 'used' | 'missing',
  what: string,
  used: string,
): Record<string, never> {
  if (result === 'missing') throw new PortholeError('not_found', `There is no such ${what}.`);
  if (result === 'used') throw new PortholeError('conflict', used);
  return {};
}
