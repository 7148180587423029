/** The routes, and the gate before them: set up, sign in, or the app. The address stays while somebody signs in. */
import { Route, Router, useLocation } from '@solidjs/router';
import { createEffect, ErrorBoundary, type JSX, Match, onMount, Switch } from 'solid-js';
import { SessionContext } from './app-context.ts';
import { createSession } from './auth/create-session.ts';
import { AppFrame } from './shell/app-frame.tsx';
import { Broken } from './shell/broken.tsx';
import { Starting } from './shell/starting.tsx';
import { later } from './ui/later.tsx';

const SetUp = later(() => import('./auth/set-up.tsx'));
const SignIn = later(() => import('./auth/sign-in.tsx'));
const Invite = later(() => import('./auth/invite.tsx'));
const Reset = later(() => import('./auth/reset.tsx'));
const Home = later(() => import('./workspaces/home.tsx'));
const WorkspacePage = later(() => import('./workspaces/workspace-page.tsx'));
const SettingsPage = later(() => import('./settings/settings-page.tsx'));
const Unreachable = later(() => import('./shell/unreachable.tsx'));
const NotFound = later(() => import('./shell/not-found.tsx'));

/** One component for all, so that it stays while the terminal or session in the address changes. */
const WORKSPACE_PATHS = ['/w/:workspaceId', '/w/:workspaceId/t/:terminalId', '/w/:workspaceId/s/:sessionId'];

export function App() {
  return (
    <Router root={Gate}>
      <Route path="/" component={Home} />
      <Route path={WORKSPACE_PATHS} component={WorkspacePage} />
      <Route path="/settings/:section?" component={SettingsPage} />
      <Route path="/sign-in" component={Home} />
      <Route path="/setup" component={Home} />
      <Route path="/invite" component={Home} />
      <Route path="/reset" component={Home} />
      <Route path="*" component={NotFound} />
    </Router>
  );
}

/** The list comes first; then, while nothing else happens, what is opened from it. */
const AFTERWARDS_MS = 1_500;
let scheduled = false;
function afterwards(): void {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    WorkspacePage.preload()
      .then(() => import('./terminals/index.ts'))
      // When files cannot be had any more, it is what says so.
      .then(() => import('./ui/toaster.tsx'))
      .catch(() => {});
  }, AFTERWARDS_MS);
}

function Gate(props: { children?: JSX.Element }) {
  const session = createSession();
  const location = useLocation();
  onMount(() => void session.start());
  createEffect(() => {
    if (session.me()) afterwards();
  });
  const state = () => session.state();
  const out = () => {
    const now = state();
    return now.name === 'signed-out' ? now : null;
  };
  const unreachable = () => {
    const now = state();
    return now.name === 'unreachable' ? now : null;
  };
  return (
    <SessionContext.Provider value={session}>
      <ErrorBoundary fallback={(fault, again) => <Broken fault={fault} onRetry={again} />}>
        <Switch fallback={<Starting />}>
          <Match when={location.pathname === '/invite' && (state().name === 'signed-in' || out())}>
            <Invite />
          </Match>
          <Match when={location.pathname === '/reset' && (state().name === 'signed-in' || out())}>
            <Reset />
          </Match>
          <Match when={state().name === 'signed-in'}>
            <AppFrame>{props.children}</AppFrame>
          </Match>
          <Match when={unreachable()}>
            {(now) => <Unreachable error={now().error} onRetry={session.refresh} />}
          </Match>
          <Match when={out()?.needsSetup || (out() && location.pathname === '/setup')}>
            <SetUp />
          </Match>
          <Match when={out()}>
            <SignIn />
          </Match>
        </Switch>
      </ErrorBoundary>
    </SessionContext.Provider>
  );
}
