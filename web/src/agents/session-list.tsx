/** The sessions of a workspace, and above them the place to begin one. The archived ones are found here as well. */
import type { SessionRow, WorkspaceRow } from '@porthole/shared';
import { A } from '@solidjs/router';
import Archive from 'lucide-solid/icons/archive';
import ArchiveRestore from 'lucide-solid/icons/archive-restore';
import { createMemo, createSignal, For, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { relativeTime } from '../settings/time.ts';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { Ellipsis, Pencil, Search } from '../ui/icons.ts';
import { Menu } from '../ui/menu.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { NewSession } from './new-session.tsx';
import { archiveSession, restoreSession } from './session-actions.ts';
import { agentName } from './session-agents.ts';
import { RenameSession } from './session-rename.tsx';
import { archivedSessions, isUnread, openSessions, sessionStatus } from './session-status.ts';

export default function SessionList(props: {
  workspace: WorkspaceRow;
  onBegun: (sessionId: string, workspaceId: string) => void;
}) {
  const { mirror } = useApp();
  const [search, setSearch] = createSignal('');
  const [renaming, setRenaming] = createSignal<SessionRow | null>(null);
  const all = createMemo(() => [
    ...openSessions(mirror.sessions(), props.workspace.id).reverse(),
    ...archivedSessions(mirror.sessions(), props.workspace.id),
  ]);
  const found = createMemo(() => {
    const words = search().toLowerCase().split(/\s+/).filter(Boolean);
    return all().filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
  });
  return (
    <div class="pane-scroll h-full bg-surface">
      <div class="mx-auto w-full max-w-3xl px-4 pt-[min(12vh,6rem)] pb-10 narrow:px-2 narrow:pt-6">
        <h2 class="mb-1 px-1 text-lg font-semibold tracking-tight">Ask an agent</h2>
        <p class="mb-4 px-1 text-sm text-pretty text-soft">
          It works in this workspace’s checkout. Everyone here can follow it, steer it and answer it, from any
          screen.
        </p>
        <NewSession workspace={props.workspace} onBegun={props.onBegun} />
        <Show when={all().length > 0}>
          <div class="mt-8 mb-2 flex items-center gap-3 px-1">
            <h3 class="flex-1 text-xs font-medium text-faint">Sessions</h3>
            <Show when={all().length > 4}>
              <label class="relative block w-52">
                <span class="sr-only">Search sessions</span>
                <Search
                  size={13}
                  class="pointer-events-none absolute top-1/2 left-2 -translate-y-1/2 text-faint"
                  aria-hidden="true"
                />
                <input
                  type="search"
                  placeholder="Search"
                  value={search()}
                  onInput={(event) => setSearch(event.currentTarget.value)}
                  class="h-7 w-full rounded-md bg-hover pl-7 text-sm placeholder:text-faint touch:h-11"
                />
              </label>
            </Show>
          </div>
          <ul class="overflow-hidden rounded-xl border border-line">
            <For
              each={found()}
              fallback={
                <li class="px-4 py-5 text-center text-sm text-faint">Nothing matches “{search()}”.</li>
              }
            >
              {(session) => <Row session={session} onRename={() => setRenaming(session)} />}
            </For>
          </ul>
        </Show>
      </div>
      <Show when={renaming()}>
        {(session) => <RenameSession session={session()} onClose={() => setRenaming(null)} />}
      </Show>
    </div>
  );
}

function Row(props: { session: SessionRow; onRename: () => void }) {
  const { mirror } = useApp();
  const view = () => sessionStatus(props.session.status);
  const archived = () => props.session.archivedAt !== null;
  const maker = () => mirror.members().find(({ id }) => id === props.session.createdBy)?.name ?? '';
  const unread = () =>
    isUnread(props.session, mirror.reads().find(({ sessionId }) => sessionId === props.session.id)?.seq);
  return (
    <li class="flex items-center border-b border-line last:border-0 hover:bg-hover">
      <A
        href={`/w/${props.session.workspaceId}/s/${props.session.id}`}
        class="flex min-h-12 min-w-0 flex-1 items-center gap-3 py-1.5 pl-3.5 text-sm narrow:min-h-14"
      >
        <StatusDot tone={view().tone} label={view().label} />
        <span class={cx('flex min-w-0 flex-1 flex-col', archived() && 'opacity-60')}>
          <span class={cx('truncate', unread() && 'font-semibold')}>{props.session.title}</span>
          <span class="truncate text-xs text-faint">
            {archived() ? 'Archived' : view().label} · {agentName(props.session.agent, mirror.agents())} ·{' '}
            {relativeTime(props.session.activeAt, Date.now())}
          </span>
        </span>
        <Show when={unread()}>
          <span class="size-2 shrink-0 rounded-full bg-accent" role="img" aria-label="Unread" />
        </Show>
        <Avatar id={props.session.createdBy} name={maker()} size="sm" />
      </A>
      <Menu
        label={`Actions for ${props.session.title}`}
        align="end"
        items={() => [
          { label: 'Rename', icon: <Pencil size={14} />, onSelect: props.onRename },
          archived()
            ? {
                label: 'Restore',
                icon: <ArchiveRestore size={14} />,
                onSelect: () => void restoreSession(props.session),
              }
            : {
                label: 'Archive',
                icon: <Archive size={14} />,
                onSelect: () => void archiveSession(props.session),
              },
        ]}
        trigger={(trigger) => (
          <IconButton {...trigger} label={`Actions for ${props.session.title}`} class="mx-1.5">
            <Ellipsis size={15} />
          </IconButton>
        )}
      />
    </li>
  );
}
