/** The connection, in words and a dot. When it is lost it is the button that brings it back. */
import { CloseCode } from '@porthole/shared/version';
import { Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { type ConnectionStatus, connectionText } from '../net/connection.ts';
import { cx } from '../ui/class.ts';
import { CloudOff, RefreshCw } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';
import { loadNewest } from './updates.ts';

export function ConnectionBadge(props: {
  class?: string;
  /** Nothing while all is well. */
  quiet?: boolean;
  /** Where a name needs the room: only the mark is seen. */
  compact?: boolean;
}) {
  const { session, sync } = useApp();
  const words = () => connectionText(sync.status(), sync.latency());
  const isAsking = () => sync.status().name === 'lost' || sync.status().name === 'refused';
  function ask(): void {
    const status = sync.status();
    if (status.name === 'refused' && status.code === CloseCode.versionMismatch) loadNewest();
    else sync.reconnect();
  }
  return (
    <Show when={session.organisationId() !== null && !(props.quiet && sync.status().name === 'connected')}>
      <Show
        when={isAsking()}
        fallback={
          <span
            role="status"
            title={words()[1]}
            class={cx(
              'inline-flex items-center gap-1.5 text-xs whitespace-nowrap',
              COLOURS[sync.status().name],
              props.class,
            )}
          >
            <Mark status={sync.status()} />
            <span class={cx(props.compact && 'sr-only')}>{words()[0]}</span>
          </span>
        }
      >
        <button
          type="button"
          title={words()[1]}
          onClick={ask}
          class={cx(
            'inline-flex h-7 items-center gap-1.5 rounded-md border border-bad/40 bg-bad-wash px-2 text-xs whitespace-nowrap text-bad touch:h-11 touch:px-3',
            props.class,
          )}
        >
          <RefreshCw size={props.compact ? 16 : 12} aria-hidden="true" />
          <span class={cx(props.compact && 'sr-only')}>{words()[0]}</span>
        </button>
      </Show>
    </Show>
  );
}

const COLOURS: Record<ConnectionStatus['name'], string> = {
  connecting: 'text-faint',
  connected: 'text-faint',
  reconnecting: 'text-busy',
  offline: 'text-busy',
  lost: 'text-bad',
  refused: 'text-bad',
};

function Mark(props: { status: ConnectionStatus }) {
  return (
    <Show
      when={props.status.name === 'offline'}
      fallback={
        <Show when={props.status.name === 'connected'} fallback={<Spinner class="!size-2.5" />}>
          <span class="size-1.5 rounded-full bg-ok" aria-hidden="true" />
        </Show>
      }
    >
      <CloudOff size={13} aria-hidden="true" />
    </Show>
  );
}
