/**
 * A WebSocket that comes back (TR10): reconnects, pings, finds dead connections and measures the round trip.
 * Plain: the caller closes it. Invariants: the hello is the first frame of every connection; a message is decoded
 * once, here; nothing is queued, so what `send` refused was not sent.
 */
import { CloseCode, CONTROL_FRAME_BYTES, decodeText } from '@porthole/shared';
import type * as z from 'zod/mini';
import { deadline, type SocketEvent, type SocketState, step } from './socket-state.ts';

export type { SocketState } from './socket-state.ts';

type Message = { type: string };
export type Frame = string | Uint8Array<ArrayBuffer>;

export interface SocketOptions<S extends z.ZodMiniType<Message>> {
  /** A path on this origin (`/ws/sync`), or a whole ws: URL. Asked anew for every connection. */
  url: string | (() => string);
  /** What the peer sends as text. A `pong` is answered for here and goes no further. */
  schema: S;
  /** The first text frame of every connection. */
  hello: () => string;
  onMessage: (message: z.infer<S>) => void;
  onBytes?: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Told on each change of name or attempt; not of pings. */
  onState?: (state: SocketState) => void;
  /** Milliseconds from ping to pong. */
  onLatency?: (ms: number) => void;
  /** The longest text frame accepted, in UTF-16 units. */
  textLimit?: number;
  environment?: SocketEnvironment;
}

export interface Socket {
  readonly state: SocketState;
  /** The last round trip in ms, null before the first. */
  readonly latency: number | null;
  /** Bytes given to the browser that have not left it. */
  readonly bufferedBytes: number;
  /** False: not connected, and not sent. */
  send(frame: Frame): boolean;
  /** Connects now: a person pressed the button, or has signed in again. When connected, makes sure that it is so. */
  reconnect(): void;
  /** Lets go of this connection, which cannot be followed, as if it had failed. */
  restart(reason: string): void;
  /** For good. */
  close(): void;
}

/** What a browser's WebSocket has of use here. */
export interface RawSocket {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(frame: Frame): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
}

export interface SocketEnvironment {
  open(url: string): RawSocket;
  now(): number;
  /** Returns what cancels it. */
  after(ms: number, run: () => void): () => void;
  /** Calls `wake` when the page becomes visible or is restored, or the network is back. Returns what stops it. */
  onWake(wake: () => void): () => void;
  /** Calls `doubt` when the network is said to be gone; no close event need follow. Returns what stops it. */
  onDoubt(doubt: () => void): () => void;
}

const OPEN = 1;
const ABNORMAL_CLOSURE = 1006;

export function makeSocket<S extends z.ZodMiniType<Message>>(options: SocketOptions<S>): Socket {
  const environment = options.environment ?? browserEnvironment;
  let state: SocketState = { name: 'idle' };
  let raw: RawSocket | null = null;
  let cancelTimer = () => {};
  let latency: number | null = null;
  let pingId = 0;
  let pingSentAt = 0;

  function dispatch(event: SocketEvent): void {
    const { state: next, effects } = step(state, event, environment.now());
    const before = state;
    state = next;
    for (const effect of effects) {
      if (effect === 'connect') connect();
      else if (effect === 'drop') drop();
      else if (effect === 'hello') raw?.send(options.hello());
      else ping();
    }
    // An effect may have failed at once and moved on: what it moved to has been told already.
    if (state !== next) return;
    // Browsers' timers may come a fraction early: then the same time is waited for again.
    if (next !== before || event.type === 'tick') setTimer();
    if (next === before) return;
    if (next.name !== 'open' || before.name !== 'open') options.onState?.(next);
  }

  function setTimer(): void {
    cancelTimer();
    const at = deadline(state);
    cancelTimer =
      at === null
        ? () => {}
        : environment.after(Math.max(0, at - environment.now()), () => dispatch({ type: 'tick' }));
  }

  function connect(): void {
    let socket: RawSocket;
    try {
      socket = environment.open(typeof options.url === 'string' ? options.url : options.url());
    } catch (error) {
      dispatch({ type: 'failed', code: ABNORMAL_CLOSURE, reason: String(error) });
      return;
    }
    raw = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => dispatch({ type: 'opened' });
    socket.onmessage = (event) => receive(event.data);
    socket.onclose = (event) => {
      raw = null;
      dispatch({ type: 'failed', code: event.code, reason: event.reason });
    };
  }

  function drop(code = 1000, reason = ''): void {
    const socket = raw;
    if (!socket) return;
    raw = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code, reason);
  }

  function ping(): void {
    pingSentAt = environment.now();
    raw?.send(JSON.stringify({ type: 'ping', id: ++pingId }));
  }

  function receive(data: unknown): void {
    const from = raw;
    dispatch({ type: 'heard' });
    if (typeof data !== 'string') {
      if (data instanceof ArrayBuffer) options.onBytes?.(new Uint8Array(data));
      return;
    }
    const decoded = decodeText(options.schema, data, options.textLimit ?? CONTROL_FRAME_BYTES);
    if (!decoded.ok) {
      if (raw !== from) return;
      drop(CloseCode.protocolError, 'bad_frame');
      dispatch({ type: 'failed', code: CloseCode.protocolError, reason: decoded.reason });
      return;
    }
    if (decoded.message.type === 'pong') pong(decoded.message);
    else options.onMessage(decoded.message);
  }

  function pong(message: Message & { id?: unknown }): void {
    if (message.id !== pingId) return;
    latency = environment.now() - pingSentAt;
    options.onLatency?.(latency);
  }

  const stopWaking = environment.onWake(() => dispatch({ type: 'wake' }));
  // Probes what is open; one that tries to come back would only lose its patience.
  const stopDoubting = environment.onDoubt(() => {
    if (state.name === 'open') dispatch({ type: 'wake' });
  });
  dispatch({ type: 'start' });

  return {
    get state() {
      return state;
    },
    get latency() {
      return latency;
    },
    get bufferedBytes() {
      return raw?.bufferedAmount ?? 0;
    },
    send(frame) {
      if (state.name !== 'open' || raw?.readyState !== OPEN) return false;
      raw.send(frame);
      return true;
    },
    reconnect: () => dispatch({ type: 'ask' }),
    restart(reason) {
      drop();
      dispatch({ type: 'failed', code: ABNORMAL_CLOSURE, reason });
    },
    close() {
      stopWaking();
      stopDoubting();
      dispatch({ type: 'stop' });
    },
  };
}

function afterHere(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

let worker: Worker | null = null;
let lastTimer = 0;
const waiting = new Map<number, () => void>();

function afterInWorker(ms: number, run: () => void): () => void {
  if (!worker) {
    worker = new Worker(new URL('./timer-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<number>) => {
      const due = waiting.get(data);
      waiting.delete(data);
      due?.();
    };
  }
  const id = ++lastTimer;
  waiting.set(id, run);
  worker.postMessage({ id, ms });
  return () => waiting.delete(id);
}

const browserEnvironment: SocketEnvironment = {
  open(url) {
    const whole = new URL(url, location.href);
    whole.protocol = whole.protocol.replace('http', 'ws');
    return new WebSocket(whole) as RawSocket;
  },
  now: () => performance.timeOrigin + performance.now(),
  // Browsers run a hidden page's timers once a minute: too late for the pings that keep a connection.
  after: (ms, run) => (document.hidden ? afterInWorker(ms, run) : afterHere(ms, run)),
  onWake(wake) {
    const stop = new AbortController();
    const { signal } = stop;
    document.addEventListener('visibilitychange', () => document.hidden || wake(), { signal });
    addEventListener('online', wake, { signal });
    addEventListener('pageshow', (event) => event.persisted && wake(), { signal });
    return () => stop.abort();
  },
  onDoubt(doubt) {
    addEventListener('offline', doubt);
    return () => removeEventListener('offline', doubt);
  },
};
