import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideHostKey, fingerprint, hostKeyAlgorithms, keyType } from './host-keys.ts';
import { generateKeyPair, readPrivateKey } from './keys.ts';

const blobOf = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');
const one = blobOf(generateKeyPair('one').publicKey);
const other = blobOf(generateKeyPair('other').publicKey);

describe('host keys', () => {
  it('[SE4] never accepts a key that nobody has pinned', () => {
    expect(decideHostKey(null, one)).toEqual({
      accept: false,
      code: 'host_key_unknown',
      fingerprint: fingerprint(one),
      hostKey: one.toString('base64'),
    });
  });

  it('[SE4] accepts the pinned key and no other', () => {
    expect(decideHostKey(one.toString('base64'), one)).toEqual({ accept: true });
    expect(decideHostKey(one.toString('base64'), other)).toMatchObject({
      accept: false,
      code: 'host_key_changed',
      fingerprint: fingerprint(other),
      expected: fingerprint(one),
    });
    expect(decideHostKey('', one)).toMatchObject({ accept: false, code: 'host_key_changed' });
  });

  it('reads the type of a key, and of nothing else', () => {
    expect(keyType(one)).toBe('ssh-ed25519');
    expect(keyType(Buffer.alloc(0))).toBeNull();
    expect(keyType(Buffer.from('\0\0\0\x04a b!'))).toBeNull();
  });

  it('asks first for the kind of key that is pinned', () => {
    expect(hostKeyAlgorithms(null)[0]).toBe('ssh-ed25519');
    const rsa = Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from('ssh-rsa')]).toString('base64');
    expect(hostKeyAlgorithms(rsa).slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(new Set(hostKeyAlgorithms(rsa)).size).toBe(hostKeyAlgorithms(null).length);
  });
});

describe('keys', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-keys-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const make = (type: string, passphrase = '', ...more: string[]) => {
    const file = join(folder, `${type}-${passphrase}-${more.length}`);
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'me', ...more, '-f', file]);
    return { text: readFileSync(file, 'utf8'), line: readFileSync(`${file}.pub`, 'utf8').trim() };
  };

  it('prints a fingerprint as ssh-keygen does', () => {
    const { line } = make('ed25519');
    const printed = execFileSync('ssh-keygen', ['-lf', '-'], { input: line }).toString().split(' ')[1];
    expect(fingerprint(blobOf(line))).toBe(printed);
  });

  it('reads private keys of the usual kinds', () => {
    for (const key of [
      make('ecdsa'),
      make('rsa', '', '-b', '2048'),
      make('rsa', '', '-b', '2048', '-m', 'PEM'),
    ]) {
      const read = readPrivateKey(key.text);
      expect(read.ok && read.publicKey.split(' ').slice(0, 2)).toEqual(key.line.split(' ').slice(0, 2));
    }
  });

  it('tells a wrong passphrase from an unreadable key', () => {
    const locked = make('ed25519', 'sesame');
    expect(readPrivateKey(locked.text, 'sesame')).toMatchObject({ ok: true });
    expect(readPrivateKey(locked.text, 'wrong')).toEqual({ ok: false, code: 'passphrase_wrong' });
    expect(readPrivateKey(locked.text)).toEqual({ ok: false, code: 'passphrase_wrong' });
    expect(readPrivateKey('hello')).toEqual({ ok: false, code: 'unreadable' });
    expect(readPrivateKey(locked.line)).toEqual({ ok: false, code: 'not_private' });
  });
});
