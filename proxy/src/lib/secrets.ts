/**
 * Encryption at rest (SE4), and signatures: AES-256-GCM with a key that lives outside the database. The context (what the secret
 * belongs to) is authenticated, so that a stored secret cannot be moved to another row.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

export interface SecretBox {
  /** `context` names the row: `hosts:hst_…`. Answers `v1.<nonce>.<ciphertext and tag>` in base64url. */
  encrypt(plaintext: string, context: string): string;
  /** Throws when the key, the context or the text is not the one that was sealed. */
  decrypt(sealed: string, context: string): string;
  /** Proves that this server has said `text` in this context: HMAC-SHA256 in base64url, 43 characters. */
  sign(text: string, context: string): string;
  /** In constant time. */
  verify(text: string, context: string, signature: string): boolean;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `key`: 32 bytes. */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.length !== 32) throw new RangeError('the encryption key must have 32 bytes');
  const signingKey = Buffer.from(hkdfSync('sha256', key, '', 'porthole signatures', 32));
  const digest = (text: string, context: string) =>
    createHmac('sha256', signingKey).update(`${context}\0${text}`).digest();
  return {
    sign: (text, context) => digest(text, context).toString('base64url'),
    verify(text, context, signature) {
      const given = Buffer.from(signature, 'base64url');
      const right = digest(text, context);
      return given.length === right.length && timingSafeEqual(given, right);
    },
    encrypt(plaintext, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `v1.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
    },
    decrypt(text, context) {
      const [version, nonce, sealed] = text.split('.');
      if (version !== 'v1' || !nonce || !sealed) throw new Error('not a sealed secret');
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
