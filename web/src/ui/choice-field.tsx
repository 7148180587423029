import { For, splitProps } from 'solid-js';
import { SelectField } from './field.tsx';

export interface Choice {
  value: string;
  label: string;
  disabled?: boolean;
}

/** A list of which the value is chosen even when its options come later than it. */
export function ChoiceField(
  props: Omit<Parameters<typeof SelectField>[0], 'children' | 'value'> & {
    value: string;
    options: readonly Choice[];
  },
) {
  const [own, rest] = splitProps(props, ['options']);
  return (
    <SelectField {...rest}>
      <For each={own.options}>
        {(one) => (
          <option value={one.value} disabled={one.disabled} selected={one.value === rest.value}>
            {one.label}
          </option>
        )}
      </For>
    </SelectField>
  );
}
