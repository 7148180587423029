/**
 * The session socket, for one viewer: `attach`, then it listens; keys in its composer warm the agent (AG8).
 * Invariants: nothing is sent before a valid `attach`; every refusal has a code (W2, W3).
 */
import { PROTOCOL_VERSION } from '@porthole/shared';
import { decodeText } from '@porthole/shared/envelope';
import { SessionClientMessage, type SessionServerMessage } from '@porthole/shared/session-socket';
import type { Disposable } from '../lib/disposable.ts';
import { badFrame, otherVersion, outOfOrder, type Refusal, refusalOf } from '../ws/refusals.ts';
import type { ChannelHandlers, SocketLike } from '../ws/socket.ts';
import type { Session } from './session.ts';

export interface ChannelOptions {
  socket: SocketLike;
  /** Throws `PortholeError` when there is none for this person. `mayWarm`: their keys may start machines. */
  find: () => Promise<{ session: Session; mayWarm: boolean }>;
}

export function sessionChannel(options: ChannelOptions): ChannelHandlers {
  return new SessionChannel(options);
}

class SessionChannel implements ChannelHandlers {
  /** A key, a ping: nobody types as fast. */
  readonly maxPerSecond = 200;
  readonly clientPings = true;
  readonly #options: ChannelOptions;
  #found: { session: Session; mayWarm: boolean } | null = null;
  #seat: Disposable | null = null;
  #attaching = false;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  onText(text: string): void {
    if (this.#closed) return;
    const decoded = decodeText(SessionClientMessage, text);
    if (decoded.ok) this.#received(decoded.message);
    else this.#refuse(badFrame(decoded));
  }

  onClose(): void {
    this.#closed = true;
    this.#seat?.dispose();
    this.#seat = null;
  }

  #received(message: SessionClientMessage): void {
    if (message.type === 'ping') this.#send({ type: 'pong', id: message.id });
    else if (message.type === 'attach') this.#attach(message);
    else if (!this.#attaching) this.#refuse(outOfOrder('The first message is `attach`.'));
    else if (this.#found?.mayWarm) this.#found.session.typing();
  }

  #attach({ version, after }: Extract<SessionClientMessage, { type: 'attach' }>): void {
    const refusal = otherVersion(PROTOCOL_VERSION, version);
    if (refusal) this.#refuse(refusal);
    else if (this.#attaching) this.#refuse(outOfOrder('This socket is attached already.'));
    else {
      this.#attaching = true;
      this.#attachTo(after).catch((error: unknown) => this.#refuse(refusalOf(error)));
    }
  }

  async #attachTo(after: number | null): Promise<void> {
    const found = await this.#options.find();
    if (this.#closed) return;
    this.#seat = found.session.audience.attach(this.#options.socket, after);
    this.#found = found;
  }

  #send(message: SessionServerMessage): void {
    this.#options.socket.send(JSON.stringify(message));
  }

  #refuse({ close, code, message }: Refusal): void {
    if (this.#closed) return;
    this.#send({ type: 'error', code, message });
    this.#closed = true;
    this.#options.socket.close(close, code);
  }
}
