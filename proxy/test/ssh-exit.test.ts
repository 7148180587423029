/** A server that says everything at once: the answer to the request, the output and the end come in one read. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/lib/clock.ts';
import { exec } from '../src/ssh/exec.ts';
import { generateKeyPair } from '../src/ssh/keys.ts';
import { SshPool } from '../src/ssh/pool.ts';
import { openPty } from '../src/ssh/pty.ts';
import type { SshTarget } from '../src/ssh/target.ts';
import { watchPty } from './ssh-targets.ts';

describe('a program that has ended before anybody could listen', () => {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-exit-'));
  const host = generateKeyPair('host');
  const client = generateKeyPair('client');
  const pool = new SshPool({ clock: systemClock });
  const server = new ssh2.Server({ hostKeys: [host.privateKey] }, (connection) => {
    connection.on('authentication', (context) => context.accept());
    connection.on('error', () => {});
    connection.on('session', (accept) => {
      const session = accept();
      session.on('pty', (yes) => yes?.());
      session.on('exec', (yes, _no, { command }) => {
        const channel = yes();
        channel.write('said');
        channel.stderr.write('and more');
        if (/by a signal/.test(command)) channel.exit('TERM', false, '');
        else if (!/lost/.test(command)) channel.exit(7);
        channel.end();
      });
    });
  });
  let target: SshTarget;
  beforeAll(async () => {
    // On a TCP socket Nagle's algorithm would part them.
    const socketPath = join(folder, 'ssh.sock');
    server.listen(socketPath as never);
    await once(server, 'listening');
    target = {
      key: 'all at once',
      address: { socketPath },
      user: 'me',
      auth: { kind: 'key', privateKey: client.privateKey },
      hostKey: host.publicKey.split(' ')[1]!,
      label: 'all at once',
    };
  });
  afterAll(async () => {
    pool.dispose();
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('is told with its exit code or its signal, and all that it said', async () => {
    const run = (command: string) => exec(pool, systemClock, target, { command });
    const ended = await run('true');
    expect([ended.exitCode, ended.stdout.toString(), ended.stderr.toString()]).toEqual([
      7,
      'said',
      'and more',
    ]);
    expect(await run('by a signal')).toMatchObject({ exitCode: null, signal: 'TERM' });
    await expect(run('lost')).rejects.toMatchObject({ code: 'lost' });
  });

  it('on a PTY, too', async () => {
    const seen = watchPty(
      await openPty(pool, systemClock, target, { cols: 80, rows: 24, cwd: '/', env: {} }),
    );
    expect(await seen.exited).toMatchObject({ kind: 'exited', exitCode: 7, signal: null });
    expect(seen.text).toContain('said');
  });
});
