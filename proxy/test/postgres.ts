/** A PostgreSQL cluster of our own on a unix socket, without the network, gone when the tests are over. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';

export interface Cluster {
  /** Makes an empty database; answers its connection string. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** The folder of `initdb` and `postgres`, or null where PostgreSQL is not installed. */
export function findPostgres(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.find((f) => existsSync(join(f, 'initdb')) && existsSync(join(f, 'postgres'))) ?? null;
}

export async function startCluster(bin: string): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-pg-'));
  const asUser = unprivileged();
  if (asUser) chownSync(folder, asUser.uid, asUser.gid);
  const data = join(folder, 'data');
  const options = { ...asUser, cwd: folder };
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'porthole', '-E', 'UTF8', '--no-sync'],
    {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'max_connections=60'],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await readyToAccept(server.stderr);
  const url = (database: string) => `postgresql://porthole@localhost/${database}?host=${folder}`;
  let made = 0;
  return {
    async createDatabase() {
      const client = new pg.Client(url('postgres'));
      await client.connect();
      made += 1;
      await client.query(`create database test_${made}`);
      await client.end();
      return url(`test_${made}`);
    },
    async stop() {
      const exited = once(server, 'exit');
      // "Fast" shutdown: connections still open are ended.
      server.kill('SIGINT');
      await exited;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function readyToAccept(stderr: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    stderr.on('data', (chunk) => {
      output += chunk;
      if (output.includes('ready to accept connections')) resolve();
    });
    stderr.on('end', () => reject(new Error(`postgres ended:\n${output}`)));
  });
}
