/** When the proxy is told how much is parsed (TR4): often enough for its credit, seldom enough for a flood. Pure. */
import { ACK_EVERY_BYTES } from '@porthole/shared';

export class Acknowledgement {
  #told = 0;

  /** A new connection, which has counted up to `seq`. */
  startAt(seq: number): void {
    this.#told = seq;
  }

  /** Parsed up to `seq`, of `received` in all. True: tell it now. */
  isDue(seq: number, received: number, atOnce: boolean): boolean {
    if (!atOnce && (seq <= this.#told || (seq !== received && seq - this.#told < ACK_EVERY_BYTES)))
      return false;
    this.#told = seq;
    return true;
  }
}
