/**
 * `bridge.mjs attach <folder>`: sees to it that the folder's daemon runs, then joins stdin and stdout to its socket. A
 * proxy runs it over an SSH exec channel, so no forwarding is needed. It ends when either side does.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { ownBuild } from './build.ts';
import { EXIT, ExitError } from './exit.ts';
import { type Folder, openFolder } from './folder.ts';
import { ATTACHED } from './peer.ts';

const START_MS = 15_000;
const RETRY_MS = 25;

export async function attach(folderPath: string, input: Readable, output: Writable): Promise<never> {
  const socket = await reachDaemon(usableFolder(folderPath));
  input.pipe(socket);
  socket.pipe(output);
  // The channel went away: nobody reads the rest.
  output.on('error', () => process.exit(EXIT.ok));
  let asked = false;
  input.on('end', () => {
    asked = true;
  });
  return new Promise((_, reject) => {
    socket.on('error', () => {});
    socket.on('close', () => {
      if (asked) process.exit(EXIT.ok);
      reject(
        new ExitError(EXIT.closed, 'the bridge closed the connection: a newer attach came, or it ended'),
      );
    });
  });
}

export function usableFolder(path: string): Folder {
  try {
    return openFolder(path);
  } catch (error) {
    throw new ExitError(EXIT.folder, `the state folder cannot be used: ${(error as Error).message}`);
  }
}

/** Starts daemons until one answers; the lock sees to it that one stays. */
export async function reachDaemon(folder: Folder, startMs = START_MS): Promise<Socket> {
  const deadline = Date.now() + startMs;
  let starting: ReturnType<typeof startDaemon> | null = null;
  for (;;) {
    const socket = await tryConnect(folder.socket);
    if (socket) {
      socket.write(`${ATTACHED}${ownBuild()}\n`);
      return socket;
    }
    if (Date.now() > deadline) {
      throw new ExitError(EXIT.daemon, `the bridge's daemon did not start: ${lastLine(folder.log)}`);
    }
    if (!starting || starting.exitCode !== null || starting.signalCode !== null)
      starting = startDaemon(folder);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function tryConnect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => {
      socket.destroy();
      resolve(null);
    });
  });
}

/** In a session of its own, so that the end of this login does not end it. It keeps the environment. */
function startDaemon(folder: Folder) {
  const log = openSync(folder.log, statSize(folder.log) > 1024 * 1024 ? 'w' : 'a', 0o600);
  try {
    const program = [...process.execArgv, process.argv[1] as string, 'daemon', folder.path];
    const child = spawn(process.execPath, program, { cwd: '/', detached: true, stdio: ['ignore', log, log] });
    child.on('error', () => {});
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

const statSize = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function lastLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').at(-1)?.slice(-300) || 'it said nothing';
  } catch {
    return 'it said nothing';
  }
}
