/** A session as a tab beside the terminals, and what can be done with the one on screen. */
import Archive from 'lucide-solid/icons/archive';
import ArchiveRestore from 'lucide-solid/icons/archive-restore';
import MessagesSquare from 'lucide-solid/icons/messages-square';
import { createMemo, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { peopleOf } from '../presence/fold.ts';
import { TypingDots } from '../presence/people.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { cx } from '../ui/class.ts';
import { Link, Pencil, Users } from '../ui/icons.ts';
import type { MenuItem } from '../ui/menu.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { NEW_SESSION, type WorkspaceView } from '../workspaces/create-workspace-view.ts';
import { isUnread, sessionStatus } from './session-status.ts';

const NEW_TITLE = 'New session';

export const sessionTitle = (view: WorkspaceView, id: string): string =>
  view.sessionRow(id)?.title ?? NEW_TITLE;

/** Its state, who else is in it, and whether there is something new. */
function createMarks(view: WorkspaceView, id: () => string) {
  const { mirror, session, sync } = useApp();
  const row = () => view.sessionRow(id());
  return {
    row,
    status: createMemo(() => {
      const now = row();
      return now ? sessionStatus(now.status) : null;
    }),
    unread: createMemo(() => {
      const now = row();
      if (!now || view.tab()?.id === id()) return false;
      return isUnread(now, mirror.reads().find(({ sessionId }) => sessionId === id())?.seq);
    }),
    others: createMemo(() =>
      peopleOf(sync.connections(), { sessionId: id() }).filter(
        ({ userId }) => userId !== session.me()?.user.id,
      ),
    ),
  };
}

export function SessionTab(props: { id: string; view: WorkspaceView }) {
  const isActive = () => props.view.tab()?.id === props.id;
  const marks = createMarks(props.view, () => props.id);
  const typing = () => marks.others().find((person) => person.typing);
  const title = () => sessionTitle(props.view, props.id);
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${props.id}`}
      aria-selected={isActive()}
      aria-controls={`panel-${props.id}`}
      tabindex={isActive() ? 0 : -1}
      onClick={() => props.view.showTab({ kind: 'session', id: props.id }, true)}
      onDblClick={() => marks.row() && props.view.setDialog({ name: 'rename-session', sessionId: props.id })}
      title={title()}
      class={cx(
        'flex h-7 max-w-60 shrink-0 items-center gap-1.5 rounded-md px-2.5 text-sm transition-colors touch:h-11',
        isActive() ? 'bg-selected text-ink' : 'text-soft hover:bg-hover hover:text-ink',
      )}
    >
      <Show
        when={marks.status()}
        fallback={<MessagesSquare size={12} class="shrink-0 text-faint" aria-hidden="true" />}
      >
        {(status) => <StatusDot tone={status().tone} label={status().label} />}
      </Show>
      <span class={cx('truncate', marks.unread() && 'font-semibold text-ink')}>{title()}</span>
      <Show when={typing()}>
        {(person) => (
          <span class="inline-flex items-center gap-1" title={`${person().name} is typing`}>
            <Avatar id={person().userId} name={person().name} size="sm" class="!size-4 !text-[8px]" />
            <TypingDots />
            <span class="sr-only">{person().name} is typing</span>
          </span>
        )}
      </Show>
      <Show when={!typing() && marks.others().length > 0}>
        <span
          class="inline-flex items-center gap-0.5 text-xs text-faint"
          title={`${marks.others().length} here`}
        >
          <Users size={11} aria-hidden="true" />
          {marks.others().length}
        </span>
      </Show>
      <Show when={marks.unread()}>
        <span class="size-1.5 shrink-0 rounded-full bg-accent" role="img" aria-label="Unread" />
      </Show>
    </button>
  );
}

/** Of the session on screen. The actions come with their code when one is chosen. */
export function sessionItems(view: WorkspaceView, share: () => void): MenuItem[] {
  const id = view.sessionTab();
  if (!id || id === NEW_SESSION) return [];
  const row = view.sessionRow(id);
  const items: MenuItem[] = [{ label: 'Copy the link', icon: <Link size={14} />, onSelect: share }];
  if (!row) return items;
  const actions = () => import('./session-actions.ts');
  return [
    {
      label: 'Rename',
      icon: <Pencil size={14} />,
      onSelect: () => view.setDialog({ name: 'rename-session', sessionId: id }),
    },
    ...items,
    row.archivedAt === null
      ? {
          label: 'Archive',
          icon: <Archive size={14} />,
          onSelect() {
            void actions().then(({ archiveSession }) => archiveSession(row));
            const next = view.tabs().find((one) => one.id !== id);
            if (next) view.showTab(next, true);
            else view.newSession();
          },
        }
      : {
          label: 'Restore',
          icon: <ArchiveRestore size={14} />,
          onSelect: () => void actions().then(({ restoreSession }) => restoreSession(row)),
        },
  ];
}

/** For the menu of a phone: all of them, the place to begin one, and the list with the archived ones. */
export function sessionMenu(view: WorkspaceView): MenuItem[] {
  const open = view.sessions().filter((id) => id !== NEW_SESSION);
  return [
    { heading: 'Sessions' },
    ...open.map((id) => {
      const row = view.sessionRow(id);
      return {
        label: sessionTitle(view, id),
        icon: row ? (
          <StatusDot
            tone={sessionStatus(row.status).tone}
            label={sessionStatus(row.status).label}
            decorative
          />
        ) : (
          <MessagesSquare size={14} />
        ),
        checked: view.tab()?.id === id,
        ...(row && row.status !== 'idle' ? { aside: sessionStatus(row.status).label } : {}),
        onSelect: () => view.showTab({ kind: 'session', id }, true),
      };
    }),
    { label: 'Ask an agent, or all sessions', icon: <MessagesSquare size={14} />, onSelect: view.newSession },
  ];
}
