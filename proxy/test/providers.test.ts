import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock as clock } from '../src/lib/clock.ts';
import { typescriptArgv } from '../src/lib/entry.ts';
import { connectSsh } from '../src/ssh/connect.ts';
import { exec } from '../src/ssh/exec.ts';
import { generateKeyPair } from '../src/ssh/keys.ts';
import { SshPool } from '../src/ssh/pool.ts';
import { openPty } from '../src/ssh/pty.ts';
import type { SshTarget } from '../src/ssh/target.ts';
import { LocalProvider, localAvailability } from '../src/workspaces/providers/local.ts';
import { loginEnvironment } from '../src/workspaces/providers/local-environment.ts';
import { SshProvider } from '../src/workspaces/providers/ssh.ts';
import { providerContract } from './provider-contract.ts';
import { targetOf, watchPty } from './ssh-targets.ts';
import { startSshd } from './sshd.ts';

const enabled = { enabled: true, reason: null };

providerContract('local', async () => {
  const pool = new SshPool({ clock });
  const dataFolder = mkdtempSync(join(tmpdir(), "porthole it's data-"));
  const provider = new LocalProvider({
    pool,
    clock,
    dataFolder,
    availability: enabled,
    environment: process.env,
  });
  return {
    provider,
    pool,
    spec: { organisationId: 'org', hostId: null },
    async dispose() {
      expect(readdirSync(join(dataFolder, 'workspaces'))).toEqual([]);
      pool.dispose();
      provider.dispose();
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
});

providerContract('ssh', async () => {
  const sshd = await startSshd();
  const pool = new SshPool({ clock });
  const provider = new SshProvider({ pool, clock, hostTarget: async () => targetOf(sshd) });
  return {
    provider,
    pool,
    spec: { organisationId: 'org', hostId: 'hst' },
    async dispose() {
      pool.dispose();
      await sshd.stop();
    },
  };
});

describe('the local provider', () => {
  it('[SE6] is on only on the loopback, or when the operator says so', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1'])
      expect(localAvailability(host, 'auto').enabled).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com']) {
      expect(localAvailability(host, 'auto')).toMatchObject({
        enabled: false,
        reason: expect.stringContaining('PORTHOLE_LOCAL_PROVIDER'),
      });
      expect(localAvailability(host, 'on').enabled).toBe(true);
    }
    expect(localAvailability('127.0.0.1', 'off').enabled).toBe(false);
  });

  it('[SE6] makes and opens nothing while it is off', async () => {
    const pool = new SshPool({ clock });
    const availability = localAvailability('0.0.0.0', 'auto');
    const provider = new LocalProvider({
      pool,
      clock,
      dataFolder: '/nonexistent',
      availability,
      environment: {},
    });
    const spec = { workspaceId: 'wsp_00000000000000000000', organisationId: 'org', hostId: null };
    const off = { code: 'provider_off', kind: 'permanent' };
    await expect(provider.create(spec, () => {}, new AbortController().signal)).rejects.toMatchObject(off);
    await expect(provider.target()).rejects.toMatchObject(off);
    provider.dispose();
  });
});

describe('the embedded server', () => {
  const embedded = (environment = process.env) => {
    const pool = new SshPool({ clock });
    const options = { pool, clock, dataFolder: '/nonexistent', availability: enabled, environment };
    return { pool, provider: new LocalProvider(options) };
  };

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'ends with all it started when the proxy goes by %s',
    async (signal) => {
      const marker = randomBytes(8).toString('hex');
      const program = fileURLToPath(new URL('./local-parent.ts', import.meta.url));
      const parent = spawn(process.execPath, [...typescriptArgv(), program, marker], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(parent.stdout, 'data');
      expect(carrying(`PORTHOLE_TEST=${marker}`).length).toBeGreaterThanOrEqual(4);
      const server = childrenOf(parent.pid ?? 0);
      expect(server.length).toBeGreaterThan(0);
      parent.kill(signal);
      await once(parent, 'exit');
      while (carrying(`PORTHOLE_TEST=${marker}`).length > 0)
        await new Promise((resolve) => setImmediate(resolve));
      while (server.some((pid) => existsSync(`/proc/${pid}`)))
        await new Promise((resolve) => setImmediate(resolve));
    },
  );

  it.each(['/nowhere/at-all', '/dev/null'])('serves a user whose home folder is %s', async (home) => {
    const { pool, provider } = embedded({ ...process.env, HOME: home });
    const target = await provider.target();
    const plain = await exec(pool, clock, target, { command: 'pwd; echo "$HOME"' });
    expect(plain.stdout.toString()).toBe(`/\n${home}\n`);
    const command = 'echo at=$PWD.';
    const pty = await openPty(pool, clock, target, { cols: 80, rows: 24, cwd: '/', env: {}, command });
    await watchPty(pty).until(/at=\/\./);
    pool.dispose();
    provider.dispose();
  });

  it('comes back after a crash, and the terminals on it end as lost', async () => {
    const { pool, provider } = embedded();
    const before = childrenOf(process.pid);
    const first = await provider.target();
    const [server] = childrenOf(process.pid).filter((pid) => !before.includes(pid));
    const pty = await openPty(pool, clock, first, { cols: 80, rows: 24, cwd: '/', env: {} });
    const seen = watchPty(pty);
    pty.write(Buffer.from('echo re""ady\n'));
    await seen.until(/ready/);
    process.kill(server ?? 0, 'SIGKILL');
    expect(await seen.exited).toMatchObject({ kind: 'lost' });
    let second = await provider.target();
    while (second === first)
      second = await new Promise<void>((resolve) => setImmediate(resolve)).then(() => provider.target());
    expect((await exec(pool, clock, second, { command: 'echo back' })).stdout.toString()).toBe('back\n');
    pool.dispose();
    provider.dispose();
  });

  it('gives its shells nothing of the server’s own environment but what a login has', () => {
    const own = {
      PATH: '/bin',
      HOME: '/root',
      PORTHOLE_SECRET_KEY: 'x',
      DATABASE_URL: 'y',
      NODE_OPTIONS: 'z',
      LC_ALL: 'C',
    };
    const user = { username: '', homedir: '', shell: null };
    expect(loginEnvironment(own, user)).toEqual({
      PATH: '/bin',
      HOME: '/root',
      LC_ALL: 'C',
      SHELL: '/bin/sh',
    });
  });

  it('takes from the user database what the server’s own environment does not say, as a login does', () => {
    const user = { username: 'ana', homedir: '/home/ana', shell: '/bin/zsh' };
    const { SHELL, HOME, USER, LOGNAME } = loginEnvironment({ PATH: '/bin', HOME: '' }, user);
    expect({ SHELL, HOME, USER, LOGNAME }).toEqual({
      SHELL: '/bin/zsh',
      HOME: '/home/ana',
      USER: 'ana',
      LOGNAME: 'ana',
    });
    expect(loginEnvironment({ SHELL: '/bin/fish', HOME: '/srv' }, user)).toMatchObject({
      SHELL: '/bin/fish',
      HOME: '/srv',
    });
    const service = { ...user, shell: '/usr/sbin/nologin' };
    expect(loginEnvironment({}, service)).toMatchObject({ SHELL: '/bin/sh', HOME: '/home/ana' });
  });

  it('lets in nobody but the proxy that started it', async () => {
    const { pool, provider } = embedded();
    const target = await provider.target();
    const { socketPath } = target.address as { socketPath: string };
    expect(statSync(dirname(socketPath)).mode & 0o777).toBe(0o700);
    const stranger = {
      ...target,
      auth: { kind: 'key', privateKey: generateKeyPair('x').privateKey } as const,
    };
    await expect(connectSsh(stranger, { clock })).rejects.toMatchObject({ code: 'authentication' });
    const guess = { ...target, auth: { kind: 'password', password: '' } as const };
    await expect(connectSsh(guess, { clock })).rejects.toMatchObject({ code: 'authentication' });
    pool.dispose();
    provider.dispose();
  });
});

/** Processes with this in their environment. */
function carrying(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

describe('the ssh provider', () => {
  const spec = { workspaceId: 'wsp_00000000000000000000', organisationId: 'org', hostId: 'hst' };
  const create = async (target: SshTarget | null) => {
    const pool = new SshPool({ clock });
    const provider = new SshProvider({ pool, clock, hostTarget: async () => target });
    try {
      return await provider.create(spec, () => {}, new AbortController().signal);
    } finally {
      pool.dispose();
    }
  };

  it('[SE4] signs in to no host whose key nobody has accepted, or whose key is another', async () => {
    const sshd = await startSshd();
    const before = sshd.hostKey;
    await expect(create(targetOf(sshd, { hostKey: null }))).rejects.toMatchObject({
      code: 'host_key_unknown',
    });
    await sshd.changeHostKey();
    await expect(create(targetOf(sshd, { hostKey: before }))).rejects.toMatchObject({
      code: 'host_key_changed',
    });
    const gone = targetOf(sshd);
    await sshd.stop();
    await expect(create(gone)).rejects.toMatchObject({ code: 'refused', kind: 'transient' });
  });

  it('says when its host was removed', async () => {
    await expect(create(null)).rejects.toMatchObject({ code: 'host_gone', kind: 'permanent' });
  });
});
