/** A form that sends one request: busy, its error, and what is wrong with which field. */
import { createSignal, createUniqueId } from 'solid-js';
import { ApiError } from '../net/api-error.ts';

export function createForm() {
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<ApiError | null>(null);
  return {
    /** Ties a button elsewhere to the form: `form={form.id}`. */
    id: createUniqueId(),
    busy,
    error,
    setError,
    /** What is wrong with this field, if that is what went wrong. */
    fieldError: (name: string): string | undefined => error()?.fields[name],
    /** For the form as a whole: errors that no field shows. */
    message: (...shown: string[]): string | null => {
      const now = error();
      if (!now) return null;
      return shown.some((name) => name in now.fields) ? null : now.message;
    },
    async submit<T>(work: () => Promise<T>): Promise<T | undefined> {
      if (busy()) return undefined;
      setBusy(true);
      setError(null);
      try {
        return await work();
      } catch (fault) {
        setError(fault instanceof ApiError ? fault : new ApiError('unexpected', String(fault)));
        return undefined;
      } finally {
        setBusy(false);
      }
    },
  };
}
