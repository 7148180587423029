/**
 * Keeps the mirror of one organisation up to date over `/ws/sync`, and carries presence. Plain: the caller closes it.
 * Invariant: messages are applied one after another, in the order they came; those of an older subscription than the
 * current one change nothing but what is harmless to apply twice.
 */
import {
  type DeviceKind,
  idFromBytes,
  PRESENCE_HEARTBEAT_MS,
  PROTOCOL_VERSION,
  SYNC_FRAME_BYTES,
  type SyncClientMessage,
  SyncServerMessage,
} from '@porthole/shared';
import { makeSocket, type SocketEnvironment, type SocketState } from '../net/socket.ts';
import { gatherRows, type ResetRows } from './apply-feed.ts';
import { BadRowError, decodeRow } from './decode-row.ts';
import { sweepLogs, sweepScreens } from './forget.ts';
import { applyChanges, cursorOf, replaceMirror } from './mirror.ts';

export type PresenceMessage = Extract<SyncServerMessage, { type: `presence_${string}` }>;
export type OwnPresence = Omit<Extract<SyncClientMessage, { type: 'presence' }>, 'type'>;

/** Gaps in a row after which the mirror is fetched whole. */
const GAPS_BEFORE_RESET = 2;

export interface SyncOptions {
  organisationId: string;
  device: DeviceKind;
  onState(state: SocketState): void;
  onLatency(ms: number): void;
  onPresence(message: PresenceMessage): void;
  /** The mirror is as the server's. */
  onCaughtUp(organisationId: string): void;
  onMembershipLost(organisationId: string): void;
  /** The server refused something, or sent what cannot be mirrored; the socket may be closed after it. */
  onProblem(problem: { code: string; message: string }): void;
  /** Another network, for tests. */
  environment?: SocketEnvironment;
}

export interface Sync {
  /** This tab's, among the connections. */
  readonly connectionId: string;
  /** Another organisation, on the same socket. */
  subscribe(organisationId: string): void;
  setPresence(presence: OwnPresence): void;
  reconnect(): void;
  close(): void;
}

export async function makeSync(options: SyncOptions): Promise<Sync> {
  const connection = idFromBytes('connection', crypto.getRandomValues(new Uint8Array(20)));
  let organisationId = options.organisationId;
  let cursor = await cursorOf(organisationId);
  let subscription = 0;
  let presenceReady = false;
  let reset: ResetRows | null = null;
  let gaps = 0;
  let presence: OwnPresence | null = null;
  let closed = false;
  let lost = false;
  let tail: Promise<void> = Promise.resolve();

  const socket = makeSocket({
    url: '/ws/sync',
    schema: SyncServerMessage,
    textLimit: SYNC_FRAME_BYTES,
    hello: subscribeFrame,
    onMessage: receive,
    onState(state) {
      options.onState(state);
      if (state.name === 'open') sendPresence();
    },
    onLatency: options.onLatency,
    ...(options.environment ? { environment: options.environment } : {}),
  });
  const heartbeat = setInterval(sendPresence, PRESENCE_HEARTBEAT_MS);

  function subscribeFrame(): string {
    subscription += 1;
    presenceReady = false;
    return JSON.stringify({
      type: 'subscribe',
      version: PROTOCOL_VERSION,
      organisationId,
      cursor,
      connection,
      device: options.device,
    } satisfies SyncClientMessage);
  }

  function sendPresence(): void {
    if (presence) socket.send(JSON.stringify({ type: 'presence', ...presence } satisfies SyncClientMessage));
  }

  function resubscribe(): void {
    if (socket.send(subscribeFrame())) sendPresence();
  }

  function receive(message: SyncServerMessage): void {
    switch (message.type) {
      case 'presence_sync':
        presenceReady = true;
        options.onPresence(message);
        return;
      case 'presence_update':
      case 'presence_leave':
        // Until the first full answer these are still about the organisation before.
        if (presenceReady) options.onPresence(message);
        return;
      case 'error':
        options.onProblem(message);
        return;
      case 'pong':
        return;
      default: {
        const of = subscription;
        tail = tail.then(() => apply(message, of)).catch(fail);
      }
    }
  }

  type FeedMessage = Extract<SyncServerMessage, { organisationId: string }>;

  async function apply(message: FeedMessage, of: number): Promise<void> {
    if (closed || message.organisationId !== organisationId) return;
    switch (message.type) {
      case 'membership_lost':
        lost = true;
        options.onMembershipLost(message.organisationId);
        return;
      case 'reset':
        reset = new Map();
        return;
      case 'rows':
        if (of === subscription && reset) gatherRows(reset, message, decodeRow);
        return;
      case 'reset_done':
        if (of !== subscription || !reset) return;
        await replaceMirror(message.organisationId, reset, message.cursor);
        reset = null;
        settle(message.organisationId, message.cursor);
        caughtUp(message.organisationId);
        return;
      case 'changes':
        if (await applyChanges(message)) {
          settle(message.organisationId, message.cursor);
          if (message.caughtUp) caughtUp(message.organisationId);
        } else if (of === subscription) await mendGap(message.organisationId);
    }
  }

  function settle(of: string, applied: number): void {
    gaps = 0;
    if (of === organisationId) cursor = Math.max(cursor ?? 0, applied);
  }

  function caughtUp(of: string): void {
    options.onCaughtUp(of);
    void sweepScreens().catch(() => {});
    void sweepLogs().catch(() => {});
  }

  async function mendGap(of: string): Promise<void> {
    gaps += 1;
    const stored = gaps > GAPS_BEFORE_RESET ? null : await cursorOf(of);
    if (closed || of !== organisationId) return;
    cursor = stored;
    resubscribe();
  }

  function fail(fault: unknown): void {
    if (closed) return;
    if (fault instanceof BadRowError) {
      // A server newer than this app: what it has cannot be shown here. Loading the app again brings the newer one.
      close();
      options.onProblem({ code: 'version_mismatch', message: fault.message });
      return;
    }
    const message = fault instanceof Error ? fault.message : String(fault);
    options.onProblem({ code: 'storage_full', message });
  }

  function close(): void {
    closed = true;
    clearInterval(heartbeat);
    socket.close();
  }

  return {
    connectionId: connection,
    subscribe(next) {
      // One that was lost and is back is subscribed to anew.
      if (next === organisationId && !lost) return;
      organisationId = next;
      lost = false;
      reset = null;
      gaps = 0;
      void cursorOf(next).then((stored) => {
        if (closed || next !== organisationId) return;
        cursor = stored;
        resubscribe();
      });
    },
    setPresence(next) {
      presence = next;
      sendPresence();
    },
    reconnect: () => socket.reconnect(),
    close,
  };
}
