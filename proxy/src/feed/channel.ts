/**
 * `/ws/sync`: the feed of one organisation at a time, and presence (SPEC.md W, FD, PR).
 * Invariants: frames are dealt with one after another; nothing is sent before membership is known; an organisation
 * that does not exist is answered as one that the person does not belong to (SE3).
 */
import {
  CloseCode,
  decodeText,
  PortholeError,
  PROTOCOL_VERSION,
  SyncClientMessage,
  type SyncServerMessage,
} from '@porthole/shared';
import type { MembershipOf } from '../auth/actor.ts';
import { Bucket } from '../lib/bucket.ts';
import type { Clock } from '../lib/clock.ts';
import { DisposableStore } from '../lib/disposable.ts';
import type { Channel, ChannelContext, ChannelHandlers, SocketLike } from '../ws/socket.ts';
import { frame } from './frames.ts';
import { type FeedDeps, FeedSubscription } from './subscription.ts';

type Message<T extends SyncClientMessage['type']> = Extract<SyncClientMessage, { type: T }>;
type Send = (message: SyncServerMessage) => void;

/** What the presence feature offers to this channel. */
export interface PresenceSeat {
  say(said: Pick<Message<'presence'>, 'status' | 'place' | 'typing'>): void;
  dispose(): void;
}
export type JoinPresence = (
  organisationId: string,
  who: { id: string; userId: string; name: string; device: Message<'subscribe'>['device'] },
  send: Send,
) => PresenceSeat;

export interface SyncDeps extends FeedDeps {
  membershipOf: MembershipOf;
  joinPresence: JoinPresence;
  clock: Clock;
}

/** Frames waiting for an earlier one to be dealt with. */
const MAX_WAITING = 64;
/** Presence may change as fast as a person clicks; a burst after waking up is fine. */
const PRESENCE_BURST = 30;
const PRESENCE_PER_SECOND = 5;
/** Each may read all of an organisation's rows. A browser subscribes when it connects, changes organisation, or has a gap. */
const SUBSCRIBE_BURST = 10;
const SUBSCRIBE_PER_SECOND = 1;
/** Frames of any kind; pings have no bound of their own. */
const MAX_PER_SECOND = 100;

export function createSyncChannel(deps: SyncDeps): Channel {
  return (socket, context) => new SyncConnection(deps, socket, context);
}

class SyncConnection implements ChannelHandlers {
  readonly maxPerSecond = MAX_PER_SECOND;
  readonly #deps: SyncDeps;
  readonly #socket: SocketLike;
  readonly #context: ChannelContext;
  readonly #presenceRate: Bucket;
  readonly #subscribeRate: Bucket;
  #waiting = 0;
  #greeted = false;
  #last: Promise<void> = Promise.resolve();
  #seat: PresenceSeat | null = null;
  #subscription = new DisposableStore();
  #closed = false;

  constructor(deps: SyncDeps, socket: SocketLike, context: ChannelContext) {
    this.#deps = deps;
    this.#socket = socket;
    this.#context = context;
    const now = deps.clock.now();
    this.#presenceRate = new Bucket(PRESENCE_BURST, PRESENCE_PER_SECOND, now);
    this.#subscribeRate = new Bucket(SUBSCRIBE_BURST, SUBSCRIBE_PER_SECOND, now);
  }

  onText(text: string): void {
    const decoded = decodeText(SyncClientMessage, text);
    if (!decoded.ok) {
      const code = decoded.code === 'too_large' ? CloseCode.tooMuch : CloseCode.protocolError;
      this.#refuse(code, new PortholeError(decoded.code, decoded.reason));
      return;
    }
    if (decoded.message.type === 'ping') this.#send({ type: 'pong', id: decoded.message.id });
    else this.#enqueue(decoded.message);
  }

  onClose(): void {
    this.#closed = true;
    this.#subscription.dispose();
  }

  #enqueue(message: Message<'subscribe'> | Message<'presence'>): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#refuse(CloseCode.tooMuch, new PortholeError('too_many', 'Too many frames at once.'));
      return;
    }
    this.#waiting += 1;
    this.#last = this.#last
      .then(() => (message.type === 'subscribe' ? this.#subscribe(message) : this.#presence(message)))
      .catch((error: unknown) => this.#fault(error))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #subscribe({
    version,
    organisationId,
    cursor,
    connection,
    device,
  }: Message<'subscribe'>): Promise<void> {
    if (this.#closed) return;
    this.#greeted = true;
    if (version !== PROTOCOL_VERSION) {
      const message = `This server speaks version ${PROTOCOL_VERSION}, the app ${version}. Reload the app.`;
      this.#refuse(CloseCode.versionMismatch, new PortholeError('version_mismatch', message));
      return;
    }
    if (!this.#subscribeRate.take(this.#deps.clock.now())) {
      this.#refuse(CloseCode.tooMuch, new PortholeError('rate_limited', 'Subscribed too often.'));
      return;
    }
    this.#unsubscribe();
    const subscription = this.#subscription;
    const { actor } = this.#context;
    // Heard from before membership is read: a removal in between is not missed.
    subscription.add(
      this.#deps.bus.subscribe('membership_lost', actor.userId, (lost) => {
        if (lost.organisationId === organisationId) this.#loseMembership(organisationId);
      }),
    );
    const membership = await this.#deps.membershipOf(actor, organisationId);
    if (this.#closed || subscription.disposed) return;
    if (!membership) return this.#loseMembership(organisationId);
    const who = { id: connection, userId: actor.userId, name: actor.name, device };
    this.#seat = subscription.add(
      this.#deps.joinPresence(organisationId, who, (message) => this.#send(message)),
    );
    subscription.add(
      new FeedSubscription(this.#deps, this.#socket, organisationId, cursor, (error) => this.#fault(error)),
    );
  }

  async #presence({ status, place, typing }: Message<'presence'>): Promise<void> {
    if (this.#closed) return;
    // A client that has just been told of a lost membership may have sent this before it knew.
    if (!this.#seat && this.#greeted) return;
    if (!this.#seat) {
      const error = new PortholeError('bad_frame', 'The first frame has to be `subscribe`.');
      this.#refuse(CloseCode.protocolError, error);
    } else if (this.#presenceRate.take(this.#deps.clock.now())) this.#seat.say({ status, place, typing });
    else this.#send({ type: 'error', code: 'rate_limited', message: 'Presence changes too fast.' });
  }

  #unsubscribe(): void {
    this.#subscription.dispose();
    this.#subscription = new DisposableStore();
    this.#seat = null;
  }

  #loseMembership(organisationId: string): void {
    this.#unsubscribe();
    // The socket stays: the person may belong to another organisation.
    this.#send({ type: 'membership_lost', organisationId });
  }

  #fault(error: unknown): void {
    if (error instanceof PortholeError) {
      this.#refuse(error.code === 'too_many' ? CloseCode.tooMuch : CloseCode.protocolError, error);
      return;
    }
    this.#context.log.error({ err: error }, 'sync failed');
    this.#send({ type: 'error', code: 'internal', message: 'The server failed. Trying again.' });
    this.#socket.close(CloseCode.goingAway, 'internal');
  }

  #refuse(code: CloseCode, error: PortholeError): void {
    this.#send({ type: 'error', code: error.code, message: error.message });
    this.#socket.close(code, error.code);
  }

  #send(message: SyncServerMessage): void {
    this.#socket.send(frame(message));
  }
}
