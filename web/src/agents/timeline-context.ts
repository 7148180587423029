/** What the rows of one timeline share: its props, what is unfolded, and a clock that ticks only while it is read. */
import { type Accessor, createContext, createSignal, onCleanup, useContext } from 'solid-js';
import type { TimelineProps } from './timeline-props.ts';

export interface TimelineScope {
  props: TimelineProps;
  /** Rows come and go while one scrolls; what was unfolded stays so. */
  open: (key: string, otherwise?: boolean) => boolean;
  setOpen: (key: string, open: boolean) => void;
  /** Milliseconds since 1970, once a second. Read it in the smallest place: only that is drawn again. */
  now: Accessor<number>;
  /** Wide enough for two columns of code. */
  wide: Accessor<boolean>;
  nameOf: (person: string | null) => string;
}

const Context = createContext<TimelineScope>();
export const TimelineContext = Context.Provider;

export function useTimeline(): TimelineScope {
  const scope = useContext(Context);
  if (!scope) throw new Error('a row outside of its timeline');
  return scope;
}

export function createFolds(): Pick<TimelineScope, 'open' | 'setOpen'> {
  const folds = new Map<string, ReturnType<typeof createSignal<boolean | undefined>>>();
  const of = (key: string) => {
    const known = folds.get(key) ?? createSignal<boolean | undefined>();
    folds.set(key, known);
    return known;
  };
  return {
    open: (key, otherwise = false) => of(key)[0]() ?? otherwise,
    setOpen: (key, open) => of(key)[1](open),
  };
}

/** One timer for all that counts seconds. */
export function createClock(): Accessor<number> {
  const [now, setNow] = createSignal(Date.now());
  const timer = setInterval(() => setNow(Date.now()), 1_000);
  onCleanup(() => clearInterval(timer));
  return now;
}
