/**
 * Joins a PTY to an SSH channel with backpressure both ways.
 * Invariants: every byte that the program wrote before it ended reaches the channel, also when the reader is
 * slow; the PTY is paused while the channel is full, and the channel while the program does not read.
 */
import { readSync } from 'node:fs';
import type { IPty } from '@lydell/node-pty';
import type { ServerChannel } from 'ssh2';
import { PtyInput } from './local-pty-input.ts';

/** Waiting for the client's window. ssh2 itself would take 2 MiB more before it complains. Bytes. */
const CHANNEL_HIGH_BYTES = 64 * 1024;

/**
 * After the hangup a program has so long to end before its PTY is closed as well. That is a second SIGHUP, and a bash
 * that gets it while it writes its history, which may wait for a busy disk, ends at once and leaves its background
 * jobs behind.
 */
export const HANGUP_MS = 10_000;

/** More than the kernel holds of a PTY's output; a background job that still writes must not keep us here. Bytes. */
const REST_BYTES = 256 * 1024;

/**
 * node-pty's own stream. It is destroyed 200 ms after the exit, whether or not it was read to its end; and libuv
 * reports the end of a hung up PTY after one partial read, though the kernel has more.
 */
interface WithSocket {
  _socket: { destroy: () => void; read: () => unknown };
  fd: number;
}

/** `hangUp` tells the program, once, that its terminal is gone; `onEnded`: it has ended. */
export function pipePty(
  terminal: IPty,
  channel: ServerChannel,
  onEnded: () => void,
  hangUp: () => void,
): void {
  let paused = false;
  let closed = false;
  let ended = false;
  let closing: NodeJS.Timeout | null = null;

  const { _socket: socket, fd } = terminal as unknown as WithSocket;
  const destroy = socket.destroy.bind(socket);
  const input = new PtyInput(fd, () => channel.resume());
  const finish = () => {
    // A paused stream holds a chunk of its own; reading it fires `onData`.
    while (!closed && socket.read() !== null);
    if (!closed) for (const chunk of readRest(fd)) channel.write(chunk);
    destroy();
  };
  socket.destroy = () => {
    if (ended) return;
    ended = true;
    input.dispose();
    if (!paused || closed) finish();
  };
  const relieve = () => {
    if (!paused || closed || channel.writableLength > CHANNEL_HIGH_BYTES) return;
    paused = false;
    if (ended) finish();
    else terminal.resume();
  };
  // `encoding: null` makes these Buffers, whatever the type says.
  terminal.onData((data) => {
    if (closed) return;
    channel.write(data as unknown as Buffer, relieve);
    if (!paused && channel.writableLength > CHANNEL_HIGH_BYTES) {
      paused = true;
      terminal.pause();
    }
  });
  channel.on('data', (data: Buffer) => {
    if (!input.write(data)) channel.pause();
  });
  channel.on('error', () => {});
  channel.on('close', () => {
    if (closed) return;
    closed = true;
    input.dispose();
    hangUp();
    if (ended) destroy();
    else {
      // Read on, or a program that is writing cannot die of the hangup.
      terminal.resume();
      closing = setTimeout(() => (terminal as unknown as { destroy: () => void }).destroy(), HANGUP_MS);
    }
  });
  terminal.onExit(({ exitCode, signal }) => {
    onEnded();
    if (closing) clearTimeout(closing);
    input.dispose();
    if (closed) return;
    closed = true;
    if (signal) channel.exit(SIGNAL_NAMES[signal] ?? 'KILL', false, '');
    else channel.exit(exitCode);
    channel.end();
  });
}

/** What the kernel still has. The descriptor does not block: EAGAIN and EIO are both the end. */
function* readRest(fd: number): Generator<Buffer> {
  for (let size = 0; size < REST_BYTES; ) {
    const buffer = Buffer.allocUnsafe(8 * 1024);
    let read: number;
    try {
      read = readSync(fd, buffer);
    } catch {
      return;
    }
    if (read === 0) return;
    size += read;
    yield buffer.subarray(0, read);
  }
}

/** POSIX numbers that are the same on Linux and macOS, and USR1/2 of Linux. */
const SIGNAL_NAMES: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  6: 'ABRT',
  8: 'FPE',
  9: 'KILL',
  10: 'USR1',
  11: 'SEGV',
  12: 'USR2',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
};
