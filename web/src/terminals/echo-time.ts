/** How long a key takes to its echo: from a key on a quiet terminal to the first output after it. Pure. */

/** Output this recent means that the next output may not be the echo. */
const QUIET_MS = 50;
/** Later than this it is not an echo. */
const ECHO_MS = 2_000;

export class EchoTime {
  #typedAt: number | null = null;
  #outputAt = Number.NEGATIVE_INFINITY;

  typed(now: number): void {
    if (now - this.#outputAt > QUIET_MS) this.#typedAt ??= now;
  }

  /** Milliseconds since the key that this is the echo of; null when it is of none. */
  output(now: number): number | null {
    this.#outputAt = now;
    if (this.#typedAt === null) return null;
    const ms = now - this.#typedAt;
    this.#typedAt = null;
    return ms <= ECHO_MS ? ms : null;
  }

  /** The connection is gone, and with it what was on its way. */
  forget(): void {
    this.#typedAt = null;
  }
}
