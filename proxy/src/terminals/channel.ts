/**
 * The terminal socket, for one viewer: frames in, checked against the shared schemas and their bounds; frames out.
 *
 * Invariants: nothing reaches the terminal before a valid `attach`; every refusal has a code (W2, W3).
 */
import { decodeText } from '@porthole/shared/envelope';
import type { ErrorCode } from '@porthole/shared/errors';
import {
  type TerminalAttach,
  TerminalClientMessage,
  type TerminalServerMessage,
} from '@porthole/shared/terminal';
import { CloseCode, PROTOCOL_VERSION } from '@porthole/shared/version';
import { badFrame, otherVersion, outOfOrder, type Refusal, refusalOf } from '../ws/refusals.ts';
import type { ChannelHandlers, SocketLike } from '../ws/socket.ts';
import type { Terminal } from './terminal.ts';
import type { Outlet, Person, Viewer } from './viewer.ts';

export interface ChannelOptions {
  socket: SocketLike;
  /** The terminal and who this is in it; throws `PortholeError` when there is none for this person. */
  find: () => Promise<{ terminal: Terminal; person: Person }>;
}

export function terminalChannel({ socket, find }: ChannelOptions): ChannelHandlers {
  return new TerminalChannel(socket, find);
}

class TerminalChannel implements ChannelHandlers, Outlet {
  /** An ack for every 64 KiB at full speed is some 1,500. */
  readonly maxPerSecond = 10_000;
  readonly clientPings = true;
  readonly #socket: SocketLike;
  readonly #find: ChannelOptions['find'];
  #attached: { terminal: Terminal; viewer: Viewer } | null = null;
  #attaching = false;
  /** What came between `attach` and its answer; a client does not wait for it to send the first key. */
  #early: (() => void)[] = [];
  #closed = false;

  constructor(socket: SocketLike, find: ChannelOptions['find']) {
    this.#socket = socket;
    this.#find = find;
  }

  // ── from the viewer ───────────────────────────────────────────────────────

  onText(text: string): void {
    if (this.#closed) return;
    const decoded = decodeText(TerminalClientMessage, text);
    if (decoded.ok) this.#received(decoded.message);
    else this.#refuse(badFrame(decoded));
  }

  #received(message: TerminalClientMessage): void {
    if (message.type === 'attach') this.#attach(message);
    else if (message.type === 'ping') this.message({ type: 'pong', id: message.id });
    else this.#whenAttached((terminal, viewer) => act(message, terminal, viewer));
  }

  onBytes(data: Uint8Array): void {
    if (!this.#closed) this.#whenAttached((terminal, viewer) => terminal.input(viewer, data));
  }

  onClose(): void {
    this.#closed = true;
    this.#early = [];
    const attached = this.#attached;
    this.#attached = null;
    attached?.terminal.detach(attached.viewer);
  }

  #attach(request: TerminalAttach): void {
    const refusal = otherVersion(PROTOCOL_VERSION, request.version);
    if (refusal) this.#refuse(refusal);
    else if (this.#attaching) this.#refuse(outOfOrder('This socket is attached already.'));
    else {
      this.#attaching = true;
      this.#attachTo(request).catch((error: unknown) => this.#refuse(refusalOf(error)));
    }
  }

  async #attachTo(request: TerminalAttach): Promise<void> {
    const { terminal, person } = await this.#find();
    if (this.#closed) return;
    this.#attached = { terminal, viewer: terminal.attach(request, person, this) };
    for (const call of this.#early.splice(0)) call();
  }

  #whenAttached(call: (terminal: Terminal, viewer: Viewer) => void): void {
    const attached = this.#attached;
    if (attached) call(attached.terminal, attached.viewer);
    else if (!this.#attaching) this.#refuse(outOfOrder('The first message is `attach`.'));
    else if (this.#early.length >= MAX_EARLY) this.#refuse(TOO_EARLY);
    else this.#early.push(() => this.#whenAttached(call));
  }

  // ── to the viewer ─────────────────────────────────────────────────────────

  bytes(data: Uint8Array): void {
    this.#socket.sendBytes(data);
  }

  message(message: TerminalServerMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  close(code: CloseCode, reason: ErrorCode): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close(code, reason);
  }

  #refuse({ close, code, message }: Refusal): void {
    if (this.#closed) return;
    this.message({ type: 'error', code, message });
    this.close(close, code);
  }
}

const MAX_EARLY = 256;
const TOO_EARLY: Refusal = {
  ...{ close: CloseCode.tooMuch, code: 'too_many' },
  message: 'Too many messages before the terminal was attached.',
};

type Later = Exclude<TerminalClientMessage, { type: 'attach' } | { type: 'ping' }>;

function act(message: Later, terminal: Terminal, viewer: Viewer): void {
  switch (message.type) {
    case 'ack':
      terminal.ack(viewer, message.seq);
      break;
    case 'fit':
      terminal.fit(viewer, { cols: message.cols, rows: message.rows });
      break;
    case 'take_size':
      terminal.takeSize(viewer);
      break;
    case 'visibility':
      terminal.setVisible(viewer, message.visible);
      break;
    case 'colours': {
      const { foreground, background, cursor } = message;
      terminal.setColours({ foreground, background, cursor });
      break;
    }
  }
}
