/**
 * A socket as a channel sees it: already let in, its frames bounded. Tests hand a channel a fake of it.
 */
import type { CloseCode, ErrorCode } from '@porthole/shared';
import type { Actor } from '../auth/actor.ts';
import type { Logger } from '../lib/log.ts';

export interface SocketLike {
  readonly isOpen: boolean;
  /** Bytes given to `send` and `sendBytes` and not yet taken by the operating system. */
  readonly buffered: number;
  /** A text frame. Dropped when the socket is no longer open. */
  send(text: string): void;
  /** A binary frame. The bytes may not change until it is sent. */
  sendBytes(data: Uint8Array): void;
  /** Resolves when less than `OUTBOX_LOW_BYTES` wait, or the socket is closed. */
  drained(): Promise<void>;
  /** Safe to call twice. The handlers' `onClose` follows. */
  close(code: CloseCode, reason: ErrorCode): void;
}

/** What a channel does with its socket's frames. Called in order; an exception closes this socket alone. */
export interface ChannelHandlers {
  /** Frames in a second at the most; without it they are not counted. */
  readonly maxPerSecond?: number;
  /** Its client pings by itself (W4): what answers a ping of the protocol may be the nearest hop, and proves nothing. */
  readonly clientPings?: true;
  onText(text: string): void;
  /** Without it binary frames are a protocol error. */
  onBytes?(data: Uint8Array): void;
  /** Once, whoever closed it. Nothing is called afterwards. */
  onClose(): void;
}

export interface ChannelContext {
  actor: Actor;
  /** From the path: `/ws/terminals/:terminal`. */
  params: Readonly<Record<string, string>>;
  address: string;
  log: Logger;
}

/** Called once the upgrade is done; frames that arrive from then on go to the handlers. */
export type Channel = (socket: SocketLike, context: ChannelContext) => ChannelHandlers;

/** Above this much unsent, a socket is closed with `tooMuch`: the peer does not read. */
export const OUTBOX_HIGH_BYTES = 16 * 1024 * 1024;
export const OUTBOX_LOW_BYTES = 256 * 1024;
