/** Which keys the bar has, and in what order. Kept on this device. */
import ArrowDown from 'lucide-solid/icons/arrow-down';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import { For } from 'solid-js';
import { Button, IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Plus, X } from '../ui/icons.ts';
import { BAR_KEYS, type BarKey, DEFAULT_BAR, KEY_NAMES } from './bar-keys.ts';
import { prefer, preferences } from './preferences.ts';

export function BarEditor(props: { open: boolean; onClose: () => void }) {
  const bar = () => preferences().bar;
  const rest = () => (Object.keys(BAR_KEYS) as BarKey[]).filter((key) => !bar().includes(key));

  function move(key: BarKey, by: number): void {
    const keys = bar().filter((one) => one !== key);
    keys.splice(Math.max(0, bar().indexOf(key) + by), 0, key);
    prefer({ bar: keys });
  }

  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title="Keys above the keyboard"
      description="On this device. Tap a modifier to hold it for one key, twice to lock it."
      footer={
        <>
          <Button variant="ghost" onClick={() => prefer({ bar: [...DEFAULT_BAR] })}>
            Start over
          </Button>
          <Button variant="primary" onClick={() => props.onClose()}>
            Done
          </Button>
        </>
      }
    >
      <ul class="flex flex-col">
        <For each={bar()}>
          {(key, index) => (
            <li class="flex items-center gap-3 border-b border-line py-1">
              <span class="term-key !h-8 !leading-8">{BAR_KEYS[key]}</span>
              <span class="flex-1 text-sm text-soft">{KEY_NAMES[key] ?? ''}</span>
              <IconButton
                label={`Move ${BAR_KEYS[key]} forward`}
                disabled={index() === 0}
                onClick={() => move(key, -1)}
              >
                <ArrowUp size={16} />
              </IconButton>
              <IconButton
                label={`Move ${BAR_KEYS[key]} back`}
                disabled={index() === bar().length - 1}
                onClick={() => move(key, 1)}
              >
                <ArrowDown size={16} />
              </IconButton>
              <IconButton
                label={`Remove ${BAR_KEYS[key]}`}
                disabled={bar().length === 1}
                onClick={() => prefer({ bar: bar().filter((one) => one !== key) })}
              >
                <X size={16} />
              </IconButton>
            </li>
          )}
        </For>
      </ul>
      <h3 class="pt-4 pb-2 text-sm text-soft">More keys</h3>
      <div class="flex flex-wrap gap-1.5">
        <For each={rest()}>
          {(key) => (
            <button
              type="button"
              class="term-key inline-flex items-center gap-1"
              aria-label={`Add ${KEY_NAMES[key] ?? BAR_KEYS[key]}`}
              onClick={() => prefer({ bar: [...bar(), key] })}
            >
              <Plus size={12} />
              {BAR_KEYS[key]}
            </button>
          )}
        </For>
      </div>
    </Dialog>
  );
}
