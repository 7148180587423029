import { createSignal } from 'solid-js';
import type { ApiError } from '../net/api-error.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Details } from '../ui/error-box.tsx';
import { CloudOff } from '../ui/icons.ts';

export default function Unreachable(props: { error: ApiError; onRetry: () => Promise<void> }) {
  const [busy, setBusy] = createSignal(false);
  async function retry(): Promise<void> {
    setBusy(true);
    await props.onRetry();
    setBusy(false);
  }
  return (
    <main class="grid h-full place-items-center">
      <EmptyState
        icon={<CloudOff size={20} />}
        title="The server cannot be reached"
        actions={
          <Button variant="primary" busy={busy()} onClick={retry}>
            Try again
          </Button>
        }
      >
        <p>Nobody is signed in on this device yet, so there is nothing to show without the server.</p>
        <Details text={props.error.details ?? props.error.message} />
      </EmptyState>
    </main>
  );
}
