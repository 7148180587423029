/**
 * The sockets that are open now, by person: so that signing out, a revoked device or token, and a lost membership
 * end them at once (SE1, FD4). Invariant: at most `MAX_SOCKETS_PER_PERSON`.
 */
import { CloseCode, type ErrorCode } from '@porthole/shared';
import type { Actor } from '../auth/actor.ts';
import type { Bus, Topics } from '../bus/bus.ts';
import { type Disposable, toDisposable } from '../lib/disposable.ts';

export const MAX_SOCKETS_PER_PERSON = 128;

export interface LiveSocket {
  actor: Actor;
  /** `/ws/sync`, or another path's pattern. */
  route: string;
  /**
   * When to look whether the session or token is still good, ms since 1970. At first soon: it may have been revoked
   * while the socket was being made. Then at its end, which requests may have put off.
   */
  checkAt: number;
  close(code: CloseCode, reason: ErrorCode): void;
}

export class LiveSockets {
  readonly #byUser = new Map<string, Set<LiveSocket>>();
  readonly #listening = new Map<string, Disposable>();
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** null: this person has too many. */
  add(socket: LiveSocket): Disposable | null {
    const { userId } = socket.actor;
    const sockets = this.#byUser.get(userId) ?? new Set();
    if (sockets.size >= MAX_SOCKETS_PER_PERSON) return null;
    this.#byUser.set(userId, sockets.add(socket));
    if (!this.#listening.has(userId)) {
      const listening = this.#bus.subscribe('signed_out', userId, (out) => this.#signedOut(userId, out));
      this.#listening.set(userId, listening);
    }
    return toDisposable(() => {
      sockets.delete(socket);
      if (sockets.size > 0 || this.#byUser.get(userId) !== sockets) return;
      this.#byUser.delete(userId);
      this.#listening.get(userId)?.dispose();
      this.#listening.delete(userId);
    });
  }

  #signedOut(userId: string, { what, id }: Topics['signed_out']): void {
    this.closeOf(userId, CloseCode.unauthorized, 'unauthenticated', ({ actor }) => {
      const own = what === 'device' ? actor.deviceId : (actor.token?.id ?? null);
      return own !== null && (id === null || own === id);
    });
  }

  get size(): number {
    let size = 0;
    for (const sockets of this.#byUser.values()) size += sockets.size;
    return size;
  }

  /** How many there are of each path's pattern. */
  byRoute(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const sockets of this.#byUser.values())
      for (const { route } of sockets) counts.set(route, (counts.get(route) ?? 0) + 1);
    return counts;
  }

  /** `which` picks among this person's sockets. */
  closeOf(userId: string, code: CloseCode, reason: ErrorCode, which: (socket: LiveSocket) => boolean): void {
    for (const socket of [...(this.#byUser.get(userId) ?? [])]) if (which(socket)) socket.close(code, reason);
  }

  /** Closes the sockets whose session or token is over. `until`: when that ends, as it is now; null: it is gone. */
  async closeExpired(now: number, until: (actor: Actor) => Promise<number | null>): Promise<void> {
    const all = [...this.#byUser.values()].flatMap((sockets) => [...sockets]);
    for (const socket of all) {
      if (socket.checkAt > now) continue;
      const end = await until(socket.actor);
      if (end !== null && end > now) socket.checkAt = end;
      else socket.close(CloseCode.unauthorized, socket.actor.token ? 'token_expired' : 'unauthenticated');
    }
  }

  closeAll(code: CloseCode, reason: ErrorCode): void {
    for (const userId of [...this.#byUser.keys()]) this.closeOf(userId, code, reason, () => true);
  }
}
