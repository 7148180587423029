/** A button with a menu. The menu itself (Kobalte) is loaded when a pointer or the focus comes near. */
import { createSignal, type JSX, Show } from 'solid-js';
import { later } from './later.tsx';

export type MenuItem =
  | {
      label: string;
      icon?: JSX.Element;
      /** On the right: keys, or a word about the state. */
      aside?: JSX.Element;
      checked?: boolean;
      tone?: 'bad';
      disabled?: boolean;
      onSelect: () => void;
    }
  | { heading: string }
  | 'line';

export interface MenuProps {
  /** The button; spread what it is given on it. */
  trigger: (props: TriggerProps) => JSX.Element;
  items: () => readonly MenuItem[];
  label: string;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
}

export interface TriggerProps {
  ref: (element: HTMLElement) => void;
  'aria-haspopup': 'menu';
  'aria-expanded': boolean;
  onClick: () => void;
  onPointerEnter: () => void;
  onFocus: () => void;
}

const Popup = later(() => import('./menu-popup.tsx'));

export function Menu(props: MenuProps) {
  const [open, setOpen] = createSignal(false);
  const [anchor, setAnchor] = createSignal<HTMLElement>();
  const near = () => void Popup.preload().catch(() => {});
  return (
    <>
      {props.trigger({
        ref: setAnchor,
        'aria-haspopup': 'menu',
        get 'aria-expanded'() {
          return open();
        },
        onClick: () => setOpen(true),
        onPointerEnter: near,
        onFocus: near,
      })}
      <Show when={open()}>
        <Popup
          anchor={anchor()}
          items={props.items()}
          label={props.label}
          align={props.align ?? 'start'}
          side={props.side ?? 'bottom'}
          onClose={() => setOpen(false)}
        />
      </Show>
    </>
  );
}
