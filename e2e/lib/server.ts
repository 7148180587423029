/** A Porthole server as a newcomer has it: the built proxy as a process of its own, with a fresh data folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../proxy/dist/main.js', import.meta.url));
const START_MS = 20_000;

export interface Server {
  url: string;
  /** null once somebody owns the server. */
  setupCode: string | null;
  pid: number;
  process: ChildProcess;
  dataDir: string;
  output: () => string;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

export interface ServerOptions {
  env?: Record<string, string>;
  /** Of an earlier server: starts on what it left. */
  dataDir?: string;
  port?: number;
  nodeArgs?: string[];
  /** Another build than this tree's. */
  main?: string;
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'porthole-e2e-')));
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), options.main ?? MAIN], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(options.port ?? 0),
      PORTHOLE_DATA: dataDir,
      PORTHOLE_LOG_LEVEL: 'warn',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no address within ${START_MS} ms:\n${output}`)),
      START_MS,
    );
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /https?:\/\/[\w.:[\]-]+:\d+/.exec(output);
      if (!found || !/\n$/.test(output)) return;
      clearTimeout(timer);
      resolve(found[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    exited.then(() => reject(new Error(`the server ended at once:\n${output}`)));
  });
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (!ended()) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    url,
    setupCode: /#code=([\w-]+)/.exec(output)?.[1] ?? null,
    pid: child.pid ?? 0,
    process: child,
    dataDir,
    output: () => output,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
    async dispose() {
      await end('SIGTERM');
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
