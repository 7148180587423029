/**
 * The object that `@xterm/addon-attach` takes for a WebSocket (TR11). Behind it: resume at what is parsed (TR3),
 * acknowledgement (TR4), sizes at their place in the output (TR8), reconnection (TR10). Input is TypedInput's (TR9).
 *
 * Invariant: addon-attach writes each frame into the emulator's queue while `message` is dispatched, and that queue
 * is first in, first out. So a callback queued right after (`afterParsed`) runs exactly when that frame, and nothing
 * after it, has been parsed: acknowledgements, sizes and resets all ride that one queue.
 */
import {
  type DeviceKind,
  type Place,
  PROTOCOL_VERSION,
  type TerminalAttach,
  type TerminalClientMessage,
  type TerminalEnd,
  TerminalServerMessage,
  type TerminalViewer,
} from '@porthole/shared';
import { makeSocket, type Socket, type SocketEnvironment, type SocketState } from '../net/socket.ts';
import { Acknowledgement } from './acknowledgement.ts';
import { EchoTime } from './echo-time.ts';
import { type OutputAction, OutputStream } from './output-stream.ts';
import { type Refusal, TypedInput } from './typed-input.ts';

export type Colours = NonNullable<TerminalAttach['colours']>;

/** What of the emulator this needs. */
export interface ParsedTerminal {
  /** Runs once everything handed over before has been parsed, and before anything handed over after. */
  afterParsed(run: () => void): void;
  resize(cols: number, rows: number): void;
  /** Keeps what is drawn as it is while a snapshot is parsed. In no control sequence: those may be half-received. */
  hold?(held: boolean): void;
}

export interface AttachSocketOptions extends ParsedTerminal {
  url: string;
  viewer: string;
  device: DeviceKind;
  visible: boolean;
  /** The grid that would fit this screen. */
  fit: { cols: number; rows: number };
  colours?: Colours;
  environment?: SocketEnvironment;

  onState?: (state: SocketState) => void;
  /** The screen is about to be brought up to date. */
  onAttached?: (mode: 'exact' | 'snapshot') => void;
  /** The screen shows all that this viewer has been sent up to the end of a snapshot or an exact attach. */
  onCurrent?: () => void;
  onViewers?: (viewers: TerminalViewer[]) => void;
  onAccess?: (canWrite: boolean) => void;
  onEnd?: (end: TerminalEnd | null) => void;
  /** Typed, and not given to the PTY. Empty: nothing is. */
  onUnsent?: (text: string) => void;
  onRefused?: (why: Refusal) => void;
  onError?: (code: string, message: string) => void;
  /** True while the emulator says something that nobody typed (TR7). */
  answering?: () => boolean;
  /** Changes typed text before it counts as sent: sticky modifiers. */
  onInput?: (text: string) => string;
  /** Milliseconds from a key to the first output after it, on a quiet terminal; or of a ping. */
  onEcho?: (ms: number) => void;
}

/** CAN ends a half-received control string without running it; RIS resets parser and screen. */
const RESET = new TextEncoder().encode('\x18\x1bc') as Uint8Array<ArrayBuffer>;

const OPEN = 1;
const CLOSED = 3;

export class AttachSocket extends EventTarget {
  /** Written by addon-attach; frames are array buffers whatever it says. */
  binaryType = 'arraybuffer';
  readonly #options: AttachSocketOptions;
  readonly #socket: Socket;
  readonly #output = new OutputStream();
  readonly #input: TypedInput;
  readonly #echo = new EchoTime();
  readonly #now: () => number;
  #closed = false;

  /** A new one with every reset: what was queued for an earlier screen no longer counts. */
  #screen = 0;
  /** What the emulator has parsed; null while the screen cannot be resumed from. */
  #parsed: Place | null = null;
  #askedFor: Place | null = null;
  #attached = false;
  readonly #acks = new Acknowledgement();

  #fit: { cols: number; rows: number };
  #visible: boolean;
  #colours: Colours | undefined;

  constructor(options: AttachSocketOptions) {
    super();
    this.#options = options;
    this.#fit = options.fit;
    this.#visible = options.visible;
    this.#colours = options.colours;
    this.#now = options.environment ? () => options.environment?.now() ?? 0 : () => performance.now();
    this.#input = new TypedInput({
      send: (frame) => {
        this.#echo.typed(this.#now());
        this.#socket.send(frame);
      },
      now: this.#now,
      onDoubt: () => this.#socket.reconnect(),
      onUnsent: options.onUnsent,
      onRefused: options.onRefused,
    });
    const environment = options.environment;
    this.#socket = makeSocket({
      url: options.url,
      schema: TerminalServerMessage,
      hello: () => this.#hello(),
      onMessage: (message) => this.#message(message),
      onBytes: (bytes) => this.#run(this.#output.bytes(bytes)),
      onState: (state) => this.#state(state),
      onLatency: (ms) => options.onEcho?.(ms),
      ...(environment ? { environment } : {}),
    });
  }

  // ── what addon-attach uses ──

  /** Always open to addon-attach: it throws, or stops for ever, on anything else. */
  get readyState(): number {
    return this.#closed ? CLOSED : OPEN;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#options.answering?.()) return;
    this.#input.type(typeof data === 'string' ? (this.#options.onInput?.(data) ?? data) : data);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#attached = false;
    this.#socket.close();
    this.dispatchEvent(new Event('close'));
  }

  // ── what the view uses ──

  get state(): SocketState {
    return this.#socket.state;
  }

  /** Known once the proxy has answered. */
  get epoch(): string | null {
    return this.#output.epoch;
  }

  /** The place that the emulator has parsed, to keep with a saved screen. */
  get parsed(): Place | null {
    return this.#parsed;
  }

  reconnect(): void {
    this.#socket.reconnect();
  }

  setFit(cols: number, rows: number): void {
    if (cols === this.#fit.cols && rows === this.#fit.rows) return;
    this.#fit = { cols, rows };
    this.#tell({ type: 'fit', cols, rows });
  }

  takeSize(): void {
    this.#tell({ type: 'take_size' });
  }

  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.#tell({ type: 'visibility', visible });
  }

  setColours(colours: Colours): void {
    this.#colours = colours;
    this.#tell({ type: 'colours', ...colours });
  }

  /** Asks for a new program with `ask`; what is typed meanwhile is for that one. */
  async restartProgram(ask: () => Promise<unknown>): Promise<void> {
    this.#input.expectProgram();
    try {
      await ask();
    } catch (fault) {
      this.#input.noProgram();
      throw fault;
    }
  }

  /** A person has looked at it and wants it typed now. */
  sendUnsent(): void {
    this.#input.sendUnsent();
  }

  discardUnsent(): void {
    this.#input.discardUnsent();
  }

  // ── the connection ──

  #hello(): string {
    this.#askedFor = this.#parsed;
    const { viewer, device } = this.#options;
    return JSON.stringify({
      type: 'attach',
      version: PROTOCOL_VERSION,
      viewer,
      resume: this.#askedFor,
      ...this.#fit,
      visible: this.#visible,
      device,
      ...(this.#colours ? { colours: this.#colours } : {}),
    } satisfies TerminalAttach);
  }

  #state(state: SocketState): void {
    if (state.name !== 'open') {
      this.#attached = false;
      this.#echo.forget();
      this.#input.disconnected();
    }
    this.#options.onState?.(state);
  }

  /** Without a connection nothing is lost: the next hello says how things are then. */
  #tell(message: TerminalClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  #message(message: TerminalServerMessage): void {
    const options = this.#options;
    switch (message.type) {
      case 'attached':
        this.#onAttached(message);
        break;
      case 'resize':
        this.#run(this.#output.resize(message));
        break;
      case 'input_ack':
        this.#input.confirmed(message.inputSeq);
        break;
      case 'viewers':
        options.onViewers?.(message.viewers);
        break;
      case 'access':
        this.#setAccess(message.canWrite);
        break;
      case 'ended':
        this.#setEnd(message.end);
        break;
      case 'error':
        if (message.code === 'view_only') options.onRefused?.('view_only');
        else options.onError?.(message.code, message.message);
        break;
      case 'pong':
        break;
    }
  }

  #onAttached(message: Extract<TerminalServerMessage, { type: 'attached' }>): void {
    const first = !this.#attached;
    this.#attached = true;
    if (first) {
      this.#acks.startAt(message.seq);
      this.#input.connected(message.inputSeq);
    } else if (message.epoch !== this.#output.epoch) this.#input.replaced(message.inputSeq);
    this.#options.onAttached?.(message.mode);
    this.#run(this.#output.attached(message, first ? this.#askedFor : null));
    this.#setAccess(message.canWrite);
    this.#setEnd(message.end);
    if (message.mode === 'exact') this.#options.afterParsed(() => this.#options.onCurrent?.());
  }

  #setAccess(canWrite: boolean): void {
    this.#input.setAccess(canWrite);
    this.#options.onAccess?.(canWrite);
  }

  #setEnd(end: TerminalEnd | null): void {
    this.#options.onEnd?.(end);
    this.#input.setEnded(end !== null);
  }

  // ── output ──

  #run(actions: OutputAction[]): void {
    for (const action of actions) {
      switch (action.type) {
        case 'reset':
          this.#screen++;
          this.#parsed = null;
          this.#deliver(RESET);
          this.#options.afterParsed(() => this.#options.hold?.(true));
          break;
        case 'size':
          this.#options.afterParsed(() => this.#options.resize(action.cols, action.rows));
          break;
        case 'write':
          if (action.live) this.#measureEcho();
          this.#deliver(action.bytes);
          if (action.place) this.#onceParsed(action.place, !action.live);
          break;
        case 'at':
          this.#onceParsed(action.place, true);
          break;
        case 'broken':
          this.#parsed = null;
          this.#socket.restart(action.reason);
          return;
      }
    }
  }

  #deliver(bytes: Uint8Array<ArrayBuffer>): void {
    const whole = bytes.byteLength === bytes.buffer.byteLength;
    const data = whole ? bytes.buffer : bytes.slice().buffer;
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  #onceParsed(place: Place, startsScreen: boolean): void {
    const screen = this.#screen;
    this.#options.afterParsed(() => {
      if (startsScreen) this.#options.hold?.(false);
      if (screen !== this.#screen || this.#closed) return;
      this.#parsed = place;
      if (this.#attached && this.#acks.isDue(place.seq, this.#output.received, startsScreen))
        this.#tell({ type: 'ack', seq: place.seq });
      if (startsScreen) this.#options.onCurrent?.();
    });
  }

  #measureEcho(): void {
    const ms = this.#echo.output(this.#now());
    if (ms !== null) this.#options.onEcho?.(ms);
  }
}
