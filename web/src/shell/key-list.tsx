import { For } from 'solid-js';
import { useApp } from '../app-context.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { KEY_HELP } from './key-help.ts';

export default function KeyList() {
  const { shell } = useApp();
  return (
    <Dialog open onClose={shell.close} title="Keys" width="md">
      <div class="flex flex-col gap-5">
        <For each={KEY_HELP}>
          {(group) => (
            <section>
              <h3 class="mb-1 text-xs font-medium text-faint">{group.title}</h3>
              <dl>
                <For each={group.keys}>
                  {(keys) => (
                    <div class="flex items-baseline justify-between gap-4 border-b border-line py-1.5 text-sm last:border-0">
                      <dt>{keys.what}</dt>
                      <dd class="flex shrink-0 flex-wrap justify-end gap-1.5">
                        <For each={keys[shell.platform]}>{(one) => <Kbd>{one}</Kbd>}</For>
                      </dd>
                    </div>
                  )}
                </For>
              </dl>
            </section>
          )}
        </For>
        <p class="text-xs text-pretty text-faint">
          {shell.platform === 'mac'
            ? 'Inside a terminal the program gets every key but these: no shell uses ⌘. In a browser’s tab ⌘⇧T belongs to the browser; installed, Porthole gets it.'
            : 'Inside a terminal the program gets Ctrl, so there these need Ctrl+Shift. In a browser’s tab Ctrl+Shift+T belongs to the browser; Alt+Shift+T always works.'}
        </p>
      </div>
    </Dialog>
  );
}
