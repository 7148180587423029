/** What the agent lets one choose: model, mode, reasoning. For the session from now on, or for the next prompt only. */
import type { AgentOption } from '@porthole/shared/agent-events';
import { createSignal, For, Show } from 'solid-js';
import { cx } from '../ui/class.ts';
import { ChevronDown } from '../ui/icons.ts';
import { Menu, type MenuItem } from '../ui/menu.tsx';

export interface ComposerOptionsProps {
  options: readonly AgentOption[];
  /** For the next prompt, by the option's id. */
  choices: Readonly<Record<string, string>>;
  onChoice: (option: string, value: string | null) => void;
  /** For the session; absent while it cannot be told. */
  onSession?: (option: string, value: string) => void;
  /** There is no session yet: what an earlier one offered, of which nothing is chosen unless one does. */
  beginning?: boolean;
}

export function ComposerOptions(props: ComposerOptionsProps) {
  return (
    <For each={props.options.filter(({ choices }) => choices.length > 1)}>
      {(option) => <Picker option={option} {...props} />}
    </For>
  );
}

function Picker(props: ComposerOptionsProps & { option: AgentOption }) {
  const [once, setOnce] = createSignal(false);
  const chosen = () => props.choices[props.option.id];
  const value = () => chosen() ?? (props.beginning ? null : props.option.value);
  const name = () =>
    props.option.choices.find(({ id }) => id === value())?.name ?? value() ?? props.option.name;
  const onlyNext = () => once() || chosen() !== undefined || !props.onSession;

  function choose(next: string): void {
    const isUsual = !props.beginning && next === props.option.value;
    if (onlyNext()) props.onChoice(props.option.id, isUsual ? null : next);
    else props.onSession?.(props.option.id, next);
  }

  const choices = (): MenuItem[] =>
    props.option.choices.map((choice) => ({
      label: choice.name,
      checked: choice.id === value(),
      onSelect: () => choose(choice.id),
    }));
  const items = (): MenuItem[] => [
    { heading: props.beginning ? `${props.option.name}, for the first prompt` : props.option.name },
    ...(props.beginning ? [asItBegins(), ...choices()] : [...choices(), 'line' as const, nextOnly()]),
  ];
  const asItBegins = (): MenuItem => ({
    label: 'As the agent begins',
    checked: chosen() === undefined,
    onSelect: () => props.onChoice(props.option.id, null),
  });
  const nextOnly = (): MenuItem => ({
    label: 'For the next prompt only',
    checked: onlyNext(),
    disabled: !props.onSession,
    onSelect() {
      const now = !onlyNext();
      setOnce(now);
      if (!now) props.onChoice(props.option.id, null);
    },
  });
  return (
    <Menu
      label={props.option.name}
      side="top"
      items={items}
      trigger={(trigger) => (
        <button
          type="button"
          {...trigger}
          title={props.option.name}
          class={cx(
            'inline-flex h-7 max-w-44 shrink-0 items-center gap-1 rounded-md px-2 text-xs hover:bg-hover touch:h-11',
            chosen() === undefined ? 'text-soft' : 'text-accent',
          )}
        >
          <span class="sr-only">{props.option.name}: </span>
          <span class="truncate">{name()}</span>
          <Show when={chosen() !== undefined && !props.beginning}>
            <span class="shrink-0 opacity-80">once</span>
          </Show>
          <ChevronDown size={12} class="shrink-0 opacity-70" aria-hidden="true" />
        </button>
      )}
    />
  );
}
