/**
 * A way to one bridge, as the conversation with it sees it: whole lines both ways. Over SSH it is a program's streams,
 * outbound a socket. Invariant: `onEnd` comes once, and no line after it.
 */
import type { AgentFault } from '@porthole/shared/agent-events';
import { type Disposable, Emitter, toDisposable } from '../lib/disposable.ts';

/** Why there is no link, fit for a screen. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly fault: AgentFault;
  /** The machine sleeps, and nobody has asked for it: only a person or its start changes that. */
  readonly asleep: boolean;
  /** Nothing has failed: it is there again in a moment. */
  readonly soon: boolean;

  constructor(
    code: AgentFault['code'],
    message: string,
    details: string | null = null,
    more: { asleep?: boolean; soon?: boolean; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.fault = { code, message, details };
    this.asleep = more.asleep ?? false;
    this.soon = more.soon ?? false;
  }
}

export interface Transport {
  /** One line without its end. False: slow to take it; `onDrain` follows. */
  write(line: string): boolean;
  onDrain(listener: () => void): Disposable;
  onLine(listener: (line: string) => void): Disposable;
  onEnd(listener: (why: LinkError) => void): Disposable;
  /** The other side is made to wait; lines that are here already may still come. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** The listeners of a transport, and the order in which they are called. */
export class TransportEvents {
  readonly line = new Emitter<string>();
  readonly drain = new Emitter<void>();
  readonly #end = new Emitter<LinkError>();
  #ended: LinkError | null = null;

  get ended(): boolean {
    return this.#ended !== null;
  }

  end(why: LinkError): void {
    if (this.#ended) return;
    this.#ended = why;
    this.line.dispose();
    this.drain.dispose();
    this.#end.fire(why);
    this.#end.dispose();
  }

  onEnd(listener: (why: LinkError) => void): Disposable {
    if (!this.#ended) return this.#end.on(listener);
    listener(this.#ended);
    return toDisposable(() => {});
  }
}
