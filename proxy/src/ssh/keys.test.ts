import { describe, expect, it } from 'vitest';
import { generateKeyPair, readPrivateKey } from './keys.ts';

describe('a new key pair', () => {
  it('is good whatever its bytes are', () => {
    // One in 256 public keys begins with a zero byte.
    for (let i = 0; i < 1_500; i += 1) {
      const { privateKey, publicKey } = generateKeyPair('porthole');
      const [type, body = ''] = publicKey.split(' ');
      expect([type, Buffer.from(body, 'base64').length]).toEqual(['ssh-ed25519', 51]);
      expect(readPrivateKey(privateKey)).toMatchObject({ ok: true });
    }
  });

  it('[SE5] is one line, whatever its name is', () => {
    const { privateKey, publicKey } = generateKeyPair('build\nssh-ed25519 AAAA another');
    expect(publicKey).not.toMatch(/\n./);
    expect(readPrivateKey(privateKey)).toMatchObject({ publicKey: expect.not.stringContaining('\n') });
  });
});
