import { type Accessor, createEffect, onCleanup } from 'solid-js';

const APP = 'Porthole';

/** What the browser's tab, its history and the task switcher call this place. */
export function createTitle(title: Accessor<string | null | undefined>): void {
  createEffect(() => {
    const words = title();
    document.title = words ? `${words} · ${APP}` : APP;
  });
  onCleanup(() => {
    document.title = APP;
  });
}
