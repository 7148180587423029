/** The frame of the screens before the app: setting up, signing in, joining. */
import { type JSX, Show } from 'solid-js';
import { createTitle } from '../ui/create-title.ts';
import { PortholeMark } from '../ui/porthole-mark.tsx';

export function Door(props: { title: string; text?: JSX.Element; children: JSX.Element }) {
  createTitle(() => props.title);
  return (
    <main class="pane-scroll h-full safe-x">
      <div class="mx-auto flex min-h-full w-full max-w-[25rem] flex-col justify-center px-5 py-10">
        <PortholeMark class="mb-6 size-10" />
        <h1 class="text-xl font-semibold tracking-tight">{props.title}</h1>
        <Show when={props.text}>
          <p class="mt-1.5 text-sm text-pretty text-soft">{props.text}</p>
        </Show>
        <div class="mt-6">{props.children}</div>
      </div>
    </main>
  );
}
