/**
 * A component whose code comes when it is needed. Used instead of Solid's `lazy`: without Suspense there are no
 * transitions, in which a row that arrives from the mirror while a page is being loaded can leave the old page on
 * screen for good.
 */
import { type Component, createMemo, createSignal, type JSX, onCleanup, Show } from 'solid-js';

// biome-ignore lint/suspicious/noExplicitAny: any component there is
type AnyComponent = Component<any>;

export type Later<C extends AnyComponent> = C & { preload: () => Promise<unknown> };

/** `waiting`: on screen until then. What cannot be loaded is thrown into the nearest ErrorBoundary. */
export function later<C extends AnyComponent>(
  load: () => Promise<{ default: C }>,
  waiting?: () => JSX.Element,
): Later<C> {
  let loaded: C | undefined;
  let loading: Promise<C> | undefined;
  function preload(): Promise<C> {
    loading ??= load().then(
      (module) => {
        loaded = module.default;
        return loaded;
      },
      (fault: unknown) => {
        // Another try may find it: the network was gone, or a new version came in between.
        loading = undefined;
        throw fault;
      },
    );
    return loading;
  }

  function Placeholder(props: Parameters<C>[0]) {
    const [component, setComponent] = createSignal<C | undefined>(loaded);
    const [fault, setFault] = createSignal<{ fault: unknown }>();
    let gone = false;
    onCleanup(() => {
      gone = true;
    });
    if (!loaded) {
      preload().then(
        (found) => gone || setComponent(() => found),
        (reason: unknown) => gone || setFault({ fault: reason }),
      );
    }
    const found = createMemo(() => {
      const failed = fault();
      if (failed) throw failed.fault;
      return component();
    });
    return (
      <Show when={found()} keyed fallback={waiting?.()}>
        {(Loaded) => <Loaded {...props} />}
      </Show>
    );
  }
  return Object.assign(Placeholder as unknown as C, { preload });
}
