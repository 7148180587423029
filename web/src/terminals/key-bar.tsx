/**
 * The keys a phone's keyboard lacks, above it. Swiping along it shows more; holding an arrow repeats it.
 * Invariant: touching it never takes the focus, or the keyboard would go.
 */
import Settings2 from 'lucide-solid/icons/settings-2';
import { createSignal, For, onCleanup } from 'solid-js';
import { Keyboard } from '../ui/icons.ts';
import { BAR_KEYS, type BarKey, isModifier, KEY_NAMES, repeats } from './bar-keys.ts';
import type { StickyControl } from './create-sticky.ts';

const REPEAT_AFTER_MS = 400;
const REPEAT_EVERY_MS = 55;
/** A finger that moved further is swiping along the bar. */
const SWIPE_PX = 10;

export interface KeyBarProps {
  keys: readonly BarKey[];
  sticky: StickyControl;
  composing: boolean;
  onKey: (key: BarKey) => void;
  onComposer: () => void;
  onEdit: () => void;
}

export function KeyBar(props: KeyBarProps) {
  const [pressed, setPressed] = createSignal<BarKey | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  let repeated = false;

  const release = () => {
    clearTimeout(timer);
    setPressed(null);
  };
  onCleanup(() => clearTimeout(timer));

  function press(key: BarKey, event: PointerEvent): void {
    from = { x: event.clientX, y: event.clientY };
    repeated = false;
    setPressed(key);
    if (!repeats(key)) return;
    const again = () => {
      repeated = true;
      props.onKey(key);
      timer = setTimeout(again, REPEAT_EVERY_MS);
    };
    timer = setTimeout(again, REPEAT_AFTER_MS);
  }

  function lift(key: BarKey): void {
    const mine = pressed() === key;
    release();
    if (!mine || repeated) return;
    if (isModifier(key)) props.sticky.tap(key);
    else props.onKey(key);
  }

  const held = (key: BarKey) => (isModifier(key) ? props.sticky.sticky()[key] : 'off');

  return (
    <div class="term-keys" role="toolbar" aria-label="Keys" onMouseDown={(event) => event.preventDefault()}>
      <div class="term-keys-row">
        <For each={props.keys}>
          {(key) => (
            <button
              type="button"
              tabindex={-1}
              class="term-key"
              aria-label={KEY_NAMES[key] ?? BAR_KEYS[key]}
              aria-pressed={isModifier(key) ? held(key) !== 'off' : undefined}
              data-key={key}
              data-pressed={pressed() === key ? '' : undefined}
              data-held={held(key) === 'off' ? undefined : held(key)}
              onPointerDown={(event) => press(key, event)}
              onPointerMove={(event) => {
                if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > SWIPE_PX) release();
              }}
              onPointerCancel={release}
              onPointerUp={() => lift(key)}
              onContextMenu={(event) => event.preventDefault()}
            >
              {BAR_KEYS[key]}
            </button>
          )}
        </For>
        <button
          type="button"
          tabindex={-1}
          class="term-key"
          aria-label="Choose the keys"
          onClick={() => props.onEdit()}
        >
          <Settings2 size={16} class="inline" />
        </button>
      </div>
      <div class="term-keys-side">
        <button
          type="button"
          tabindex={-1}
          class="term-key"
          aria-label="Write a line"
          aria-pressed={props.composing}
          data-held={props.composing ? 'once' : undefined}
          onClick={() => props.onComposer()}
        >
          <Keyboard size={17} class="inline" />
        </button>
      </div>
    </div>
  );
}
