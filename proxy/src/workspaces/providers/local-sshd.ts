/**
 * The embedded SSH server of the `local` provider: a child process of the proxy, so that terminals on this
 * machine go the same way as everywhere else. Runs as the server's own user (design SE6).
 * Invariants: only the key that the parent sent at the start gets in; a PTY or command ends with its channel,
 * its connection, or the parent, whichever goes first; the shell's environment holds nothing of the server's.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type IPty, spawn as spawnPty } from '@lydell/node-pty';
import ssh2, { type Connection, type PseudoTtyInfo, type ServerChannel, type Session } from 'ssh2';
import { loginEnvironment } from './local-environment.ts';
import type { LocalSshdRequest } from './local-protocol.ts';
import { HANGUP_MS, pipePty } from './local-pty.ts';
import { firstFolder, loginUser } from './local-user.ts';

/**
 * Not the login shell: bash believes a socket on its standard input to be rshd's and reads .bashrc, which takes many
 * times as long as most commands. What the proxy sends is for sh; it starts the login shell where one is wanted.
 */
const SH = '/bin/sh';

const live = new Set<() => void>();

const STOP_LOOK_MS = 10;

let stopping = false;

/** Ends everything that was started, then the process. */
function stop(socket: string | null): void {
  if (stopping) return;
  stopping = true;
  for (const end of live) end();
  if (socket) rmSync(dirname(socket), { recursive: true, force: true });
  // Going closes the PTYs.
  const until = performance.now() + HANGUP_MS;
  setInterval(() => {
    if (live.size === 0 || performance.now() > until) process.exit(0);
  }, STOP_LOOK_MS);
}

function onConnection(client: Connection, allowed: ssh2.ParsedKey): void {
  client.on('authentication', (context) => {
    if (context.method !== 'publickey' || !context.key.data.equals(allowed.getPublicSSH()))
      return context.reject(['publickey']);
    if (!context.signature || !context.blob) return context.accept();
    return allowed.verify(context.blob, context.signature, context.hashAlgo) === true
      ? context.accept()
      : context.reject();
  });
  client.on('error', () => {});
  client.on('ready', () => {
    client.on('session', (accept) => onSession(accept()));
  });
}

function onSession(session: Session): void {
  let pty: PseudoTtyInfo | null = null;
  let terminal: IPty | null = null;
  session.on('pty', (accept, _reject, info) => {
    pty = info;
    accept?.();
  });
  session.on('window-change', (accept, _reject, { cols, rows }) => {
    if (pty) Object.assign(pty, { cols, rows });
    if (terminal && cols > 0 && rows > 0) terminal.resize(cols, rows);
    accept?.();
  });
  session.on('exec', (accept, _reject, { command }) => {
    if (pty) {
      terminal = runOnPty(session, accept(), pty, command);
      // Its descriptor's number may soon be another terminal's.
      terminal.onExit(() => {
        terminal = null;
      });
    } else runPlain(session, accept(), command);
  });
}

function runOnPty(
  session: Session,
  channel: ServerChannel,
  info: PseudoTtyInfo & { term?: string },
  command: string,
): IPty {
  const env = loginEnvironment(process.env, loginUser());
  const terminal = spawnPty(SH, ['-c', command], {
    name: info.term || 'xterm-256color',
    cols: info.cols || 80,
    rows: info.rows || 24,
    cwd: firstFolder(env.HOME),
    env,
    encoding: null,
  });
  let hungUp = false;
  // Once, whoever asks: see HANGUP_MS.
  const end = () => {
    if (!hungUp) signalGroup(terminal.pid, 'SIGHUP');
    hungUp = true;
  };
  live.add(end);
  session.on('signal', (_accept, _reject, { name }) => {
    if (name === 'HUP') end();
    else signalGroup(terminal.pid, `SIG${name}` as NodeJS.Signals);
  });
  pipePty(terminal, channel, () => live.delete(end), end);
  return terminal;
}

function runPlain(session: Session, channel: ServerChannel, command: string): void {
  const env = loginEnvironment(process.env, loginUser());
  // `detached`: a process group of its own, so that all of it can be signalled.
  const child = spawn(SH, ['-c', command], {
    cwd: firstFolder(env.HOME),
    env,
    detached: true,
    stdio: 'pipe',
  });
  const end = () => signalGroup(child.pid, 'SIGTERM');
  live.add(end);
  session.on('signal', (_accept, _reject, { name }) =>
    signalGroup(child.pid, `SIG${name}` as NodeJS.Signals),
  );
  child.stdin.on('error', () => {});
  channel.on('error', () => {});
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on('error', () => {
    channel.exit(127);
    channel.end();
  });
  channel.on('close', () => {
    if (child.exitCode === null && child.signalCode === null) end();
    child.stdout.destroy();
    child.stderr.destroy();
  });
  // After the exit and the end of both outputs.
  child.on('close', () => {
    live.delete(end);
    reportExit(channel, child.exitCode, child.signalCode);
    channel.end();
  });
}

function reportExit(channel: ServerChannel, code: number | null, signal: NodeJS.Signals | null): void {
  if (signal) channel.exit(signal.replace(/^SIG/, ''), false, '');
  else channel.exit(code ?? 0);
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone, or the name is no signal here.
  }
}

function start(request: LocalSshdRequest): void {
  const allowed = ssh2.utils.parseKey(request.clientPublicKey);
  if (allowed instanceof Error) throw allowed;
  const server = new ssh2.Server({ hostKeys: [request.hostPrivateKey], ident: 'Porthole' }, (client) =>
    onConnection(client, allowed),
  );
  const ready = { type: 'ready', user: loginUser().username };
  // Nobody to say it to: the proxy has gone meanwhile, and the disconnect ends this one as well.
  server.listen(request.socketPath, () => process.send?.(ready, () => {}));
}

let socketPath: string | null = null;
process.once('message', (message) => {
  const request = message as LocalSshdRequest;
  socketPath = request.socketPath;
  start(request);
});
process.once('disconnect', () => stop(socketPath));
// The proxy has gone while this was being loaded.
if (!process.connected) stop(socketPath);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(socketPath));
