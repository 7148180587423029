/**
 * A machine's host key, its fingerprint, and whether to go on: decisions only, no I/O. Design SE4.
 * Invariant: no key is ever accepted that was not pinned before, by the machine's maker or by a person.
 */
import { createHash } from 'node:crypto';

/** A host key in wire form (RFC 4253, 6.6), base 64: what is pinned. */
export type HostKey = string;

export type HostKeyDecision =
  | { accept: true }
  | { accept: false; code: 'host_key_unknown'; fingerprint: string; hostKey: HostKey }
  | {
      accept: false;
      code: 'host_key_changed';
      fingerprint: string;
      hostKey: HostKey;
      expected: string;
    };

/** `SHA256:` and unpadded base 64, as `ssh-keygen -l` prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The key's type, its first length-prefixed string (RFC 4253, 6.6); null for bytes that are no key. */
export function keyType(blob: Uint8Array): string | null {
  if (blob.length < 4) return null;
  const length = new DataView(blob.buffer, blob.byteOffset).getUint32(0);
  if (length === 0 || length > 64 || blob.length < 4 + length) return null;
  const name = Buffer.from(blob.subarray(4, 4 + length)).toString('latin1');
  return /^[a-z0-9@.-]+$/.test(name) ? name : null;
}

/** Compares what the machine shows with what was pinned; null: nothing was pinned yet. */
export function decideHostKey(pinned: HostKey | null, shown: Uint8Array): HostKeyDecision {
  const shownAs = { fingerprint: fingerprint(shown), hostKey: Buffer.from(shown).toString('base64') };
  if (pinned === null) return { accept: false, code: 'host_key_unknown', ...shownAs };
  const known = Buffer.from(pinned, 'base64');
  if (Buffer.compare(known, shown) === 0) return { accept: true };
  return { accept: false, code: 'host_key_changed', ...shownAs, expected: fingerprint(known) };
}

/**
 * Host key algorithms in order of preference, the pinned key's own first: a server with several keys must be
 * asked for the one we know, or it looks like another machine.
 */
export function hostKeyAlgorithms(pinned: HostKey | null): string[] {
  const all = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ];
  const type = pinned === null ? null : keyType(Buffer.from(pinned, 'base64'));
  if (type === null) return all;
  const own = type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type];
  return [...own, ...all.filter((name) => !own.includes(name))];
}
