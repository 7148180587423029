/** Something asked of the server once, and again on demand: what came, or why nothing did. Never suspends, never throws. */
import { type Accessor, createEffect, createSignal, on } from 'solid-js';
import { ApiError } from './api-error.ts';

export interface Request<T> {
  data: Accessor<T | undefined>;
  error: Accessor<ApiError | null>;
  loading: Accessor<boolean>;
  reload: () => Promise<void>;
  /** What a change has answered, without asking again. */
  set: (data: T) => void;
}

/** Asked anew when `key` changes; not at all while it is null. */
export function createRequest<K, T>(key: Accessor<K | null>, ask: (key: K) => Promise<T>): Request<T> {
  const [data, setData] = createSignal<T | undefined>();
  const [error, setError] = createSignal<ApiError | null>(null);
  const [loading, setLoading] = createSignal(false);
  let latest = 0;

  async function load(value: K | null): Promise<void> {
    latest += 1;
    const mine = latest;
    if (value === null) return;
    setLoading(true);
    setError(null);
    try {
      const answer = await ask(value);
      if (mine === latest) setData(() => answer);
    } catch (fault) {
      const failure = fault instanceof ApiError ? fault : new ApiError('unexpected', String(fault));
      if (mine === latest) setError(failure);
    }
    if (mine === latest) setLoading(false);
  }

  createEffect(
    on(key, (value) => {
      setData(undefined);
      void load(value);
    }),
  );
  return { data, error, loading, reload: () => load(key()), set: (value) => setData(() => value) };
}
