/**
 * `npm run reset -- mail@example.com`: the operator, on the server's own terminal, makes a link by which a person chooses
 * a new password. It needs the server's settings (data folder or database, address), and works whether that runs or not.
 */
import { issueReset } from './auth/resets.ts';
import { userByEmail } from './auth/store.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { DatabaseOpenError } from './db/faults.ts';
import { visitDatabase } from './db/open.ts';
import { createLogger } from './lib/log.ts';
import { urlOnThisMachine } from './lib/network-names.ts';

class UsageError extends Error {}

try {
  process.stdout.write(await reset(process.argv[2], readConfig()));
} catch (error) {
  const known =
    error instanceof UsageError || error instanceof ConfigError || error instanceof DatabaseOpenError;
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}

async function reset(address: string | undefined, config: Config): Promise<string> {
  const email = address?.trim().toLowerCase();
  if (!email) throw new UsageError('Say whose password it is: npm run reset -- mail@example.com');
  const db = await visitDatabase({
    ...{ folder: config.dataFolder, url: config.databaseUrl },
    ...{ log: createLogger(config.logLevel), checks: !config.production },
  });
  try {
    const user = await userByEmail(db.q, email);
    if (!user) throw new UsageError(`Nobody here has the address ${email}.`);
    const { path } = await db.transaction((tx) => issueReset(tx, user.id, null, Date.now()));
    return (
      `With this link ${user.name} (${user.email}) chooses a new password, once and within an hour. It ends every\n` +
      `sign-in they have: devices, API tokens and accounts elsewhere.\n\n  ${urlOf(config)}${path}\n`
    );
  } finally {
    await db.close();
  }
}

/** A port that the system has chosen is known to the server alone. */
function urlOf({ origin, host, port }: Config): string {
  return origin ?? (port === 0 ? '<where the server is>' : urlOnThisMachine(host, port));
}
