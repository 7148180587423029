/** Key pairs for signing in to machines and git servers, in OpenSSH's formats. */
import ssh2 from 'ssh2';

export interface KeyPair {
  /** PEM, `-----BEGIN OPENSSH PRIVATE KEY-----`. */
  privateKey: string;
  /** A line for `authorized_keys`. */
  publicKey: string;
}

/** A new ed25519 pair. `comment` ends the public line. */
export function generateKeyPair(comment: string): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: oneLine(comment) });
    // ssh2 1.17 cuts the zero bytes off that a public key begins with: one in 256 pairs is of no use to anybody.
    const read = ssh2.utils.parseKey(pair.private);
    if (!(read instanceof Error)) return { privateKey: pair.private, publicKey: pair.public };
  }
}

/** A second line would be a second key for whoever pastes it into `authorized_keys`. */
const oneLine = (comment: string): string => comment.replace(/\p{C}/gu, ' ');

export type ReadKey =
  | { ok: true; publicKey: string }
  | { ok: false; code: 'unreadable' | 'passphrase_wrong' | 'not_private' };

/** The public half of a private key that somebody pasted. */
export function readPrivateKey(text: string, passphrase?: string): ReadKey {
  const parsed = ssh2.utils.parseKey(text, passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!key || key instanceof Error) {
    // ssh2 tells the two apart in words only; whether a passphrase would help is in the key's own header.
    const locked = /ENCRYPTED/.test(text) || isLockedOpenSsh(text);
    return { ok: false, code: locked ? 'passphrase_wrong' : 'unreadable' };
  }
  if (!key.isPrivateKey()) return { ok: false, code: 'not_private' };
  return {
    ok: true,
    publicKey: `${key.type} ${key.getPublicSSH().toString('base64')} ${oneLine(key.comment ?? '')}`.trim(),
  };
}

/** The cipher's name follows the magic in OpenSSH's own format (PROTOCOL.key); `none` is not locked. */
function isLockedOpenSsh(text: string): boolean {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (!body) return false;
  const bytes = Buffer.from(body, 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.toString('latin1', 0, magic.length) !== magic) return false;
  const length = bytes.readUInt32BE(magic.length);
  return bytes.toString('latin1', magic.length + 4, magic.length + 4 + Math.min(length, 64)) !== 'none';
}
