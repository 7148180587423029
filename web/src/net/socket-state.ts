/**
 * When a socket connects, waits, gives up and comes back: pure. SPEC.md, TR10.
 *
 *   idle ──start──▶ connecting ──opened──▶ open ──failed, silent──┐
 *                     ▲  ▲  │ failed,                             │
 *                     │  │  │ too slow   ┌────────────────────────┘
 *                     │  │  ▼            ▼
 *                     │  └─ next attempt? ── delay ──▶ waiting ──due, wake, ask──▶ connecting
 *                     │         └── none left ──▶ lost ──wake, ask──▶ connecting
 *                     │
 *                     └── ask ── closed ◀── the peer closed with a code that forbids coming back by itself
 *
 *   stopped: from any state by `stop`, for good.
 *
 * Invariants: only `connecting` and `open` have a socket. A series of attempts starts again only after a connection
 * that lasted `STABLE_MS`, or when somebody or something says that the world has changed (`wake`, `ask`).
 */
import { CloseCode, PING_EVERY_MS, RECONNECT_DELAYS_MS, SOCKET_DEAD_MS } from '@porthole/shared';

/** A connection attempt that has not opened by then has failed. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** After waking up, a socket that does not answer a ping within this is dead: nobody waits for TCP's opinion. */
export const PROBE_MS = 3_000;
/** An attempt already under way when the page wakes up is given this long, since it may hang on the old network. */
export const WAKE_PATIENCE_MS = 1_000;
/** A connection that lasted this long was a good one: the next loss starts a new series of attempts. */
export const STABLE_MS = 5_000;
/** A timer this late means that the machine slept, or that the page was frozen. */
export const LATE_MS = 5_000;

/** Close codes after which only a person (or the app) asks again. */
const FINAL_CODES: ReadonlySet<number> = new Set([
  CloseCode.protocolError,
  CloseCode.unauthorized,
  CloseCode.forbidden,
  CloseCode.notFound,
  CloseCode.versionMismatch,
]);

/** Times are milliseconds of the clock that `step` is called with. `attempt` 0 is the first connection. */
export type SocketState =
  | { name: 'idle' }
  | { name: 'connecting'; attempt: number; since: number }
  | {
      name: 'open';
      attempt: number;
      since: number;
      /** When the next ping is due. */
      pingAt: number;
      /** A ping is unanswered: by then something must have been heard. */
      answerBy: number | null;
    }
  | { name: 'waiting'; attempt: number; until: number }
  | { name: 'lost' }
  | { name: 'closed'; code: number; reason: string }
  | { name: 'stopped' };

export type SocketEvent =
  | { type: 'start' }
  /** A person asks: the button, or a new sign-in. */
  | { type: 'ask' }
  /** The page is visible again, was restored, or the network is back. */
  | { type: 'wake' }
  | { type: 'opened' }
  /** Any frame arrived. */
  | { type: 'heard' }
  | { type: 'failed'; code: number; reason: string }
  /** The time of `deadline(state)` has come. */
  | { type: 'tick' }
  | { type: 'stop' };

/** In order. `drop`: let go of the socket, whose events no longer count. */
export type SocketEffect = 'connect' | 'drop' | 'hello' | 'ping';

export interface SocketStep {
  state: SocketState;
  effects: readonly SocketEffect[];
}

const stay = (state: SocketState): SocketStep => ({ state, effects: [] });

/** When `tick` is due, or null. */
export function deadline(state: SocketState): number | null {
  switch (state.name) {
    case 'connecting':
      return state.since + CONNECT_TIMEOUT_MS;
    case 'open':
      return state.answerBy === null ? state.pingAt : Math.min(state.pingAt, state.answerBy);
    case 'waiting':
      return state.until;
    default:
      return null;
  }
}

export function step(state: SocketState, event: SocketEvent, now: number): SocketStep {
  if (event.type === 'stop') {
    const held = state.name === 'connecting' || state.name === 'open';
    return { state: { name: 'stopped' }, effects: held ? ['drop'] : [] };
  }
  switch (state.name) {
    case 'idle':
      return event.type === 'start' ? connect(0, now) : stay(state);
    case 'connecting':
      return whileConnecting(state, event, now);
    case 'open':
      return whileOpen(state, event, now);
    case 'waiting':
      if (event.type === 'tick') return now >= state.until ? connect(state.attempt, now) : stay(state);
      return event.type === 'wake' || event.type === 'ask' ? connect(1, now) : stay(state);
    case 'lost':
      return event.type === 'wake' || event.type === 'ask' ? connect(1, now) : stay(state);
    case 'closed':
      return event.type === 'ask' ? connect(1, now) : stay(state);
    case 'stopped':
      return stay(state);
  }
}

function connect(attempt: number, now: number): SocketStep {
  return { state: { name: 'connecting', attempt, since: now }, effects: ['connect'] };
}

/** After the failure of `attempt`. */
function retry(attempt: number, now: number): SocketStep {
  const delay = RECONNECT_DELAYS_MS[attempt];
  if (delay === undefined) return stay({ name: 'lost' });
  if (delay === 0) return connect(attempt + 1, now);
  return stay({ name: 'waiting', attempt: attempt + 1, until: now + delay });
}

const dropping = (next: SocketStep): SocketStep => ({
  state: next.state,
  effects: ['drop', ...next.effects],
});

function whileConnecting(
  state: Extract<SocketState, { name: 'connecting' }>,
  event: SocketEvent,
  now: number,
): SocketStep {
  switch (event.type) {
    case 'opened': {
      // The ping at once makes the first echo time known, and an answer that is due.
      const { attempt } = state;
      const opened: SocketState = { name: 'open', attempt, since: now, pingAt: now, answerBy: null };
      const pinged = ping(opened, now, SOCKET_DEAD_MS - PING_EVERY_MS);
      return { state: pinged.state, effects: ['hello', ...pinged.effects] };
    }
    case 'failed':
      return failed(state.attempt, event, now);
    case 'tick':
      if (now < state.since + CONNECT_TIMEOUT_MS) return stay(state);
      return dropping(retry(state.attempt, now));
    case 'wake':
    case 'ask':
      return now - state.since < WAKE_PATIENCE_MS ? stay(state) : dropping(connect(1, now));
    default:
      return stay(state);
  }
}

function whileOpen(
  state: Extract<SocketState, { name: 'open' }>,
  event: SocketEvent,
  now: number,
): SocketStep {
  const attempt = now - state.since >= STABLE_MS ? 0 : state.attempt;
  switch (event.type) {
    case 'heard':
      return state.answerBy === null ? stay(state) : stay({ ...state, answerBy: null });
    case 'failed':
      return failed(attempt, event, now);
    case 'wake':
    case 'ask':
      return ping(state, now, PROBE_MS);
    case 'tick':
      // A page whose timers are throttled pings late; only a ping without an answer is a sign of death.
      if (state.answerBy !== null && now >= state.answerBy) return dropping(retry(attempt, now));
      if (now < state.pingAt) return stay(state);
      return ping(state, now, now - state.pingAt > LATE_MS ? PROBE_MS : SOCKET_DEAD_MS - PING_EVERY_MS);
    default:
      return stay(state);
  }
}

/** An answer that is due earlier stays due. */
function ping(state: Extract<SocketState, { name: 'open' }>, now: number, within: number): SocketStep {
  const answerBy = Math.min(state.answerBy ?? Number.POSITIVE_INFINITY, now + within);
  return { state: { ...state, pingAt: now + PING_EVERY_MS, answerBy }, effects: ['ping'] };
}

function failed(attempt: number, event: { code: number; reason: string }, now: number): SocketStep {
  if (FINAL_CODES.has(event.code)) return stay({ name: 'closed', code: event.code, reason: event.reason });
  return retry(attempt, now);
}
