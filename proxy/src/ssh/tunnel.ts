/**
 * A port on a machine's loopback that leads here, over a connection of its own. Invariant: at most `MAX_STREAMS` are
 * open; when the connection goes all of them end, and `onClose` says so once.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, Emitter, toDisposable } from '../lib/disposable.ts';
import { connectSsh } from './connect.ts';
import type { SshTarget } from './target.ts';

/** Of one machine at a time: its agents ask a few things each. */
export const MAX_STREAMS = 256;

export interface Tunnel extends Disposable {
  /** On the machine's 127.0.0.1. */
  readonly port: number;
  onClose(listener: () => void): Disposable;
}

export interface TunnelOptions {
  /** 0: any. */
  port: number;
  /** A connection was made to the port. */
  onStream: (stream: Duplex) => void;
  signal?: AbortSignal;
}

/** Rejects with an `SshError`: `channel_refused` when the port is taken or forwarding is forbidden. */
export async function openTunnel(clock: Clock, target: SshTarget, options: TunnelOptions): Promise<Tunnel> {
  const connection = await connectSsh(target, { clock, signal: options.signal });
  let streams = 0;
  const onStream = (stream: Duplex) => {
    stream.on('error', () => {});
    if (streams >= MAX_STREAMS) {
      stream.destroy();
      return;
    }
    streams += 1;
    stream.once('close', () => {
      streams -= 1;
    });
    options.onStream(stream);
  };
  const closed = new Emitter<void>();
  let over = false;
  connection.onClose.on(() => {
    over = true;
    closed.fire();
    closed.dispose();
  });
  try {
    const port = await connection.listen(options.port, onStream);
    return {
      port,
      onClose(listener) {
        if (!over) return closed.on(listener);
        listener();
        return toDisposable(() => {});
      },
      dispose: () => connection.dispose(),
    };
  } catch (error) {
    connection.dispose();
    throw error;
  }
}
