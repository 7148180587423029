/**
 * The process: settings, start, signals, stop.
 * Invariants: a start that fails says why in one line and exits with 1; SIGTERM, SIGINT and SIGHUP end everything in order and
 * exit with 0, a second one at once; a stray rejection is logged and ends nobody's terminal.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { type Config, ConfigError, readConfig, unknownSettings } from './config.ts';
import { DatabaseOpenError } from './db/faults.ts';
import { createLogger, type Logger } from './lib/log.ts';
import { type RunningServer, startServer } from './server.ts';

/** After a signal: screens are saved within a second or two. */
const STOP_MS = 10_000;
/** The same from proxy/src and from proxy/dist. */
const webRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'web', 'dist');

await main();

async function main(): Promise<void> {
  const config = orExit(() => readConfig());
  if (!config) return;
  const log = createLogger(config.logLevel);
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });
  for (const name of unknownSettings()) log.warn({ name }, 'there is no such setting');
  const server = await start(config, log);
  if (!server) return;
  onSignals(server, log);
  // In one piece: whoever waits for the address finds the code with it.
  process.stdout.write(greeting(server));
}

async function start(config: Config, log: Logger): Promise<RunningServer | null> {
  try {
    return await startServer({ config, log, version: packageJson.version, webRoot });
  } catch (error) {
    refuse(error);
    return null;
  }
}

function orExit<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    refuse(error);
    return null;
  }
}

/** What the operator can mend is said in a line; anything else with its stack. */
function refuse(error: unknown): void {
  const known = error instanceof ConfigError || error instanceof DatabaseOpenError;
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}

function greeting({ url, setupCode }: RunningServer): string {
  if (setupCode === null) return `Porthole is at ${url}\n`;
  return (
    `Porthole is at ${url}\n\n` +
    `Nobody owns this server yet. Become its owner with the one-time code ${setupCode}:\n` +
    `  ${url}/setup#code=${setupCode}\n`
  );
}

function onSignals(server: RunningServer, log: Logger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('the stop took too long');
      process.exit(1);
    }, STOP_MS).unref();
    await server.stop();
    process.exit(0);
  };
  // SIGHUP: the terminal that it was started in has closed.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
}
