/** For tests: a network whose every step the test makes itself. Nothing arrives, opens, closes or times out alone. */
import type { Frame, RawSocket, SocketEnvironment } from './socket.ts';

export class FakeRawSocket implements RawSocket {
  binaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  /** What the code under test has sent, in order. */
  readonly sent: Frame[] = [];
  closedWith: { code: number | undefined; reason: string | undefined } | null = null;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  send(frame: Frame): void {
    if (this.readyState !== 1) throw new Error('the socket is not open');
    this.sent.push(typeof frame === 'string' ? frame : frame.slice());
  }

  close(code?: number, reason?: string): void {
    this.readyState = 3;
    this.closedWith ??= { code, reason };
  }

  // What the other side does.
  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  deliver(frame: object | string | Uint8Array): void {
    if (frame instanceof Uint8Array) this.onmessage?.({ data: frame.slice().buffer });
    else this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  fail(code = 1006, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  /** The text frames sent so far, decoded. */
  get messages(): Record<string, unknown>[] {
    return this.sent.filter((frame) => typeof frame === 'string').map((frame) => JSON.parse(frame));
  }
}

export class FakeNetwork implements SocketEnvironment {
  time = 1_000_000;
  readonly sockets: FakeRawSocket[] = [];
  #timers = new Set<{ at: number; run: () => void }>();
  #wakers = new Set<() => void>();
  #doubters = new Set<() => void>();

  /** The newest connection. */
  get socket(): FakeRawSocket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error('nothing has connected yet');
    return last;
  }

  open(url: string): RawSocket {
    const socket = new FakeRawSocket(url);
    this.sockets.push(socket);
    return socket;
  }

  now(): number {
    return this.time;
  }

  /** Whole milliseconds that timers come too early, as browsers' may. Shorter waits are exact. */
  early = 0;

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + (ms > this.early ? ms - this.early : ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  onWake(wake: () => void): () => void {
    this.#wakers.add(wake);
    return () => this.#wakers.delete(wake);
  }

  onDoubt(doubt: () => void): () => void {
    this.#doubters.add(doubt);
    return () => this.#doubters.delete(doubt);
  }

  /** The browser says that the network is gone. */
  doubt(): void {
    for (const doubt of [...this.#doubters]) doubt();
  }

  wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  /** Time passes, and timers run in their order. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = end;
  }

  /** The machine sleeps: time passes, and no timer runs until it wakes. */
  sleep(ms: number): void {
    this.time += ms;
    this.advance(0);
  }

  get idle(): boolean {
    return this.#timers.size === 0 && this.#wakers.size === 0;
  }
}
