import { A } from '@solidjs/router';
import { EmptyState } from '../ui/empty-state.tsx';
import { Info } from '../ui/icons.ts';

export default function NotFound() {
  return (
    <div class="grid h-full place-items-center">
      <EmptyState
        icon={<Info size={20} />}
        title="There is nothing at this address"
        actions={
          <A href="/" class="text-sm text-accent hover:underline touch:py-3">
            To the workspaces
          </A>
        }
      >
        The link may be mistyped, or what it named is gone.
      </EmptyState>
    </div>
  );
}
