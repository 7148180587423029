/**
 * Input on its way to a PTY. Node's own stream may not be used for it: it takes a PTY's master for a terminal that
 * writes may wait for, and while a program does not read, it tries again and again and nothing else runs.
 * Invariants: bytes keep their order; nothing waits for a program that does not read; after `dispose` the descriptor,
 * whose number may soon be another's, is not touched.
 */
import { writeSync } from 'node:fs';
import type { Disposable } from '../../lib/disposable.ts';

/** Waiting for the program to read, before the sender is asked to wait as well. Bytes. */
const HIGH_BYTES = 64 * 1024;

/** A kernel's buffer holds some 4 KB; there is no event for "it has room again". Doubles while it has not. */
const RETRY_MS = 1;
const MAX_RETRY_MS = 20;

export class PtyInput implements Disposable {
  readonly #fd: number;
  readonly #onDrain: () => void;
  #waiting: Buffer[] = [];
  #size = 0;
  #full = false;
  #timer: NodeJS.Timeout | null = null;
  #retryMs = RETRY_MS;
  #disposed = false;

  /** `fd` does not block. */
  constructor(fd: number, onDrain: () => void) {
    this.#fd = fd;
    this.#onDrain = onDrain;
  }

  /** False: wait for `onDrain` before the next. */
  write(data: Buffer): boolean {
    if (this.#disposed) return true;
    this.#waiting.push(data);
    this.#size += data.length;
    if (this.#timer === null) this.#flush();
    this.#full = this.#size > HIGH_BYTES;
    return !this.#full;
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting = [];
    this.#size = 0;
    // Its end is to be heard.
    if (this.#full) this.#onDrain();
    this.#full = false;
  }

  #flush(): void {
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0] as Buffer;
      const written = this.#try(first);
      this.#size -= written;
      if (written > 0) this.#retryMs = RETRY_MS;
      if (written === first.length) this.#waiting.shift();
      else {
        this.#waiting[0] = first.subarray(written);
        if (written === 0) {
          this.#later();
          return;
        }
      }
    }
    this.#relieve();
  }

  #later(): void {
    this.#relieve();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, this.#retryMs);
    this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
  }

  #relieve(): void {
    if (!this.#full || this.#size > HIGH_BYTES / 2) return;
    this.#full = false;
    this.#onDrain();
  }

  /** Bytes that the kernel has taken. */
  #try(data: Buffer): number {
    try {
      return writeSync(this.#fd, data);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      // Nobody is there to read it any more; the exit follows.
      return data.length;
    }
  }
}
