/** A screen that failed says so and lets the rest go on. Loaded with the app: it must not depend on another file. */
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';

export function Broken(props: { fault: unknown; onRetry: () => void; floating?: boolean }) {
  const details = () =>
    props.fault instanceof Error ? (props.fault.stack ?? props.fault.message) : String(props.fault);
  return (
    <div
      role="alert"
      class={cx(
        'max-w-lg text-sm',
        props.floating
          ? 'fixed inset-x-4 bottom-4 z-50 mx-auto rounded-xl border border-line bg-raised p-4 shadow-pop'
          : 'mx-auto p-6 pt-24',
      )}
    >
      <h2 class="text-base font-semibold">This screen could not be shown</h2>
      <p class="mt-1 text-pretty text-soft">
        Your terminals and their machines are not affected. Reloading usually helps, above all after an
        update.
      </p>
      <div class="mt-3 flex gap-2">
        <Button variant="primary" onClick={() => location.reload()}>
          Reload
        </Button>
        <Button onClick={() => props.onRetry()}>Try again</Button>
      </div>
      <details class="mt-3 text-xs text-faint">
        <summary>Details</summary>
        <pre class="mt-1.5 max-h-56 overflow-auto font-mono whitespace-pre-wrap select-text">{details()}</pre>
      </details>
    </div>
  );
}
