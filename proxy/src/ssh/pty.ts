/**
 * A shell or a command on a PTY of a machine.
 * Invariants: no byte is lost between the machine and the first listener; `onExit` comes once, after the
 * last byte; closing ends the program (the server hangs the PTY up).
 */
import type { ClientChannel } from 'ssh2';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, Emitter, toDisposable } from '../lib/disposable.ts';
import type { OpenPtyOptions, PtyChannel, PtyExit, PtyWrite } from '../lib/pty.ts';
import type { SshConnection } from './connection.ts';
import type { SshPool } from './pool.ts';
import { exitStatus } from './process.ts';
import { environmentWords, shellCommand } from './quote.ts';
import type { SshTarget } from './target.ts';

export const TERM = 'xterm-256color';

/** Input the channel has not yet taken, for a program that does not read. Beyond it input is refused. Bytes. */
export const PTY_INPUT_BYTES = 8 * 1024 * 1024;

/** A closed channel whose other end says nothing more is taken for ended. */
const CLOSE_TIMEOUT_MS = 3_000;

/**
 * Runs on the machine: sshd may refuse environment variables, so they come as words of `env`.
 * $1 folder, $2 command or empty, the rest NAME=value. A folder that is gone is said, not fatal.
 * `stty iutf8`: SSH clients ask for it in the PTY request; ssh2 cannot.
 */
const OPEN_SCRIPT = `
stty iutf8 2>/dev/null
cd -- "$1" 2>/dev/null || { printf 'The folder %s is not there; this is the home folder.\\r\\n' "$1"; cd; }
command=$2
shift 2
[ -n "$LANG$LC_ALL$LC_CTYPE" ] || export LANG=C.UTF-8
if [ -n "$command" ]; then exec env "$@" "\${SHELL:-/bin/sh}" -l -c "$command"; fi
exec env "$@" "\${SHELL:-/bin/sh}" -l`.trim();

export function ptyCommand(options: OpenPtyOptions): string {
  const env = environmentWords({ COLORTERM: 'truecolor', ...options.env });
  return shellCommand(OPEN_SCRIPT, options.cwd, options.command ?? '', ...env);
}

export async function openPty(
  pool: SshPool,
  clock: Clock,
  target: SshTarget,
  options: OpenPtyOptions,
  signal?: AbortSignal,
): Promise<PtyChannel> {
  const command = ptyCommand(options);
  const size = { term: TERM, cols: options.cols, rows: options.rows, width: 0, height: 0 };
  const { channel, connection } = await pool.open(target, 'pty', (on) => on.exec(command, size), signal);
  return new SshPty(channel, connection, clock);
}

class SshPty implements PtyChannel {
  readonly #channel: ClientChannel;
  readonly #clock: Clock;
  readonly #data = new Emitter<Uint8Array>();
  readonly #exit = new Emitter<PtyExit>();
  #flowing = false;
  #paused = false;
  #ended: PtyExit | null = null;
  #closing = false;

  constructor(channel: ClientChannel, connection: SshConnection, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
    const lost = connection.onClose.on((reason) => {
      connectionLost = reason?.message ?? 'The connection was closed.';
      // What has arrived already is delivered, paused or not; `close` follows the last of it.
      channel.resume();
    });
    let connectionLost: string | null = null;
    channel.on('close', (code?: number | null, signal?: string | null) => {
      lost.dispose();
      const status = exitStatus(code, signal);
      if (status) this.#end({ kind: 'exited', ...status });
      else if (connectionLost !== null && !this.#closing) {
        this.#end({ kind: 'lost', exitCode: null, signal: null, message: connectionLost });
      } else this.#end({ kind: 'exited', exitCode: null, signal: this.#closing ? 'HUP' : null });
    });
    // A PTY has one stream; should a server send anything beside it, it must be read all the same.
    channel.stderr.resume();
    channel.on('error', () => {});
  }

  write(data: Uint8Array): PtyWrite {
    if (this.#ended || this.#closing || !this.#channel.writable) return 'gone';
    if (this.#channel.writableLength + data.length > PTY_INPUT_BYTES) return 'full';
    this.#channel.write(data);
    return 'taken';
  }

  resize(cols: number, rows: number): void {
    if (!this.#ended) this.#channel.setWindow(rows, cols, 0, 0);
  }

  pause(): void {
    this.#paused = true;
    if (this.#flowing && !this.#closing) this.#channel.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#flowing) this.#channel.resume();
  }

  close(): void {
    if (this.#ended || this.#closing) return;
    this.#closing = true;
    // The server hangs the PTY up. No signal beside that: a bash that gets a second SIGHUP while it passes the first
    // one on ends at once, and leaves its background jobs running.
    this.#channel.close();
    // Unread output would hold back the channel's end.
    this.#channel.resume();
    this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#end({ kind: 'exited', exitCode: null, signal: 'HUP' }));
  }

  onData(listener: (chunk: Uint8Array) => void): Disposable {
    const subscription = this.#data.on(listener);
    if (!this.#flowing) {
      this.#flowing = true;
      this.#channel.on('data', (chunk: Buffer) => this.#data.fire(chunk));
      if (this.#paused) this.#channel.pause();
    }
    return subscription;
  }

  onExit(listener: (exit: PtyExit) => void): Disposable {
    if (!this.#ended) return this.#exit.on(listener);
    listener(this.#ended);
    return toDisposable(() => {});
  }

  #end(exit: PtyExit): void {
    if (this.#ended) return;
    this.#ended = exit;
    this.#exit.fire(exit);
    this.#exit.dispose();
  }
}
