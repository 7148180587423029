/** A running workspace whose machine does not answer: why, and to try it now. */
import { createSignal, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { Details } from '../ui/error-box.tsx';
import { RefreshCw } from '../ui/icons.ts';
import { tryToReach } from './actions.ts';
import { useWorkspaceView } from './create-workspace-view.ts';

/** Nothing while it is reached. Since when says the status, in the header and the details. `bar`: across the terminals. */
export function NotReached(props: { bar?: boolean }) {
  const view = useWorkspaceView();
  const why = () => (view.workspace().status === 'running' ? view.workspace().unreachable : null);
  return (
    <Show when={why()}>
      {(error) => (
        <div
          role={props.bar ? 'status' : undefined}
          class={cx(
            'flex gap-3 bg-bad-wash text-sm',
            props.bar
              ? 'items-center border-b border-bad/30 px-4 py-2'
              : 'mt-3 flex-col items-start rounded-lg border border-bad/30 px-3 py-2.5',
          )}
        >
          <div class={cx('min-w-0 flex-1', !props.bar && 'self-stretch')}>
            <p class="text-pretty break-words text-soft">{error().message}</p>
            <Show when={!props.bar}>
              <Details text={error().details} />
            </Show>
          </div>
          <TryNow />
        </div>
      )}
    </Show>
  );
}

function TryNow() {
  const { sync } = useApp();
  const view = useWorkspaceView();
  const [busy, setBusy] = createSignal(false);
  async function tryNow(): Promise<void> {
    setBusy(true);
    await tryToReach(view.workspace().id);
    setBusy(false);
  }
  return (
    <Button
      size="sm"
      icon={<RefreshCw size={13} />}
      busy={busy()}
      disabled={sync.status().name === 'offline'}
      onClick={() => void tryNow()}
      class="shrink-0"
    >
      Try now
    </Button>
  );
}
