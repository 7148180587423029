/** People as circles: one a person, however many devices; the devices are marks beneath. */
import { For, Show } from 'solid-js';
import { Avatar } from '../ui/avatar.tsx';
import { cx } from '../ui/class.ts';
import { describeDevices, type Person } from './fold.ts';

export function describePerson(person: Person, selfId?: string): string {
  const name = person.userId === selfId ? `${person.name} (you)` : person.name;
  const words = [`${name}, on ${describeDevices(person.devices)}`];
  if (person.typing) words.push('typing');
  else if (person.status === 'idle') words.push('idle');
  return words.join(', ');
}

export function PeopleStack(props: {
  people: readonly Person[];
  max?: number;
  size?: 'sm' | 'md';
  selfId?: string;
}) {
  const max = () => props.max ?? 4;
  const shown = () => props.people.slice(0, max());
  return (
    <ul class="flex items-center" aria-label="Here now">
      <For each={shown()}>
        {(person, index) => (
          <li class={cx('relative', index() > 0 && '-ml-0.5')} title={describePerson(person, props.selfId)}>
            <span class="sr-only">{describePerson(person, props.selfId)}</span>
            <Avatar
              id={person.userId}
              name={person.name}
              idle={person.status === 'idle'}
              size={props.size}
              class="ring-2 ring-surface"
            />
            {/* Beneath the initials, not over them. */}
            <Show when={person.typing}>
              <TypingDots class="absolute -bottom-1.5 left-1/2 !h-2 -translate-x-1/2 rounded-full bg-raised px-[3px] ring-1 ring-line" />
            </Show>
            <Show when={!person.typing && person.devices.length > 1}>
              <span class="absolute -right-1 -bottom-1 grid size-3 place-items-center rounded-full bg-raised text-[8px] leading-none font-semibold text-soft ring-1 ring-line">
                {person.devices.length}
              </span>
            </Show>
          </li>
        )}
      </For>
      <Show when={props.people.length > max()}>
        <li class="pl-1 text-xs text-faint">+{props.people.length - max()}</li>
      </Show>
    </ul>
  );
}

export function TypingDots(props: { class?: string }) {
  return (
    <span class={cx('inline-flex h-3 items-center gap-[2px]', props.class)} aria-hidden="true">
      <For each={[0, 1, 2]}>
        {(index) => (
          <span
            class="size-[3px] animate-[typing_1.1s_infinite] rounded-full bg-accent"
            style={{ 'animation-delay': `${index * 140}ms` }}
          />
        )}
      </For>
    </span>
  );
}
