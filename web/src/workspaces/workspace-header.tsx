/** Where one is, who else is here, and the way to the rest. */
import { A } from '@solidjs/router';
import { createMemo, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { PeopleStack } from '../presence/people.tsx';
import { ConnectionBadge } from '../shell/connection-badge.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { copyText } from '../ui/copy-button.tsx';
import { ChevronLeft, Ellipsis, GitBranch, Link, PanelLeft, PanelRight } from '../ui/icons.ts';
import { later } from '../ui/later.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { showToast } from '../ui/toast.ts';
import { useWorkspaceView } from './create-workspace-view.ts';
import { currentStep, statusView, viewOfWorkspace } from './status.ts';

const Dialogs = later(() => import('./workspace-dialogs.tsx'));

export function WorkspaceHeader() {
  const { mirror, session, shell } = useApp();
  const view = useWorkspaceView();
  const workspace = () => view.workspace();
  const status = () => viewOfWorkspace(workspace(), mirror.terminals());
  const repository = createMemo(() =>
    mirror.repositories().find(({ id }) => id === workspace().repositoryId),
  );
  return (
    <header class="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3 narrow:safe-top narrow:h-auto narrow:min-h-13 narrow:gap-1 narrow:border-b-0 narrow:px-1">
      <Show when={shell.narrow()}>
        <A
          href="/"
          aria-label="Back to the workspaces"
          class="grid size-11 shrink-0 place-items-center rounded-md text-soft"
        >
          <ChevronLeft size={22} />
        </A>
      </Show>
      <Show when={!shell.narrow() && !shell.panes.left.open()}>
        <IconButton
          label="Show the left pane"
          keys={shell.keys('\\')}
          onClick={shell.panes.left.toggle}
          class="-ml-1"
        >
          <PanelLeft size={15} />
        </IconButton>
      </Show>
      <div class="flex min-w-0 flex-1 items-center gap-2">
        <StatusDot tone={status().tone} label={status().label} />
        <div class="flex min-w-0 items-baseline gap-2 narrow:flex-col narrow:gap-0">
          <h1 class="max-w-full truncate text-sm font-semibold narrow:text-base narrow:leading-5">
            <Show when={!shell.narrow() && repository()}>
              {(found) => (
                <>
                  <span class="font-normal text-soft">{found().name}</span>
                  <span class="px-1.5 font-normal text-faint">/</span>
                </>
              )}
            </Show>
            {workspace().name}
          </h1>
          <Show when={status().label !== statusView('running').label} fallback={<Branch />}>
            <span class="truncate text-xs text-soft">
              {(workspace().status === 'provisioning' && currentStep(workspace().steps)) || status().label}
            </span>
          </Show>
        </div>
      </div>
      {/* The left pane says it otherwise; and when all is well the terminal does. */}
      <Show when={shell.narrow() || !shell.panes.left.open()}>
        <ConnectionBadge quiet compact={shell.narrow()} class="narrow:mx-1" />
      </Show>
      <PeopleStack people={view.people()} selfId={session.me()?.user.id ?? ''} max={shell.narrow() ? 2 : 5} />
      <Show
        when={!shell.narrow()}
        fallback={
          <IconButton label="Details and actions" onClick={() => view.showDetails(true)}>
            <Ellipsis size={20} />
          </IconButton>
        }
      >
        <Button size="sm" variant="ghost" icon={<Link size={13} />} onClick={share} class="ml-1">
          Share
        </Button>
        <IconButton
          label={shell.panes.right.open() ? 'Hide the details' : 'Show the details'}
          keys={shell.keys('.')}
          pressed={shell.panes.right.open()}
          onClick={shell.panes.right.toggle}
        >
          <PanelRight size={15} />
        </IconButton>
      </Show>
      <Show when={view.dialog()}>
        <Dialogs />
      </Show>
    </header>
  );

  function Branch() {
    return (
      <Show when={workspace().repositoryId && workspace().branch !== workspace().name}>
        <span class="flex max-w-full min-w-0 items-center gap-1 text-xs text-faint">
          <GitBranch size={11} class="shrink-0" aria-hidden="true" />
          <span class="truncate">{workspace().branch}</span>
        </span>
      </Show>
    );
  }
}

/** The address is the invitation: whoever is a member opens the same place with it. */
export async function share(): Promise<void> {
  const url = `${location.origin}${location.pathname}`;
  const shared = matchMedia('(pointer: coarse)').matches && 'share' in navigator;
  if (shared) {
    await navigator.share({ url, title: document.title }).catch(() => {});
    return;
  }
  const copied = await copyText(url);
  showToast({
    tone: copied ? 'good' : 'plain',
    title: copied ? 'Link copied' : 'Copy the address from the address bar',
    text: 'Members of this organisation open exactly this place with it.',
  });
}
