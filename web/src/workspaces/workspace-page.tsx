/** One workspace: its terminals as tabs, what is under way, and the details beside it. The address names the tab. */
import type { WorkspaceRow } from '@porthole/shared';
import { useNavigate, useParams } from '@solidjs/router';
import { createEffect, createMemo, createSignal, Match, on, Show, Switch } from 'solid-js';
import { useApp } from '../app-context.ts';
import { db } from '../data/database.ts';
import { api, call } from '../net/api.ts';
import type { ApiError } from '../net/api-error.ts';
import { createRequest } from '../net/create-request.ts';
import { PaneHandle } from '../shell/pane-handle.tsx';
import { Button } from '../ui/button.tsx';
import { createTitle } from '../ui/create-title.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { CloudOff, Info } from '../ui/icons.ts';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { createWorkspaceView, WorkspaceViewContext } from './create-workspace-view.ts';
import { terminalName } from './grouping.ts';
import { WorkspaceDetails } from './workspace-details.tsx';
import { WorkspaceHeader } from './workspace-header.tsx';
import { WorkspaceMain } from './workspace-main.tsx';

export default function WorkspacePage() {
  const params = useParams<{ workspaceId: string }>();
  return (
    <Show when={params.workspaceId} keyed>
      {(id) => <Found id={id} />}
    </Show>
  );
}

function Found(props: { id: string }) {
  const { mirror } = useApp();
  const row = createMemo(() => mirror.workspaces().find(({ id }) => id === props.id));
  // Whether there is one, not which: the views stay while its row changes.
  return (
    <Show when={row() !== undefined} fallback={<Missing id={props.id} ready={mirror.workspaces.ready()} />}>
      <Workspace workspace={row()!} />
    </Show>
  );
}

function Workspace(props: { workspace: WorkspaceRow }) {
  const { shell } = useApp();
  const view = createWorkspaceView(() => props.workspace);
  shell.onCommand(view.onCommand);
  createTitle(() => {
    const terminal = view.active();
    const session = view.sessionTab();
    if (session) return `${view.sessionRow(session)?.title ?? 'New session'} · ${props.workspace.name}`;
    return terminal ? `${terminalName(terminal)} · ${props.workspace.name}` : props.workspace.name;
  });
  const showsDetails = () => (shell.narrow() ? view.detailsOnPhone() : shell.panes.right.open());
  return (
    <WorkspaceViewContext.Provider value={view}>
      <div class="flex h-full min-h-0">
        <div
          class="flex h-full min-w-0 flex-1 flex-col"
          classList={{ hidden: shell.narrow() && showsDetails() }}
        >
          <WorkspaceHeader />
          <WorkspaceMain covered={shell.narrow() && showsDetails()} />
        </div>
        <Show when={showsDetails()}>
          <Show when={!shell.narrow()}>
            <PaneHandle pane={shell.panes.right} side="right" label="Width of the details" />
          </Show>
          <aside
            aria-label="Details"
            class="h-full shrink-0 bg-bg"
            classList={{ 'w-full': shell.narrow(), 'border-l border-line': !shell.narrow() }}
            style={shell.narrow() ? {} : { width: `${shell.panes.right.width()}px` }}
          >
            <WorkspaceDetails />
          </aside>
        </Show>
      </div>
    </WorkspaceViewContext.Provider>
  );
}

/** Not among the rows of the organisation on screen: another one's, not here yet, or nowhere. */
function Missing(props: { id: string; ready: boolean }) {
  const { session, sync } = useApp();
  const navigate = useNavigate();
  const [gone, setGone] = createSignal(false);
  const isMine = (organisationId: string) =>
    session.me()?.organisations.some(({ id }) => id === organisationId) ?? false;
  const asked = createRequest(
    () => (props.ready && sync.caughtUp() ? props.id : null),
    async (workspace) => {
      try {
        const found = await call(api.workspaces[':workspace'].$get({ param: { workspace } }));
        if (isMine(found.organisationId)) session.selectOrganisation(found.organisationId);
        else setGone(true);
      } catch (fault) {
        const { status } = fault as ApiError;
        if (status !== 404 && status !== 400) throw fault;
        setGone(true);
      }
    },
  );
  createEffect(
    on(
      () => props.id,
      async (id) => {
        const stored = await db.workspaces.get(id);
        if (stored && stored.organisationId !== session.organisationId() && isMine(stored.organisationId)) {
          session.selectOrganisation(stored.organisationId);
        }
      },
    ),
  );
  const isOffline = () => ['offline', 'lost', 'refused'].includes(sync.status().name);
  return (
    <Switch fallback={<SkeletonRows rows={6} class="p-6" label="Loading the workspace" />}>
      <Match when={gone() || session.organisationId() === null}>
        <EmptyState
          class="pt-24"
          icon={<Info size={20} />}
          title="This workspace is not here"
          actions={<Button onClick={() => navigate('/')}>To the workspaces</Button>}
        >
          It was deleted, or belongs to an organisation you are not a member of.
        </EmptyState>
      </Match>
      <Match when={asked.error()}>
        {(error) => (
          <div class="mx-auto max-w-lg p-6 pt-16">
            <ErrorBox
              title="The workspace could not be loaded"
              message={error().message}
              details={error().details}
              actions={
                <Button size="sm" onClick={() => void asked.reload()}>
                  Try again
                </Button>
              }
            />
          </div>
        )}
      </Match>
      <Match when={props.ready && isOffline()}>
        <EmptyState
          class="pt-24"
          icon={<CloudOff size={20} />}
          title="Not on this device"
          actions={<Button onClick={() => navigate('/')}>To the workspaces</Button>}
        >
          This device has not seen this workspace yet. It opens as soon as the connection is back.
        </EmptyState>
      </Match>
    </Switch>
  );
}
