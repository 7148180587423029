/**
 * A running proxy: data folder, database, app and the listening port, in the order that a stop undoes.
 * Invariant: when `stop` resolves nothing is held any more: no port, no lock, no connection, no terminal.
 */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import type { BridgeLinks } from './agents/link.ts';
import { type App, createApp } from './app.ts';
import { type Config, ConfigError } from './config.ts';
import { takeDataFolder } from './db/data-folder.ts';
import type { Database } from './db/database.ts';
import { openDatabase } from './db/open.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import type { Disposable } from './lib/disposable.ts';
import { keyFromFile } from './lib/key-file.ts';
import type { Logger } from './lib/log.ts';
import { urlOnThisMachine } from './lib/network-names.ts';
import { createSecretBox } from './lib/secrets.ts';
import type { Limits } from './limits.ts';

/** Requests under way get so long to end. */
const DRAIN_MS = 3_000;

export interface ServerOptions {
  config: Config;
  log: Logger;
  version: string;
  webRoot: string;
  clock?: Clock;
  limits?: Partial<Limits>;
  /** In place of the real way to bridges. */
  links?: BridgeLinks;
}

export interface RunningServer {
  /** Where a browser on this machine, or the operator's public address, finds it. */
  url: string;
  port: number;
  setupCode: string | null;
  app: App;
  db: Database;
  stop(): Promise<void>;
}

/** Throws `ConfigError` and `DatabaseOpenError`, whose messages are for the operator. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options;
  const folder: Disposable = takeDataFolder(config.dataFolder);
  const undo: (() => Promise<void> | void)[] = [() => folder.dispose()];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        log.error({ err: error }, 'a step of the stop failed');
      }
    }
  };
  try {
    const key = config.secretKey ?? keyFromFile(join(config.dataFolder, 'secret.key'));
    const db = await openDatabase({
      folder: config.dataFolder,
      url: config.databaseUrl,
      log,
      checks: !config.production,
    });
    undo.push(() => db.close());
    const app = createApp({
      ...options,
      db,
      secrets: createSecretBox(key),
      clock: options.clock ?? systemClock,
    });
    undo.push(() => app.stop());
    await app.start();
    const setupCode = await app.issueSetupCode();
    const http = createAdaptorServer({
      fetch: app.fetch as never,
      createServer,
      overrideGlobalObjects: false,
    }) as HttpServer;
    http.on('upgrade', (request, socket, head) => app.upgrades.handle(request, socket, head));
    undo.push(() => drain(http));
    const port = await listen(http, config);
    app.listening(port);
    // A connection that could not be accepted (no more descriptors) ends nobody else's.
    http.on('error', (error) => log.error({ err: error }, 'the server'));
    const url = config.origin ?? urlOnThisMachine(config.host, port);
    return { url, port, setupCode, app, db, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listen(http: HttpServer, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(new ConfigError(`PORT ${port} is taken on ${host}. Set another one.`));
      else if (error.code === 'EACCES')
        reject(new ConfigError(`PORT ${port} needs more rights than this user has.`));
      else reject(new ConfigError(`HOST ${host} cannot be listened on: ${error.message}`));
    });
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port));
  });
}

/** Stops listening at once. Sockets are the app's to close, and they are open still: do not wait for them. */
async function drain(http: HttpServer): Promise<void> {
  if (!http.listening) return;
  http.close();
  http.closeIdleConnections();
  const timer = setTimeout(() => http.closeAllConnections(), DRAIN_MS);
  timer.unref();
}
