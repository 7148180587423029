/**
 * Carries out what size.ts decides: keeps the owner, watches the lease, and asks for the resize (TR8).
 * Invariant: the PTY is asked to resize only to what the owner's screen fits.
 */
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import { decideSize, NOBODY, nextLook, type SizeEvent, type SizeViewer } from './size.ts';

interface Fitting extends SizeViewer {
  fit: { cols: number; rows: number };
}

export class SizeLease implements Disposable {
  readonly #clock: Clock;
  readonly #viewers: () => Fitting[];
  readonly #resize: (fit: { cols: number; rows: number }) => void;
  readonly #moved: () => void;
  #state = NOBODY;
  #timer: Disposable | null = null;

  /** `moved`: time alone has given the size to another viewer. */
  constructor(
    clock: Clock,
    viewers: () => Fitting[],
    resize: (fit: { cols: number; rows: number }) => void,
    moved: () => void,
  ) {
    this.#clock = clock;
    this.#viewers = viewers;
    this.#resize = resize;
    this.#moved = moved;
  }

  get owner(): string | null {
    return this.#state.owner;
  }

  /** The first viewer gives the size; an owner that comes back may have another by now. */
  attached(viewer: Fitting): void {
    this.#decide({ type: 'attached', id: viewer.id });
    this.fits(viewer);
  }

  /** Answers whether the owner has changed. */
  typed(viewer: Fitting): boolean {
    if (this.#state.owner === viewer.id && this.#state.awaySince === null) return false;
    return this.#decide({ type: 'typed', id: viewer.id });
  }

  taken(viewer: Fitting): boolean {
    return this.#decide({ type: 'take', id: viewer.id });
  }

  /** What would fit this viewer has changed. */
  fits(viewer: Fitting): void {
    if (this.#state.owner === viewer.id && viewer.canWrite) this.#resize(viewer.fit);
  }

  /** Somebody hid, showed, left, or may do other things than before. */
  look(): boolean {
    return this.#decide({ type: 'look' });
  }

  #decide(event: SizeEvent): boolean {
    const viewers = this.#viewers();
    const before = this.#state.owner;
    this.#state = decideSize(this.#state, viewers, event, this.#clock.now());
    this.#watch(viewers);
    const { owner } = this.#state;
    const fit = viewers.find((viewer) => viewer.id === owner)?.fit;
    if ((owner !== before || event.type === 'take') && fit) this.#resize(fit);
    return owner !== before;
  }

  #watch(viewers: Fitting[]): void {
    this.#timer?.dispose();
    const due = nextLook(this.#state, viewers);
    if (due === null) return;
    this.#timer = this.#clock.after(Math.max(1, due - this.#clock.now()), () => {
      if (this.look()) this.#moved();
    });
  }

  dispose(): void {
    this.#timer?.dispose();
  }
}
