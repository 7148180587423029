import type { JSX } from 'solid-js';

export function Kbd(props: { children: JSX.Element }) {
  return (
    <kbd class="inline-block rounded border border-line bg-sunken px-1.5 font-sans text-[11px] leading-[1.125rem] text-soft">
      {props.children}
    </kbd>
  );
}
