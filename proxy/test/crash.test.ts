/**
 * The process as the operator has it: killed while people write, stopped while they look, started twice.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtFile } from './built-file.ts';
import { Client, OWNER, type ProxyChild, SyncClient, signUpOwner, startProxyChild } from './harness.ts';

const SEED = Number(process.env.PORTHOLE_SEED ?? 20_261_121);
const KILLS = 4;

describe('a proxy that is killed', () => {
  it(`[FD1] has lost nothing that it acknowledged, and its feed has no gap (seed ${SEED})`, async () => {
    let child: ProxyChild = await startProxyChild();
    const owner = await signUpOwner(child);
    const { dataFolder } = child;
    const acknowledged: { id: string; name: string }[] = [];
    // A browser that has followed from the start and never resets: what it was told must have stayed true.
    let cursor: number | null = null;
    const told = new Map<string, string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const client = new Client(child.url);
      client.cookie = owner.client.cookie;
      const sync = new SyncClient((await SyncClient.open(client, owner.org, cursor)).socket, owner.org);
      sync.cursor = cursor;
      let made = 0;
      const target = 20 + ((SEED >> (kill * 3)) & 31);
      const writer = async (n: number) => {
        for (let i = 0; ; i += 1) {
          const name = `repo-${kill}-${n}-${i}`;
          const row = await client.call('createRepository', {
            params: { org: owner.org },
            body: { url: `https://example.com/${name}.git`, name },
          });
          acknowledged.push({ id: row.id, name });
          made += 1;
          if (made === target) void child.kill();
        }
      };
      // Each ends when its connection does.
      await Promise.allSettled([writer(0), writer(1), writer(2), writer(3)]);
      await child.exited;
      await sync.until(() => !sync.socket.isOpen).catch(() => {});
      for (const row of sync.rows('repositories')) told.set(row.id as string, row.name as string);
      cursor = sync.cursor;
      child = await startProxyChild({ dataFolder });
    }
    expect(child.setupCode).toBeNull();
    const client = new Client(child.url);
    await client.call('signIn', { body: { email: OWNER.email, password: OWNER.password } });
    const { repositories } = await client.call('listRepositories', { params: { org: owner.org } });
    const names = new Map(repositories.map(({ id, name }) => [id, name]));
    for (const { id, name } of acknowledged) expect(names.get(id)).toBe(name);
    for (const [id, name] of told) expect(names.get(id)).toBe(name);
    expect(acknowledged.length).toBeGreaterThan(KILLS * 20 - 1);
    // From the very first change to the last: SyncClient throws at a gap. And it is what the tables have.
    const whole = await SyncClient.open(client, owner.org, 0);
    expect(whole.resets).toBe(0);
    expect(new Set(whole.rows('repositories').map(({ id }) => id))).toEqual(new Set(names.keys()));
    whole.socket.close();
    await child.dispose();
  }, 120_000);
});

describe('a proxy that is stopped', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'by %s closes its sockets with 1001 and exits with 0',
    async (signal) => {
      const child = await startProxyChild();
      const owner = await signUpOwner(child);
      const sync = await SyncClient.open(owner.client, owner.org);
      const began = performance.now();
      child.process.kill(signal);
      expect(await sync.socket.closed).toEqual({ code: 1001, reason: 'going_away' });
      expect(await child.exited).toBe(0);
      expect(performance.now() - began).toBeLessThan(8_000);
      // The file alone is the whole database.
      const files = readdirSync(child.dataFolder);
      const wal = files.includes('porthole.db-wal')
        ? statSync(join(child.dataFolder, 'porthole.db-wal')).size
        : 0;
      expect(wal).toBe(0);
      rmSync(child.dataFolder, { recursive: true, maxRetries: 5 });
    },
  );
});

describe('a start', () => {
  const run = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, [builtFile('main.js')], {
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const [code] = await once(child, 'close');
    return { code, output: output.trim() };
  };

  it('fails in one line that names the key', async () => {
    expect(await run({ PORT: 'eighty' })).toEqual({
      code: 1,
      output: 'PORT must be a number from 0 to 65535; it is "eighty".',
    });
  });

  it('fails on a data folder or a port that is taken, and leaves the first proxy alone', async () => {
    const child = await startProxyChild();
    const second = await run({ PORT: '0', PORTHOLE_DATA: child.dataFolder });
    expect(second.code).toBe(1);
    expect(second.output).toBe(
      `Another Porthole (process ${child.process.pid}) already uses the data folder ${child.dataFolder}. ` +
        'Stop it first, or give this one a folder of its own with PORTHOLE_DATA.',
    );
    const port = new URL(child.url).port;
    const third = await run({ PORT: port, PORTHOLE_DATA: `${child.dataFolder}/other` });
    expect(third).toEqual({ code: 1, output: `PORT ${port} is taken on 127.0.0.1. Set another one.` });
    expect((await new Client(child.url).call('getHealth', {})).ok).toBe(true);
    await child.dispose();
  });
});
