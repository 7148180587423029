/**
 * What viewers type, on its way to the PTY.
 *
 * Invariant: what was counted was given to the PTY, in order and without a hole (TR9): whose input has a hole loses the
 * socket, and learns on coming back what was not sent.
 */
import { INPUT_QUEUE_BYTES } from '@porthole/shared/flow-limits';
import { CloseCode } from '@porthole/shared/version';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { PtyChannel } from '../lib/pty.ts';
import { InputCounts } from './input-counts.ts';
import { isInterrupt } from './input-kinds.ts';
import type { Viewer } from './viewer.ts';

/** How soon a viewer learns what of its input the PTY was given. */
const INPUT_ACK_MS = 50;

export interface InputOptions {
  clock: Clock;
  detach: (viewer: Viewer) => void;
  /** ^C has gone to the PTY. */
  interrupted: () => void;
}

export class Input implements Disposable {
  readonly #options: InputOptions;
  readonly #clock: Clock;
  readonly #counts = new InputCounts();
  #pty: PtyChannel | null = null;
  /** Typed before the PTY was there. */
  #early: { viewer: Viewer; bytes: Uint8Array }[] = [];
  /** Have typed since they were last told what the PTY was given. */
  readonly #unacked = new Set<Viewer>();
  #ackTimer: Disposable | null = null;
  lastAt = 0;

  constructor(options: InputOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** What was typed before goes first. */
  connect(pty: PtyChannel): void {
    this.#pty = pty;
    for (const { viewer, bytes } of this.#early.splice(0)) this.#write(pty, viewer, bytes);
  }

  /** The program has ended: what it was not given is dropped, and those who typed are told what it was. */
  disconnect(): void {
    this.#pty = null;
    this.#early = [];
    this.#ack();
  }

  /** Bytes that the PTY was given of what this viewer has typed, across its reconnects. */
  countOf(viewer: Viewer): number {
    return this.#counts.of(viewer.id, viewer.userId);
  }

  forget(viewer: Viewer): void {
    this.#unacked.delete(viewer);
    this.forgetEarly(viewer);
  }

  /** What is not counted yet is shown as not sent to whoever comes back: it must not be typed as well. */
  forgetEarly({ id }: Viewer): void {
    this.#early = this.#early.filter((each) => each.viewer.id !== id);
  }

  give(viewer: Viewer, bytes: Uint8Array): void {
    if (this.#pty) this.#write(this.#pty, viewer, bytes);
    else this.#writeLater(viewer, bytes);
  }

  #write(pty: PtyChannel, viewer: Viewer, bytes: Uint8Array): void {
    const written = pty.write(bytes);
    if (written === 'gone') {
      viewer.refuse('wrong_state', 'The program in this terminal has ended.');
      return;
    }
    if (written === 'full') {
      this.#drop(viewer, 'The program in this terminal does not read what is typed.');
      return;
    }
    this.lastAt = this.#clock.now();
    this.#counts.add(viewer.id, viewer.userId, bytes.length);
    this.#unacked.add(viewer);
    this.#ackTimer ??= this.#clock.after(INPUT_ACK_MS, () => this.#ack());
    if (isInterrupt(bytes)) this.#options.interrupted();
  }

  /** Not with every key: a frame for each would go before its echo. */
  #ack(): void {
    this.#ackTimer?.dispose();
    this.#ackTimer = null;
    for (const viewer of this.#unacked)
      viewer.outlet.message({ type: 'input_ack', inputSeq: this.countOf(viewer) });
    this.#unacked.clear();
  }

  #writeLater(viewer: Viewer, bytes: Uint8Array): void {
    const waiting = this.#early.reduce((sum, each) => sum + each.bytes.length, 0);
    if (waiting + bytes.length <= INPUT_QUEUE_BYTES) this.#early.push({ viewer, bytes });
    else this.#drop(viewer, 'The terminal is still starting and can take no more input.');
  }

  /** Its input has a hole now: what follows may not be counted as what is missing. */
  #drop(viewer: Viewer, message: string): void {
    viewer.refuse('too_large', message);
    this.#options.detach(viewer);
    viewer.outlet.close(CloseCode.tooMuch, 'too_large');
  }

  dispose(): void {
    this.#ackTimer?.dispose();
  }
}
