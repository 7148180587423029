/**
 * A query of the mirror as a Solid store: it answers again whenever any tab changes what it read. Rows keep their
 * identity across answers (reconcile by id), so that a list updates the cell that changed and nothing else.
 */
import { liveQuery, type Subscription } from 'dexie';
import { type Accessor, createEffect, createSignal, on, onCleanup } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';

export interface Live<T> {
  (): T;
  /** The first answer for this key has come: from here on, empty means empty. */
  ready: Accessor<boolean>;
}

/**
 * `query` is given what `key` says and runs again when that changes. Read signals in `key`, not in `query`:
 * Dexie watches the tables that `query` reads.
 */
export function createLive<K, T>(key: Accessor<K>, query: (key: K) => Promise<T> | T, initial: T): Live<T> {
  const [store, setStore] = createStore<{ value: T }>({ value: initial });
  const [ready, setReady] = createSignal(false);
  createEffect(
    on(key, (value) => {
      // Rows of another key must not be seen under this one, nor outlive what they belong to (FD4).
      if (ready()) setStore('value', reconcile(initial) as never);
      setReady(false);
      const subscription: Subscription = liveQuery(() => query(value)).subscribe({
        next: (answer) => {
          // biome-ignore lint/suspicious/noExplicitAny: reconcile cannot see through the generic value
          setStore('value', reconcile(answer, { key: 'id', merge: false }) as any);
          setReady(true);
        },
        error: () => setReady(true),
      });
      onCleanup(() => subscription.unsubscribe());
    }),
  );
  return Object.assign(() => store.value, { ready });
}
