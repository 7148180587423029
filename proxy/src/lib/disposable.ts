/** Lifetimes: what is acquired is registered for disposal on the next line. */
export interface Disposable {
  dispose(): void;
}

export const toDisposable = (dispose: () => void): Disposable => {
  let done = false;
  return {
    dispose() {
      if (done) return;
      done = true;
      dispose();
    },
  };
};

/** Disposes its members in reverse order of acquisition. One added after disposal is disposed at once. */
export class DisposableStore implements Disposable {
  #members: Disposable[] = [];
  #disposed = false;

  add<T extends Disposable>(member: T): T {
    if (this.#disposed) member.dispose();
    else this.#members.push(member);
    return member;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const member of this.#members.splice(0).reverse()) member.dispose();
  }
}

/** A list of listeners. A listener added or removed while firing takes effect at the next firing. */
export class Emitter<T> implements Disposable {
  #listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  get size(): number {
    return this.#listeners.size;
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
