/** The organisation, its workspaces, and who this is. */
import { A } from '@solidjs/router';
import Bot from 'lucide-solid/icons/bot';
import { Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { OrganisationSwitcher } from '../orgs/organisation-switcher.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/button.tsx';
import { Keyboard, LogOut, PanelLeft, Plus, Search, Settings } from '../ui/icons.ts';
import { Menu } from '../ui/menu.tsx';
import { WorkspaceList } from '../workspaces/workspace-list.tsx';
import { ConnectionBadge } from './connection-badge.tsx';
import { confirmSignOut } from './sign-out.ts';

export function LeftPane() {
  const { shell } = useApp();
  return (
    <div class="flex h-full min-h-0 flex-col narrow:safe-top">
      <header class="flex h-11 shrink-0 items-center gap-1 pr-2 pl-2 narrow:h-14 narrow:pr-2 narrow:pl-3">
        <OrganisationSwitcher />
        <div class="flex-1" />
        <Show when={shell.narrow()}>
          <IconButton label="Search everything" onClick={() => shell.open({ name: 'palette' })}>
            <Search size={18} />
          </IconButton>
        </Show>
        <IconButton label="Ask an agent" onClick={() => shell.open({ name: 'new-session' })}>
          <Bot size={16} class="narrow:size-5" />
        </IconButton>
        <IconButton label="New workspace" onClick={() => shell.open({ name: 'new-workspace' })}>
          <Plus size={16} class="narrow:size-5" />
        </IconButton>
        <Show when={!shell.narrow()}>
          <IconButton label="Hide this pane" keys={shell.keys('\\')} onClick={shell.panes.left.toggle}>
            <PanelLeft size={15} />
          </IconButton>
        </Show>
      </header>
      <WorkspaceList />
      {/* What does not fit beside a name wraps above it: the name stays whole. */}
      <footer class="flex min-h-11 shrink-0 flex-wrap-reverse items-center gap-x-1 border-t border-line px-2 py-1 narrow:min-h-14 narrow:px-3 narrow:safe-bottom">
        <div class="flex min-w-0 items-center gap-1">
          <Account />
        </div>
        <ConnectionBadge class="ml-auto px-1.5" />
      </footer>
    </div>
  );
}

function Account() {
  const { session, shell } = useApp();
  return (
    <Show when={session.me()}>
      {(me) => (
        <>
          <Menu
            label="Your account"
            side="top"
            trigger={(props) => (
              <button
                type="button"
                {...props}
                class="flex h-8 min-w-0 items-center gap-2 rounded-md px-1.5 hover:bg-hover touch:h-11"
              >
                <Avatar id={me().user.id} name={me().user.name} size="sm" />
                <span class="sr-only">Your account: </span>
                <span class="truncate text-sm">{me().user.name}</span>
              </button>
            )}
            items={() => [
              { heading: me().user.email },
              {
                label: 'Keys',
                icon: <Keyboard size={14} />,
                aside: '?',
                onSelect: () => shell.open({ name: 'keys' }),
              },
              'line',
              { label: 'Sign out', icon: <LogOut size={14} />, onSelect: () => confirmSignOut(session) },
            ]}
          />
          <A
            href="/settings"
            aria-label="Settings"
            title="Settings"
            class="inline-grid size-7 place-items-center rounded-md text-soft hover:bg-hover hover:text-ink touch:size-11"
          >
            <Settings size={15} class="narrow:size-[18px]" />
          </A>
        </>
      )}
    </Show>
  );
}
