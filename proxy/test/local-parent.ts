/** A program that starts the embedded server, a shell and a command on it, says so, and waits to be killed. */
import { systemClock as clock } from '../src/lib/clock.ts';
import { SshPool } from '../src/ssh/pool.ts';
import { openProcess } from '../src/ssh/process.ts';
import { openPty } from '../src/ssh/pty.ts';
import { LocalProvider } from '../src/workspaces/providers/local.ts';

const [, , marker = ''] = process.argv;
const pool = new SshPool({ clock });
const provider = new LocalProvider({
  pool,
  clock,
  dataFolder: '/nonexistent',
  availability: { enabled: true, reason: null },
  environment: process.env,
});
const target = await provider.target();
const env = { PORTHOLE_TEST: marker };
const pty = await openPty(pool, clock, target, {
  cols: 80,
  rows: 24,
  cwd: '/',
  env,
  command: 'echo up; sleep 9901 & sleep 9902',
});
await new Promise<void>((resolve) => pty.onData(() => resolve()));
const command = await openProcess(pool, target, { command: 'echo up; sleep 9903 & sleep 9904', env });
await new Promise<void>((resolve) => command.onStdout(() => resolve()));
process.stdout.write('ready\n');
setInterval(() => {}, 1_000);
