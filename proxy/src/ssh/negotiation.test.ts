import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { negotiationError, SshError, socketError } from './errors.ts';
import { parseServerOffer } from './negotiation.ts';

const string = (text: string) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text, 'latin1')]);
};

/** An offer as RFC 4253, 7.1 has it. */
function offer(kex: string, greeting = ''): Buffer {
  const lists = [
    kex,
    'ssh-ed25519',
    'aes256-ctr',
    'aes128-ctr',
    'hmac-sha1',
    'hmac-sha2-256',
    'none',
    'none',
    '',
    '',
  ];
  const payload = Buffer.concat([
    Buffer.from([20]),
    Buffer.alloc(16, 9),
    ...lists.map(string),
    Buffer.alloc(5),
  ]);
  const padding = 8 - ((payload.length + 5) % 8) + 8;
  const header = Buffer.alloc(5);
  header.writeUInt32BE(payload.length + padding + 1);
  header.writeUInt8(padding, 4);
  return Buffer.concat([Buffer.from(`${greeting}SSH-2.0-Test\r\n`), header, payload, Buffer.alloc(padding)]);
}

describe('parseServerOffer', () => {
  const expected = {
    kex: ['a', 'b'],
    hostKeys: ['ssh-ed25519'],
    ciphers: ['aes128-ctr'],
    macs: ['hmac-sha2-256'],
  };

  it('reads what the server sends to the client', () => {
    expect(parseServerOffer(offer('a,b'))).toEqual(expected);
    expect(parseServerOffer(offer('a,b', 'Welcome\nfriend\r\n'))).toEqual(expected);
  });

  it('waits for the whole of it, however it is cut', () => {
    const whole = offer('a,b');
    for (let end = 0; end < whole.length; end += 1)
      expect(parseServerOffer(whole.subarray(0, end))).toBeNull();
  });

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
        parseServerOffer(junk);
        parseServerOffer(Buffer.concat([Buffer.from('SSH-2.0-x\n'), junk]));
      }),
      { verbose: 1 },
    );
  });
});

describe('errors', () => {
  it('say when a server allows post-quantum key exchange alone', () => {
    const only = parseServerOffer(offer('sntrup761x25519-sha512@openssh.com,kex-strict-s-v00@openssh.com'));
    const error = negotiationError('build-1', only, null);
    expect(error).toMatchObject({ code: 'no_kex_match', kind: 'permanent' });
    expect(error.message).toMatch(
      /only post-quantum key exchange \(sntrup761x25519-sha512@openssh\.com\).*KexAlgorithms/,
    );
    expect(
      negotiationError('x', parseServerOffer(offer('diffie-hellman-group1-sha1')), null).message,
    ).toMatch(/share no algorithm.*diffie-hellman-group1-sha1/);
  });

  it('tell what may pass by itself from what a person must mend', () => {
    const kinds = (['refused', 'timeout', 'lost', 'authentication', 'host_key_changed'] as const).map(
      (code) => new SshError(code, '').kind,
    );
    expect(kinds).toEqual(['transient', 'transient', 'transient', 'permanent', 'permanent']);
    const refused = socketError('x', 'tcp', Object.assign(new Error(), { code: 'ECONNREFUSED' }));
    expect(refused.code).toBe('refused');
    expect(socketError('x', 'auth', Object.assign(new Error(), { code: 'ECONNRESET' })).code).toBe('lost');
  });
});
