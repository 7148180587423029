/**
 * One open SSH connection to one machine.
 * Invariant: it is either open or has fired `onClose` exactly once, with the reason; its session count is what the
 * server believes, so that the pool can count on it.
 */
import type { Socket } from 'node:net';
import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore, Emitter } from '../lib/disposable.ts';
import { SshError } from './errors.ts';
import type { SshTarget } from './target.ts';

export interface ConnectionLimits {
  /** TCP and the whole of SSH's handshake and authentication. */
  readyTimeoutMs: number;
  /** A machine that answers nothing for interval × count is gone. */
  keepaliveMs: number;
  keepaliveCount: number;
  /** RFC 4253, 9: rekey after an hour or a gigabyte. ssh2 never does so by itself. */
  rekeyMs: number;
  rekeyBytes: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  readyTimeoutMs: 15_000,
  keepaliveMs: 10_000,
  keepaliveCount: 3,
  rekeyMs: 60 * 60 * 1000,
  rekeyBytes: 1024 ** 3,
};

/** How often the byte counters are looked at: at 70 MB/s a gigabyte is passed by less than a fifth. */
const REKEY_CHECK_MS = 2_500;

export type Ssh2Error = Error & { level?: string; code?: string | number };

/** What the two sides agreed on. */
export interface Negotiated {
  kex: string;
  hostKey: string;
  /** Machine to proxy. */
  cipher: string;
}

/** A client that has signed in, and the socket under it. */
export interface ConnectionParts {
  target: SshTarget;
  negotiated: Negotiated;
  client: Client;
  socket: Socket;
  clock: Clock;
  limits: ConnectionLimits;
}

export class SshConnection implements Disposable {
  readonly target: SshTarget;
  readonly negotiated: Negotiated;
  /** Fires once. Null: closed by us. */
  readonly onClose = new Emitter<SshError | null>();
  /** Both sides have changed keys. */
  readonly onRekey = new Emitter<void>();
  /** A session began or ended. */
  readonly onSessions = new Emitter<number>();
  /** The most sessions the server is known to allow here; learned from a refusal. */
  sessionLimit = Number.POSITIVE_INFINITY;
  #peak = 0;
  #sessions = 0;
  #closed = false;
  #closing = false;
  /** Nothing can be written any more; `close` follows. */
  #broken = false;
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #resources = new DisposableStore();

  constructor(parts: ConnectionParts) {
    const { target, client, socket, clock, limits } = parts;
    this.target = target;
    this.negotiated = parts.negotiated;
    this.#client = client;
    this.#socket = socket;
    let failure: SshError | null = null;
    client.on('error', (cause: Ssh2Error) => {
      failure ??= new SshError('lost', lostMessage(target, cause, limits), {}, cause);
    });
    client.on('handshake', () => this.onRekey.fire());
    client.on('close', () => {
      if (this.#closed) return;
      this.#closed = true;
      this.#resources.dispose();
      const reason = failure ?? new SshError('lost', `The connection to ${target.label} was lost.`);
      this.onClose.fire(this.#closing ? null : reason);
    });
    this.#resources.add(scheduleRekey(client, socket, clock, limits));
  }

  get closed(): boolean {
    return this.#closed || this.#closing || this.#broken;
  }

  /** Channels from the request until both sides have closed them. */
  get sessions(): number {
    return this.#sessions;
  }

  /** Bytes in and out so far: tells a flooded connection from a quiet one. */
  get bytes(): number {
    return this.#socket.bytesRead + this.#socket.bytesWritten;
  }

  /**
   * Starts a command on a channel of its own, with a PTY if `pty` is given.
   * Rejects with `channel_limit` when the server allows no further session on this connection.
   */
  exec(command: string, pty?: PseudoTtyOptions): Promise<ClientChannel> {
    if (this.closed) return Promise.reject(this.#lost(true));
    const before = this.#sessions;
    this.#count(1);
    return new Promise((resolve, reject) => {
      const refused = (cause: Error & { reason?: unknown }) => {
        this.#count(-1);
        if (this.closed) return reject(this.#lost(false));
        if (typeof cause.reason !== 'number') {
          return reject(
            new SshError('channel_refused', `${this.target.label} refused to run a command.`, {}, cause),
          );
        }
        this.sessionLimit = Math.max(before, 1);
        const message = `${this.target.label} refused another session on this connection (${before} open).`;
        reject(new SshError('channel_limit', message, { sessions: Math.max(before, this.#peak) }, cause));
      };
      try {
        this.#client.exec(command, pty ? { pty } : {}, (error, channel) => {
          if (error) return refused(error);
          this.#peak = Math.max(this.#peak, this.#sessions);
          channel.on('close', () => this.#count(-1));
          resolve(channel);
        });
      } catch {
        // ssh2 throws when the socket is no longer writable, before it sends anything. Who tries again gets another.
        this.#broken = true;
        this.#count(-1);
        reject(this.#lost(true));
      }
    });
  }

  /**
   * Has the machine listen on its own loopback; each connection there comes as a stream. Once per connection. 0: any
   * port. Resolves with the port; rejects with `channel_refused` when it is taken, or the server allows no forwarding.
   */
  listen(port: number, onStream: (stream: ClientChannel) => void): Promise<number> {
    if (this.closed) return Promise.reject(this.#lost(true));
    this.#client.on('tcp connection', (_details, accept) => onStream(accept()));
    return new Promise((resolve, reject) => {
      this.#resources.add(this.onClose.on((reason) => reject(reason ?? this.#lost(false))));
      this.#client.forwardIn('127.0.0.1', port, (cause, bound) => {
        if (!cause) return resolve(port === 0 ? bound : port);
        const message = `${this.target.label} does not let port ${port} of its loopback be forwarded: it is taken, or its sshd forbids it (AllowTcpForwarding).`;
        reject(new SshError('channel_refused', message, {}, cause));
      });
    });
  }

  /** Says goodbye; what is still open on it ends. */
  dispose(): void {
    if (this.#closed || this.#closing) return;
    this.#closing = true;
    this.#client.end();
    // A peer that is gone never answers: do not keep its socket.
    this.#socket.destroySoon();
  }

  #lost(unsent: boolean): SshError {
    return new SshError('lost', `The connection to ${this.target.label} was lost.`, { unsent });
  }

  #count(change: 1 | -1): void {
    this.#sessions += change;
    this.onSessions.fire(this.#sessions);
  }
}

function lostMessage(target: SshTarget, cause: Ssh2Error, limits: ConnectionLimits): string {
  if (cause.level === 'client-timeout') {
    const seconds = Math.round((limits.keepaliveMs * limits.keepaliveCount) / 1000);
    return `The connection to ${target.label} was lost: no answer for ${seconds} s.`;
  }
  return `The connection to ${target.label} was lost.`;
}

/** ssh2's client has no public call for it; its protocol object has. */
type Rekeyable = { _protocol?: { rekey?: () => void } };

function scheduleRekey(client: Client, socket: Socket, clock: Clock, limits: ConnectionLimits): Disposable {
  let since = clock.now();
  let from = 0;
  return clock.every(REKEY_CHECK_MS, () => {
    const bytes = socket.bytesRead + socket.bytesWritten;
    if (clock.now() - since < limits.rekeyMs && bytes - from < limits.rekeyBytes) return;
    since = clock.now();
    from = bytes;
    (client as unknown as Rekeyable)._protocol?.rekey?.();
  });
}
