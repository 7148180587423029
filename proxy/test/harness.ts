/**
 * A whole proxy on a free port with a data folder of its own: in this process, or as a child that can be killed.
 * People talk to it as browsers do; every answer is decoded by its schema.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BridgeLinks } from '../src/agents/link.ts';
import { readConfig } from '../src/config.ts';
import type { Clock } from '../src/lib/clock.ts';
import { createLogger, type Logger } from '../src/lib/log.ts';
import { LIMITS, type Limits } from '../src/limits.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { builtFile } from './built-file.ts';
import { Client } from './harness-client.ts';

export { ApiError, Client } from './harness-client.ts';
export { SyncClient, TestSocket } from './harness-socket.ts';

export interface TestProxy {
  url: string;
  /** null: somebody owns it. */
  setupCode: string | null;
  dataFolder: string;
  /** Keeps the data folder. */
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

export interface ProxyOptions {
  /** As in the environment. */
  env?: Record<string, string>;
  /** Of an earlier one, to start on what it left. */
  dataFolder?: string;
}

/** Limits that no test meets by accident. */
const generous = Object.fromEntries(
  Object.keys(LIMITS).map((name) => [name, { points: 1_000_000, seconds: 60 }]),
) as Limits;

const newFolder = () => mkdtempSync(join(tmpdir(), 'porthole-test-'));
const environment = (folder: string, options: ProxyOptions) => ({
  HOST: '127.0.0.1',
  PORT: '0',
  PORTHOLE_DATA: folder,
  PORTHOLE_LOG_LEVEL: process.env.TEST_LOG ?? 'fatal',
  ...options.env,
});

/** In this process: its database and its app are at hand. */
export async function startProxy(
  options: ProxyOptions & {
    limits?: Partial<Limits>;
    webRoot?: string;
    clock?: Clock;
    links?: BridgeLinks;
    log?: Logger;
  } = {},
): Promise<TestProxy & { server: RunningServer }> {
  const dataFolder = options.dataFolder ?? newFolder();
  const { PATH = '', HOME = '', SHELL = '' } = process.env;
  const config = readConfig({ PATH, HOME, SHELL, ...environment(dataFolder, options) });
  const starting = startServer({
    config,
    log: options.log ?? createLogger(config.logLevel),
    version: '0.0.0-test',
    webRoot: options.webRoot ?? join(dataFolder, 'no-web'),
    limits: { ...generous, ...options.limits },
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.links ? { links: options.links } : {}),
  });
  const server = await starting.catch((error: unknown) => {
    if (options.dataFolder === undefined) rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  });
  return {
    url: server.url,
    setupCode: server.setupCode,
    dataFolder,
    server,
    stop: () => server.stop(),
    async dispose() {
      const workspaces = await server.db.q
        .selectFrom('workspaces')
        .select('id')
        .execute()
        .catch(() => []);
      await server.stop();
      endBridges(workspaces.map(({ id }) => id));
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Bridges outlive a proxy, and would outlive its tests. */
function endBridges(workspaces: string[]): void {
  if (workspaces.length === 0 || !existsSync('/proc/self/environ')) return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!workspaces.some((id) => environ.includes(`PORTHOLE_WORKSPACE=${id}`))) continue;
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Already gone, or somebody else's.
    }
  }
}

export interface ProxyChild extends TestProxy {
  process: ChildProcess;
  output(): string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
}

/** `main.ts` as a process of its own. */
export async function startProxyChild(options: ProxyOptions = {}): Promise<ProxyChild> {
  const dataFolder = options.dataFolder ?? newFolder();
  const { PATH = '', HOME = '', SHELL = '' } = process.env;
  const child = spawn(process.execPath, [builtFile('main.js')], {
    env: { PATH, HOME, SHELL, ...environment(dataFolder, options) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit').then(() => child.exitCode);
  const greeting = new Promise<void>((resolve) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Porthole is at')) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
  });
  await Promise.race([
    greeting,
    exited.then((code) => {
      throw new Error(`the proxy ended with ${code}:\n${output}`);
    }),
  ]);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    url: /Porthole is at (\S+)/.exec(output)?.[1] ?? '',
    setupCode: /#code=([\w-]+)/.exec(output)?.[1] ?? null,
    dataFolder,
    process: child,
    output: () => output,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async dispose() {
      await end('SIGTERM');
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const OWNER = {
  name: 'Ana Owner',
  email: 'ana@example.com',
  password: 'correct horse battery',
  organisation: 'Acme',
};

export interface Person {
  client: Client;
  userId: string;
  org: string;
}

/** The first person of a fresh proxy. */
export async function signUpOwner(proxy: Pick<TestProxy, 'url' | 'setupCode'>): Promise<Person> {
  const client = new Client(proxy.url);
  const me = await client.call('setUp', { body: { code: proxy.setupCode ?? '', ...OWNER } });
  return { client, userId: me.user.id, org: me.organisations[0]!.id };
}

/** Somebody who has accepted an invite of `inviter`. */
export async function addMember(
  inviter: Person,
  name: string,
  role: 'owner' | 'admin' | 'member' = 'member',
): Promise<Person> {
  const { path } = await inviter.client.call('createInvite', {
    params: { org: inviter.org },
    body: { role, days: 1 },
  });
  const client = new Client(inviter.client.url);
  const me = await client.call('acceptInvite', {
    body: {
      secret: path.split('#')[1] ?? '',
      person: { name, email: `${name.toLowerCase()}@example.com`, password: 'a long enough password' },
    },
  });
  return { client, userId: me.user.id, org: inviter.org };
}

/** Somebody with an organisation of their own on the same proxy, who is a stranger to the first. */
export async function addStranger(owner: Person, name: string): Promise<Person> {
  const person = await addMember(owner, name);
  const { id } = await person.client.call('createOrganisation', { body: { name: `${name}'s` } });
  await person.client.call('removeMember', { params: { org: owner.org, user: person.userId } });
  return { ...person, org: id };
}
