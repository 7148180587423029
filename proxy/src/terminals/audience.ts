/**
 * Who is attached to a terminal, as each of them is shown the others.
 *
 * Invariant: after every change of what is shown, everybody is told once.
 */
import { PortholeError } from '@porthole/shared/errors';
import { MAX_VIEWERS_PER_TERMINAL, TYPING_MS } from '@porthole/shared/flow-limits';
import { CloseCode } from '@porthole/shared/version';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { Viewer } from './viewer.ts';

export class Audience implements Disposable {
  readonly #clock: Clock;
  readonly #viewers = new Map<string, Viewer>();
  /** The viewer whose size the PTY has. */
  readonly #sizeOwner: () => string | null;
  #disposed = false;

  constructor(clock: Clock, sizeOwner: () => string | null) {
    this.#clock = clock;
    this.#sizeOwner = sizeOwner;
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** As they are now, and as they change meanwhile. */
  all(): Iterable<Viewer> {
    return this.#viewers.values();
  }

  has(viewer: Viewer): boolean {
    return this.#viewers.get(viewer.id) === viewer;
  }

  /** Throws `conflict` for another person's viewer id, and `too_many`. */
  checkRoom(id: string, userId: string): void {
    const before = this.#viewers.get(id);
    if (before && before.userId !== userId)
      throw new PortholeError('conflict', 'Another person is attached with this viewer id.');
    if (!before && this.#viewers.size >= MAX_VIEWERS_PER_TERMINAL)
      throw new PortholeError('too_many', `At most ${MAX_VIEWERS_PER_TERMINAL} viewers fit one terminal.`);
  }

  /** The newer socket of a tab wins: the older one is dead and does not know it yet. */
  add(viewer: Viewer): void {
    const before = this.#viewers.get(viewer.id);
    this.#viewers.set(viewer.id, viewer);
    before?.outlet.close(CloseCode.protocolError, 'conflict');
  }

  /** Answers whether it was there. */
  remove(viewer: Viewer): boolean {
    return this.has(viewer) && this.#viewers.delete(viewer.id);
  }

  announce(): void {
    if (this.#disposed) return;
    const now = this.#clock.now();
    const owner = this.#sizeOwner();
    const viewers = [...this.all()].map((viewer) => viewer.describe(now, viewer.id === owner));
    for (const viewer of this.all()) viewer.outlet.message({ type: 'viewers', viewers });
  }

  /** Who may type has changed; each viewer that it changes for is told. */
  setAccess(canWrite: (userId: string) => boolean): void {
    for (const viewer of this.all()) {
      const may = !viewer.readOnly && canWrite(viewer.userId);
      if (may === viewer.canWrite) continue;
      viewer.canWrite = may;
      viewer.outlet.message({ type: 'access', canWrite: may });
    }
  }

  /** Shows for a while that this one types. Answers whether that is news, and so has to be announced. */
  typing(viewer: Viewer): boolean {
    const now = this.#clock.now();
    const wasTyping = now < viewer.typingUntil;
    viewer.typingUntil = now + TYPING_MS;
    viewer.activeAt = now;
    if (!wasTyping) this.#watchTyping(viewer);
    return !wasTyping;
  }

  #watchTyping(viewer: Viewer): void {
    this.#clock.after(Math.max(1, viewer.typingUntil - this.#clock.now()), () => {
      if (this.#disposed || !this.has(viewer)) return;
      if (this.#clock.now() < viewer.typingUntil) this.#watchTyping(viewer);
      else this.announce();
    });
  }

  dispose(): void {
    this.#disposed = true;
    for (const viewer of this.all()) viewer.outlet.close(CloseCode.goingAway, 'going_away');
    this.#viewers.clear();
  }
}
