/** What a signed-in person sees: the panes, with the screen of the address in the middle, and the overlays. */
import { useLocation, useNavigate } from '@solidjs/router';
import {
  createEffect,
  createMemo,
  createSignal,
  ErrorBoundary,
  type JSX,
  Match,
  on,
  onCleanup,
  onMount,
  Show,
  Switch,
} from 'solid-js';
import { AppContext, useSession } from '../app-context.ts';
import { createMirror } from '../data/create-mirror.ts';
import { createOwnPresence } from '../presence/create-own-presence.ts';
import { keepColoursApart } from '../ui/avatar.tsx';
import { cx } from '../ui/class.ts';
import { later } from '../ui/later.tsx';
import { toasts } from '../ui/toast.ts';
import { afterPaint } from './after-paint.ts';
import { Broken } from './broken.tsx';
import { createShell } from './create-shell.ts';
import { createSync } from './create-sync.ts';
import { focusOf } from './focus.ts';
import { commandOf } from './keymap.ts';
import { LeftPane } from './left-pane.tsx';
import { PaneHandle } from './pane-handle.tsx';
import { TypedAheadField } from './typed-ahead-field.tsx';
import { offerUpdate } from './updates.ts';

const CommandPalette = later(() => import('./command-palette.tsx'));
const KeyList = later(() => import('./key-list.tsx'));
const NewWorkspace = later(() => import('../workspaces/new-workspace.tsx'));
const NewOrganisation = later(() => import('../orgs/new-organisation.tsx'));
const AskAgent = later(() => import('../agents/ask-agent.tsx'));
const Toaster = later(() => import('../ui/toaster.tsx'));

export function AppFrame(props: { children: JSX.Element }) {
  const session = useSession();
  const location = useLocation();
  const navigate = useNavigate();
  const shell = createShell();
  const mirror = createMirror(session.organisationId);
  const [painted, setPainted] = createSignal(false);
  createEffect(() => {
    if (mirror.workspaces.ready() && mirror.filled.ready()) afterPaint(() => setPainted(true));
  });
  const sync = createSync({
    // After the mirror's first answer: what the device has is on screen before anything is asked for.
    organisationId: () =>
      painted() && mirror.workspaces.ready() && mirror.filled.ready() ? session.organisationId() : null,
    presence: createOwnPresence(() => location.pathname),
    onMembershipLost: (id) => void session.membershipLost(id),
    onUnauthorized: () => void session.refresh(),
    onVersionMismatch: () => offerUpdate('urgent'),
  });
  listenForKeys(shell);
  // The organisation's name and this person's role may have changed while the app was open.
  createEffect(() => {
    if (!sync.caughtUp()) return;
    void session.refresh();
    // What was done without a network goes out now (FD3); after the first list, which does not wait for its code.
    void import('../agents/outbox.ts').then(({ outbox }) => outbox.pump()).catch(() => {});
  });
  createEffect(() => {
    const inOrder = [...mirror.members()].sort((a, b) => a.joinedAt - b.joinedAt || (a.id < b.id ? -1 : 1));
    keepColoursApart(inOrder.map(({ id }) => id));
  });
  // By value: an answer that the mirror has not caught up with must not ask again and again.
  const mirroredRole = createMemo(
    () => mirror.members().find(({ id }) => id === session.me()?.user.id)?.role,
  );
  createEffect(
    on(mirroredRole, (role) => {
      if (role && role !== session.role()) void session.refresh();
    }),
  );

  // The installed app's shortcut.
  onMount(() => {
    if (!new URLSearchParams(location.search).has('new')) return;
    navigate('/', { replace: true });
    shell.open({ name: 'new-workspace' });
  });

  const isFirstScreen = () => location.pathname === '/';
  return (
    <AppContext.Provider value={{ session, mirror, sync, shell }}>
      <div class="flex h-full safe-x">
        <Show when={shell.narrow() ? isFirstScreen() : shell.panes.left.open()}>
          <aside
            aria-label="Workspaces and organisation"
            class={cx('h-full shrink-0 bg-bg', shell.narrow() ? 'w-full' : 'border-r border-line')}
            style={shell.narrow() ? {} : { width: `${shell.panes.left.width()}px` }}
          >
            <LeftPane />
          </aside>
          <Show when={!shell.narrow()}>
            <PaneHandle pane={shell.panes.left} side="left" label="Width of the left pane" />
          </Show>
        </Show>
        <Show when={!(shell.narrow() && isFirstScreen())}>
          <main class="relative h-full min-w-0 flex-1 bg-surface">
            <ErrorBoundary fallback={(fault, again) => <Broken fault={fault} onRetry={again} />}>
              {props.children}
            </ErrorBoundary>
          </main>
        </Show>
      </div>
      <Overlays />
      <Toasts />
    </AppContext.Provider>
  );

  function Overlays() {
    return (
      <ErrorBoundary fallback={(fault, again) => <Broken fault={fault} onRetry={again} floating />}>
        <Switch>
          <Match when={shell.overlay()?.name === 'palette'}>
            <TypedAheadField />
            <CommandPalette />
          </Match>
          <Match when={shell.overlay()?.name === 'keys'}>
            <KeyList />
          </Match>
          <Match when={shell.overlay()?.name === 'new-workspace'}>
            <NewWorkspace />
          </Match>
          <Match when={shell.overlay()?.name === 'new-session'}>
            <AskAgent />
          </Match>
          <Match when={shell.overlay()?.name === 'new-organisation'}>
            <NewOrganisation />
          </Match>
        </Switch>
      </ErrorBoundary>
    );
  }

  /** By itself: what is broken above may be what is to be said. */
  function Toasts() {
    return (
      <ErrorBoundary
        fallback={(_, again) => {
          addEventListener('online', again, { once: true });
          return null;
        }}
      >
        <Show when={toasts().length > 0}>
          <Toaster />
        </Show>
      </ErrorBoundary>
    );
  }
}

/** In the capture phase: a terminal has the focus most of the time, and must not see what is ours. */
function listenForKeys(shell: ReturnType<typeof createShell>): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const command = commandOf(event, shell.platform, focusOf(event.target));
    if (!command) return;
    // With a dialog open only its own keys count.
    if (shell.overlay() && command !== 'palette') return;
    if (!shell.run(command)) return;
    event.preventDefault();
    event.stopPropagation();
  }
  onMount(() => addEventListener('keydown', onKey, { capture: true }));
  onCleanup(() => removeEventListener('keydown', onKey, { capture: true }));
}
