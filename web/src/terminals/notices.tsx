/** What stands over the last lines of a terminal: connection, end, what was not sent, questions. */
import type { TerminalEnd } from '@porthole/shared';
import { createEffect, createSignal, Match, on, onCleanup, Show, Switch } from 'solid-js';
import { connectionStatus } from '../net/connection.ts';
import { Kbd } from '../ui/kbd.tsx';
import { Spinner } from '../ui/spinner.tsx';
import type { TerminalControl } from './create-terminal.ts';
import { visibleText } from './input-text.ts';
import { openLink } from './xterm.ts';

/** A reconnection that takes no longer than this is not worth a word. */
const PATIENCE_MS = 600;

export function Notices(props: { control: TerminalControl; online: boolean }) {
  const control = () => props.control;
  return (
    <div class="term-notices" role="status" onMouseDown={(event) => event.preventDefault()}>
      <Show when={noticeText(control().notice())}>{(text) => <div class="term-chip">{text()}</div>}</Show>
      <Show when={control().link()}>
        {(link) => (
          <div class="term-chip" role="dialog" aria-label="Open a link">
            <span>{link().hidden ? 'This text links to' : 'Open'}</span>
            <code class="max-w-[min(60vw,380px)]">{link().url}</code>
            <span class="ml-auto flex gap-1">
              <button
                type="button"
                data-main
                onClick={() => {
                  openLink(link().url);
                  control().setLink(null);
                }}
              >
                Open
              </button>
              <button
                type="button"
                onClick={() => {
                  void navigator.clipboard.writeText(link().url);
                  control().setLink(null);
                }}
              >
                Copy
              </button>
              <button type="button" onClick={() => control().setLink(null)}>
                Cancel
              </button>
            </span>
          </div>
        )}
      </Show>
      <Show when={control().clipboard.offered()}>
        {(text) => (
          <div class="term-chip" role="dialog" aria-label="Clipboard">
            <span>
              A program wants to copy <strong>{text().length.toLocaleString()}</strong> characters
            </span>
            <code class="max-w-56">{visibleText(text(), 60)}</code>
            <span class="ml-auto flex gap-1">
              <button type="button" data-main onClick={() => control().clipboard.answer('once')}>
                Copy
              </button>
              <button type="button" onClick={() => control().clipboard.answer('always')}>
                Always here
              </button>
              <button type="button" onClick={() => control().clipboard.answer('no')}>
                No
              </button>
            </span>
          </div>
        )}
      </Show>
      <Show when={control().unsent()}>
        {(text) => (
          <div class="term-chip" role="alert">
            <span>Not sent</span>
            <code class="max-w-[min(60vw,300px)]">{visibleText(text())}</code>
            <span class="ml-auto flex gap-1">
              <Show when={control().connected() && !control().end()}>
                <button type="button" data-main onClick={() => control().sendUnsent()}>
                  Send now
                </button>
              </Show>
              <button type="button" onClick={() => control().discardUnsent()}>
                Discard
              </button>
            </span>
          </div>
        )}
      </Show>
      <Show when={control().connected() && control().end()} fallback={<Connection {...props} />}>
        {(end) => (
          <div class="term-chip">
            <span>{endText(end())}</span>
            <Show when={control().canWrite()}>
              <button
                type="button"
                data-main
                disabled={control().restarting()}
                onClick={() => void control().restart()}
              >
                {control().restarting() ? 'Restarting…' : 'Restart'}
              </button>
              <span class="text-faint max-sm:hidden">
                or press <Kbd>⏎</Kbd>
              </span>
            </Show>
          </div>
        )}
      </Show>
    </div>
  );
}

function Connection(props: { control: TerminalControl; online: boolean }) {
  const [patient, setPatient] = createSignal(true);
  createEffect(
    on(props.control.connected, (connected) => {
      setPatient(true);
      if (connected) return;
      const timer = setTimeout(() => setPatient(false), PATIENCE_MS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  const status = () =>
    connectionStatus(props.control.socketState(), props.online, props.control.wasCurrent());
  const seen = () => {
    const at = props.control.cachedAt();
    return at === null ? '' : ` This screen is from ${timeText(at)}.`;
  };
  return (
    <Show when={!props.control.connected()}>
      <Switch>
        <Match when={status().name === 'lost'}>
          <button type="button" class="term-chip flex-nowrap" onClick={() => props.control.reconnect()}>
            <i class="size-1.5 rounded-full bg-bad" />
            <strong>Connection lost.</strong> Click to reconnect
          </button>
        </Match>
        <Match when={status().name === 'refused'}>
          <button type="button" class="term-chip flex-nowrap" onClick={() => props.control.reconnect()}>
            <i class="size-1.5 rounded-full bg-bad" />
            <strong>{refusedText(props.control)}</strong> Click to try again
          </button>
        </Match>
        <Match when={status().name === 'offline'}>
          <div class="term-chip flex-nowrap">
            <i class="size-1.5 rounded-full bg-off" />
            <span>
              <strong>Offline.</strong> The terminal goes on running.{seen()}
            </span>
          </div>
        </Match>
        <Match when={status().name === 'reconnecting' && !patient()}>
          <div class="term-chip flex-nowrap">
            <Spinner />
            <span>
              <strong>Reconnecting…</strong> The terminal goes on running.{seen()}
            </span>
          </div>
        </Match>
        <Match when={!patient()}>
          <div class="term-chip flex-nowrap">
            <Spinner />
            <span>Opening the terminal…{seen()}</span>
          </div>
        </Match>
      </Switch>
    </Show>
  );
}

function noticeText(notice: ReturnType<TerminalControl['notice']>): string | null {
  if (notice === null) return null;
  if (typeof notice === 'object') return notice.text;
  switch (notice) {
    case 'view_only':
      return 'View only: your keys are not sent.';
    case 'ended':
      return null;
    case 'too_much':
      return 'That is too much at once, and was not sent.';
    case 'not_connected':
      return null;
  }
}

function endText(end: TerminalEnd): string {
  switch (end.reason) {
    case 'exited':
      if (end.signal) return `Ended by SIG${end.signal}.`;
      return end.exitCode === null || end.exitCode === 0 ? 'Ended.' : `Ended with exit code ${end.exitCode}.`;
    case 'connection_lost':
      return 'Ended: the connection to the machine was lost.';
    case 'proxy_stopped':
      return 'Ended: the server was stopped.';
    case 'proxy_crashed':
      return 'Ended: the server stopped unexpectedly.';
    case 'workspace_stopped':
      return 'Ended: the workspace was stopped.';
    case 'closed':
      return 'Closed.';
  }
}

function refusedText(control: TerminalControl): string {
  const state = control.socketState();
  if (state.name !== 'closed') return 'Not connected.';
  switch (state.code) {
    case 4401:
      return 'Signed out.';
    case 4403:
      return 'You may not open this terminal.';
    case 4404:
      return 'This terminal is gone.';
    case 4426:
      return 'The server is newer: reload the page.';
    default:
      return 'The connection was refused.';
  }
}

const timeText = (at: number): string =>
  new Date(at).toLocaleString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    ...(Date.now() - at > 12 * 3_600_000 ? { day: 'numeric', month: 'short' } : {}),
  });
