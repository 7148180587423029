/**
 * A real OpenSSH server on a free loopback port, with keys of its own, for tests and benches.
 * Runs as whoever runs the tests. Run as a program it prints `{ port, user, privateKey, hostKey }` as one line of
 * JSON and serves until its standard input ends; its arguments are lines of sshd_config.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Sshd {
  port: number;
  user: string;
  /** OpenSSH format; its public half is in authorized_keys. */
  privateKey: string;
  privateKeyFile: string;
  /** Base 64 of the wire form of the ed25519 host key. */
  hostKey: string;
  folder: string;
  /** The home folder of whoever signs in: empty, so that no profile of this machine's gets in the way. */
  home: string;
  /** The listening process; connections have processes of their own. */
  pid: number;
  /** Ends every connection as a crash of the machine would: without a goodbye. */
  killConnections(): void;
  /** Stops the processes of all connections until disposed: a machine that has gone silent. */
  freezeConnections(): { dispose(): void };
  /** The machine is off: its connections end, and nothing listens. */
  down(): Promise<void>;
  /** It is on again, as it was. */
  up(): Promise<void>;
  /** Comes back with another host key on the same port. */
  changeHostKey(): Promise<void>;
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** Lines of sshd_config, before the defaults, so that they win. */
  config?: string[];
}

const SSHD = '/usr/sbin/sshd';
const SETPRIV = '/usr/bin/setpriv';

export const hasSshd = (): boolean => existsSync(SSHD);

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'porthole-sshd-'));
  chmodSync(folder, 0o700);
  const key = (name: string) => join(folder, name);
  makeKey(key('host'));
  makeKey(key('client'));
  writeFileSync(key('authorized_keys'), readFileSync(`${key('client')}.pub`), { mode: 0o600 });
  mkdirSync(key('home'));
  // As root, sshd wants its folder for privilege separation.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const port = await freePort();
  writeFileSync(key('config'), configuration(folder, port, options.config ?? []));
  let daemon = await launch(key('config'), port);

  return {
    port,
    user: userInfo().username,
    privateKey: readFileSync(key('client'), 'utf8'),
    privateKeyFile: key('client'),
    get hostKey() {
      return readFileSync(`${key('host')}.pub`, 'utf8').split(' ')[1]!;
    },
    folder,
    home: key('home'),
    get pid() {
      return daemon.pid!;
    },
    killConnections() {
      for (const pid of childrenOf(daemon.pid!)) kill(pid);
    },
    freezeConnections() {
      const frozen = childrenOf(daemon.pid!);
      for (const pid of frozen) kill(pid, 'SIGSTOP');
      const dispose = () => {
        for (const pid of frozen) kill(pid, 'SIGCONT');
      };
      return { dispose };
    },
    async down() {
      for (const pid of childrenOf(daemon.pid!)) kill(pid);
      await end(daemon);
    },
    async up() {
      daemon = await launch(key('config'), port);
    },
    async changeHostKey() {
      await end(daemon);
      rmSync(key('host'));
      rmSync(`${key('host')}.pub`);
      makeKey(key('host'));
      daemon = await launch(key('config'), port);
    },
    async stop() {
      for (const pid of childrenOf(daemon.pid!)) kill(pid);
      await end(daemon);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function configuration(folder: string, port: number, first: string[]): string {
  return [
    ...first,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    `SetEnv HOME=${join(folder, 'home')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
    'LogLevel ERROR',
    '',
  ].join('\n');
}

const makeKey = (file: string) => execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);

async function launch(config: string, port: number): Promise<ChildProcess> {
  const command = [SSHD, '-D', '-e', '-f', config];
  // A test run that is killed must not leave a server behind.
  if (existsSync(SETPRIV)) command.unshift(SETPRIV, '--pdeathsig', 'KILL');
  const [program = SSHD, ...args] = command;
  const daemon = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  daemon.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
  let ended = false;
  daemon.once('exit', () => {
    ended = true;
  });
  while (!(await answers(port))) {
    if (ended) throw new Error(`sshd did not start: ${said}`);
  }
  return daemon;
}

/** Resolves once the port's state is known; each try yields to the event loop, none sleeps. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Children and their children: sshd forks once more to give up its privileges. The shells below stay. */
function childrenOf(pid: number): number[] {
  const direct = readChildren(pid);
  return direct.flatMap((child) => [...readChildren(child).filter(isSshd), child]);
}

function readChildren(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isSshd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('sshd');
  } catch {
    return false;
  }
}

function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone.
  }
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exit = once(daemon, 'exit');
  daemon.kill('SIGKILL');
  await exit;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { stop, port, user, privateKey, hostKey } = await startSshd({ config: process.argv.slice(2) });
  process.stdout.write(`${JSON.stringify({ port, user, privateKey, hostKey })}\n`);
  process.stdin.resume().once('end', () => void stop());
}
