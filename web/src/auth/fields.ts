/** A form with what is written into it: each field brings its value, what changes it, and what the server says of it. */
import { createSignal } from 'solid-js';
import { createForm } from './form.ts';

export type FieldForm<V extends Record<string, string> = Record<string, string>> = ReturnType<
  typeof createFields<V>
>;

/** The names are those of the request's fields (`password.new`), so that the server's complaints find theirs. */
export function createFields<V extends Record<string, string>>(initial: V) {
  const form = createForm();
  const [values, setValues] = createSignal(initial);
  /** What was written since the server complained: it may be right by now. */
  const [changed, setChanged] = createSignal<readonly string[]>([]);
  const set = (change: Partial<V>) => setValues((before) => ({ ...before, ...change }));
  return {
    id: form.id,
    busy: form.busy,
    error: form.error,
    submit<T>(work: () => Promise<T>): Promise<T | undefined> {
      setChanged([]);
      return form.submit(work);
    },
    values,
    set,
    clear: () => setValues(() => initial),
    /** Every one of these is not blank. */
    filled: (...names: (keyof V)[]) => names.every((name) => values()[name]?.trim()),
    /** What no field shows. */
    message: () => form.message(...Object.keys(initial)),
    /** For a TextField, a TextArea, a ChoiceField. */
    field: (name: keyof V & string) => ({
      value: values()[name] as string,
      error: changed().includes(name) ? undefined : form.fieldError(name),
      onInput(event: { currentTarget: { value: string } }): void {
        set({ [name]: event.currentTarget.value } as Partial<V>);
        if (!changed().includes(name)) setChanged((before) => [...before, name]);
      },
    }),
    /** For a Segmented. */
    choice: <K extends keyof V & string>(name: K) => ({
      value: values()[name],
      onChange: (value: V[K]) => set({ [name]: value } as unknown as Partial<V>),
    }),
  };
}
