import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/lib/clock.ts';
import { connectSsh } from '../src/ssh/connect.ts';
import { SshError } from '../src/ssh/errors.ts';
import { fingerprint } from '../src/ssh/host-keys.ts';
import { generateKeyPair } from '../src/ssh/keys.ts';
import { probeHostKey } from '../src/ssh/probe.ts';
import type { SshTarget } from '../src/ssh/target.ts';
import { FakeClock } from './fake-clock.ts';
import { sequence, targetOf } from './ssh-targets.ts';
import { type Sshd, startSshd } from './sshd.ts';

const clock = systemClock;

async function failure(target: SshTarget, limits = {}): Promise<SshError> {
  try {
    (await connectSsh(target, { clock, limits })).dispose();
  } catch (error) {
    if (error instanceof SshError) return error;
    throw error;
  }
  throw new Error('it connected');
}

describe('connecting to a real sshd', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  it('uses the fast cipher, in the native addon', async () => {
    const connection = await connectSsh(targetOf(sshd), { clock });
    expect(connection.negotiated.cipher).toBe('aes128-gcm@openssh.com');
    expect(connection.negotiated.kex).toMatch(/^curve25519-sha256/);
    connection.dispose();
    // Without it small packets cost ten times the CPU; the package's own flag says whether it was built.
    const { bindingAvailable } = createRequire(import.meta.url)('ssh2/lib/protocol/crypto.js');
    expect(bindingAvailable).toBe(true);
  });

  it('[SE4] refuses an unknown host and shows its fingerprint, without signing in', async () => {
    const expected = fingerprint(Buffer.from(sshd.hostKey, 'base64'));
    const error = await failure(targetOf(sshd, { hostKey: null }));
    expect(error).toMatchObject({ code: 'host_key_unknown', kind: 'permanent' });
    expect(error.details).toMatchObject({ fingerprint: expected, hostKey: sshd.hostKey });
    expect(await probeHostKey(targetOf(sshd), clock)).toEqual({
      fingerprint: expected,
      hostKey: sshd.hostKey,
      keyType: 'ssh-ed25519',
    });
  });

  it('[SE4] refuses a host whose key has changed, and names both keys', async () => {
    const before = sshd.hostKey;
    await sshd.changeHostKey();
    const error = await failure(targetOf(sshd, { hostKey: before }));
    expect(error).toMatchObject({ code: 'host_key_changed', kind: 'permanent' });
    expect(error.details).toMatchObject({
      expected: fingerprint(Buffer.from(before, 'base64')),
      fingerprint: fingerprint(Buffer.from(sshd.hostKey, 'base64')),
    });
    expect(error.message).toContain(error.details.expected);
  });

  it('says when the key or the user is wrong', async () => {
    const auth = { kind: 'key', privateKey: generateKeyPair('x').privateKey } as const;
    expect(await failure(targetOf(sshd, { auth }))).toMatchObject({
      code: 'authentication',
      kind: 'permanent',
    });
    expect(await failure(targetOf(sshd, { user: 'nobody-here' }))).toMatchObject({ code: 'authentication' });
    const unreadable = { kind: 'key', privateKey: 'not a key' } as const;
    expect(await failure(targetOf(sshd, { auth: unreadable }))).toMatchObject({ code: 'authentication' });
    const agent = { kind: 'agent', socket: '/nonexistent/agent' } as const;
    expect(await failure(targetOf(sshd, { auth: agent }))).toMatchObject({ code: 'authentication' });
  });

  it('can be cancelled', async () => {
    const abort = new AbortController();
    const connecting = connectSsh(targetOf(sshd), { clock, signal: abort.signal });
    abort.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'aborted' });
  });

  it('says when the connection is lost', async () => {
    const connection = await connectSsh(targetOf(sshd), { clock });
    const closed = new Promise((resolve) => connection.onClose.on(resolve));
    sshd.killConnections();
    expect(await closed).toMatchObject({ code: 'lost', kind: 'transient' });
    await expect(connection.exec('true')).rejects.toMatchObject({ code: 'lost' });
  });

  it('finds a machine that has gone silent by keepalive', async () => {
    const limits = { keepaliveMs: 100, keepaliveCount: 2 };
    const connection = await connectSsh(targetOf(sshd), { clock, limits });
    const closed = new Promise((resolve) => connection.onClose.on(resolve));
    const frozen = sshd.freezeConnections();
    expect(await closed).toMatchObject({ code: 'lost', message: expect.stringContaining('no answer') });
    frozen.dispose();
  });

  it('changes keys in the middle of a flood, and not a byte is lost', async () => {
    const fake = new FakeClock();
    const connection = await connectSsh(targetOf(sshd), {
      clock: fake,
      limits: { rekeyBytes: 1, rekeyMs: 1e12 },
    });
    const channel = await connection.exec('seq 1 3000000; cat | md5sum');
    const hash = createHash('md5');
    let size = 0;
    let rekeys = 0;
    let tail = '';
    connection.onRekey.on(() => {
      rekeys += 1;
    });
    channel.on('data', (chunk: Buffer) => {
      const body = chunk.subarray(0, Math.max(0, 22_888_896 - size));
      hash.update(body);
      size += body.length;
      tail += chunk.subarray(body.length).toString();
      fake.advance(5_000);
    });
    channel.stderr.resume();
    const input = Buffer.alloc(3_000_000, 'x');
    channel.end(input);
    await once(channel, 'close');
    connection.dispose();
    expect(size).toBe(22_888_896);
    expect(hash.digest('hex')).toBe(createHash('md5').update(sequence(3_000_000)).digest('hex'));
    expect(tail.slice(0, 32)).toBe(createHash('md5').update(input).digest('hex'));
    expect(rekeys).toBeGreaterThan(3);
  });
});

describe('servers that cannot be used', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function listen(onConnection: (socket: import('node:net').Socket) => void): Promise<SshTarget> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    return {
      key: 'fake',
      address: { host: '127.0.0.1', port },
      user: 'me',
      auth: { kind: 'password', password: 'x' },
      hostKey: null,
      label: 'fake machine',
    };
  }

  it('nothing listens there', async () => {
    const target = await listen(() => {});
    servers.pop()?.close();
    expect(await failure(target)).toMatchObject({ code: 'refused', kind: 'transient' });
  });

  it('its name is not known', async () => {
    const target = { ...(await listen(() => {})), address: { host: 'nowhere.invalid', port: 22 } };
    expect(await failure(target)).toMatchObject({ code: 'unreachable', kind: 'transient' });
  });

  it('something else than SSH answers', async () => {
    const target = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await failure(target)).toMatchObject({ code: 'not_ssh', kind: 'permanent' });
  });

  it('it accepts and says nothing', async () => {
    const target = await listen(() => {});
    expect(await failure(target, { readyTimeoutMs: 150 })).toMatchObject({
      code: 'timeout',
      kind: 'transient',
    });
  });

  it('it hangs up at once, as sshd does under MaxStartups', async () => {
    const target = await listen((socket) => socket.destroy());
    expect(await failure(target)).toMatchObject({ code: 'lost', kind: 'transient' });
  });

  it('[WS2] it hangs up in the middle of the sign-in, which is no word about the key', async () => {
    const host = generateKeyPair('host');
    const server = new ssh2.Server({ hostKeys: [host.privateKey] }, (client) => {
      client.on('error', () => {});
      client.on('authentication', () => cut());
    });
    let cut = () => {};
    const target = await listen((socket) => {
      cut = () => socket.destroy();
      server.injectSocket(socket);
    });
    const known = { ...target, hostKey: host.publicKey.split(' ')[1] ?? '' };
    expect(await failure(known)).toMatchObject({ code: 'lost', kind: 'transient' });
  });

  it('it allows post-quantum key exchange alone', async () => {
    const sshd = await startSshd({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
    const error = await failure(targetOf(sshd));
    await sshd.stop();
    expect(error).toMatchObject({ code: 'no_kex_match', kind: 'permanent' });
    expect(error.message).toContain('post-quantum');
    expect(error.details.offer?.kex).toContain('sntrup761x25519-sha512@openssh.com');
  });

  it('it shares no cipher', async () => {
    const sshd = await startSshd({ config: ['Ciphers aes256-cbc'] });
    const error = await failure(targetOf(sshd));
    await sshd.stop();
    expect(error).toMatchObject({ code: 'no_kex_match' });
    expect(error.message).toContain('aes256-cbc');
  });
});
