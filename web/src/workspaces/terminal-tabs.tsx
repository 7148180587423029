/** The sessions and terminals of a workspace: tabs on a laptop, one name with a menu on a phone. */
import type { TerminalRow } from '@porthole/shared';
import Bot from 'lucide-solid/icons/bot';
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js';
import { SessionTab, sessionItems, sessionMenu, sessionTitle } from '../agents/session-tabs.tsx';
import { useApp } from '../app-context.ts';
import { peopleOf } from '../presence/fold.ts';
import { TypingDots } from '../presence/people.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import {
  Bell,
  ChevronDown,
  Ellipsis,
  Pencil,
  Plus,
  RotateCcw,
  SquareTerminal,
  Users,
  X,
} from '../ui/icons.ts';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { closeTerminal, restartTerminal, updateTerminal } from './actions.ts';
import { NEW_SESSION, useWorkspaceView, type WorkspaceView } from './create-workspace-view.ts';
import { terminalName } from './grouping.ts';
import { share } from './workspace-header.tsx';

export function TerminalTabs() {
  const { shell } = useApp();
  return (
    <Show when={shell.narrow()} fallback={<Tabs />}>
      <PhoneBar />
    </Show>
  );
}

function Tabs() {
  const { shell } = useApp();
  const view = useWorkspaceView();
  let list: HTMLDivElement | undefined;
  createEffect(
    on(
      () => view.tab()?.id,
      (id) => {
        if (id) list?.querySelector(`#tab-${id}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      },
    ),
  );
  function onKeyDown(event: KeyboardEvent): void {
    const all = view.tabs();
    const index = all.findIndex(({ id }) => id === view.tab()?.id);
    const next =
      event.key === 'ArrowRight'
        ? all[(index + 1) % all.length]
        : event.key === 'ArrowLeft'
          ? all[(index - 1 + all.length) % all.length]
          : event.key === 'Home'
            ? all[0]
            : event.key === 'End'
              ? all.at(-1)
              : undefined;
    const terminal = view.active();
    if (event.key === 'Delete' && terminal) askToClose(view, terminal);
    if (!next) return;
    event.preventDefault();
    view.showTab(next, true);
    list?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
  }
  return (
    <div class="flex h-9 shrink-0 items-center gap-1 border-b border-line bg-bg px-2 touch:h-12">
      <Show when={view.tabs().length > 0}>
        <div
          ref={list}
          role="tablist"
          tabindex="-1"
          aria-label={view.sessions().length > 0 ? 'Sessions and terminals' : 'Terminals'}
          onKeyDown={onKeyDown}
          class="flex min-w-0 items-center gap-0.5 overflow-x-auto [scrollbar-width:none]"
        >
          <For each={view.sessions()}>{(id) => <SessionTab id={id} view={view} />}</For>
          <For each={view.terminals()}>{(terminal) => <Tab terminal={terminal} />}</For>
        </div>
      </Show>
      <Show when={view.workspace().status === 'running' && view.tabs().length > 0}>
        <IconButton
          label="New terminal"
          keys={shell.platform === 'mac' ? '⌃⇧T' : 'Alt+Shift+T'}
          onClick={() => void view.newTerminal()}
        >
          <Show when={view.opening()} fallback={<Plus size={15} />}>
            <Spinner />
          </Show>
        </IconButton>
      </Show>
      <Show when={view.tabs().length > 0}>
        <IconButton label="Ask an agent" onClick={view.newSession} pressed={view.tab()?.id === NEW_SESSION}>
          <Bot size={15} />
        </IconButton>
      </Show>
      <div class="flex-1" />
      <Show when={tabItems(view).length > 0}>
        <Menu
          label="Terminal actions"
          align="end"
          items={() => tabItems(view)}
          trigger={(props) => (
            <IconButton {...props} label={view.sessionTab() ? 'Session actions' : 'Terminal actions'}>
              <Ellipsis size={15} />
            </IconButton>
          )}
        />
      </Show>
    </div>
  );
}

function Tab(props: { terminal: TerminalRow }) {
  const view = useWorkspaceView();
  const isActive = () => view.active()?.id === props.terminal.id;
  const marks = createMarks(() => props.terminal, isActive);
  const name = () => terminalName(props.terminal);
  return (
    // The cross is for the pointer; the keyboard has Delete and the menu.
    <div class="group relative shrink-0">
      <button
        type="button"
        role="tab"
        id={`tab-${props.terminal.id}`}
        aria-selected={isActive()}
        aria-controls={`panel-${props.terminal.id}`}
        tabindex={isActive() ? 0 : -1}
        onClick={() => view.show(props.terminal.id, true)}
        onDblClick={() => view.setDialog({ name: 'rename-terminal', terminalId: props.terminal.id })}
        onAuxClick={(event) => event.button === 1 && askToClose(view, props.terminal)}
        title={props.terminal.status === 'ended' ? `${name()} (ended)` : name()}
        class={cx(
          'flex h-7 max-w-52 items-center gap-1.5 rounded-md pr-7 pl-2.5 text-sm transition-colors touch:h-11 touch:pr-11',
          isActive() ? 'bg-selected text-ink' : 'text-soft hover:bg-hover hover:text-ink',
        )}
      >
        <span class={cx('truncate', props.terminal.status === 'ended' && 'italic opacity-60')}>{name()}</span>
        <Marks marks={marks()} />
      </button>
      <span aria-hidden="true">
        <button
          type="button"
          tabindex="-1"
          title={`Close ${name()}`}
          onClick={() => askToClose(view, props.terminal)}
          class={cx(
            'absolute top-1/2 right-1 grid size-5 -translate-y-1/2 place-items-center rounded text-faint hover:bg-hover hover:text-ink touch:right-0 touch:size-11',
            !isActive() && 'opacity-0 group-hover:opacity-100 touch:opacity-100',
          )}
        >
          <X size={12} />
        </button>
      </span>
    </div>
  );
}

interface TabMarks {
  typing: { id: string; name: string }[];
  watching: number;
  bell: boolean;
}

/** Who types in it, and whether it rang since it was last looked at. */
function createMarks(terminal: () => TerminalRow, isActive: () => boolean) {
  const { session, sync } = useApp();
  const [lookedAt, setLookedAt] = createSignal(Date.now());
  createEffect(on([isActive, () => terminal().bellAt], ([active]) => active && setLookedAt(Date.now())));
  return createMemo((): TabMarks => {
    const others = peopleOf(sync.connections(), { terminalId: terminal().id }).filter(
      ({ userId }) => userId !== session.me()?.user.id,
    );
    return {
      typing: others.filter(({ typing }) => typing).map(({ userId, name }) => ({ id: userId, name })),
      watching: others.length,
      bell: !isActive() && (terminal().bellAt ?? 0) > lookedAt(),
    };
  });
}

function Marks(props: { marks: TabMarks }) {
  return (
    <>
      <Show when={props.marks.typing[0]}>
        {(person) => (
          <span class="inline-flex items-center gap-1" title={`${person().name} is typing`}>
            <Avatar id={person().id} name={person().name} size="sm" class="!size-4 !text-[8px]" />
            <TypingDots />
            <span class="sr-only">{person().name} is typing</span>
          </span>
        )}
      </Show>
      <Show when={props.marks.typing.length === 0 && props.marks.watching > 0}>
        <span
          class="inline-flex items-center gap-0.5 text-xs text-faint"
          title={`${props.marks.watching} here`}
        >
          <Users size={11} aria-hidden="true" />
          {props.marks.watching}
        </span>
      </Show>
      <Show when={props.marks.bell}>
        <Bell size={12} class="text-busy" aria-label="rang" />
      </Show>
    </>
  );
}

function PhoneBar() {
  const view = useWorkspaceView();
  onCleanup(() => view.setStatusSlot(null));
  const running = () => view.workspace().status === 'running';
  const name = () => {
    const session = view.sessionTab();
    if (session) return sessionTitle(view, session);
    const terminal = view.active();
    return terminal ? terminalName(terminal) : 'Terminals';
  };
  const items = (): MenuItem[] => [
    ...sessionMenu(view),
    'line',
    { heading: 'Terminals' },
    ...view.terminals().map((terminal) => ({
      label: terminalName(terminal),
      icon: <SquareTerminal size={14} />,
      checked: terminal.id === view.active()?.id,
      aside: terminal.status === 'ended' ? 'ended' : undefined,
      onSelect: () => view.show(terminal.id, true),
    })),
    {
      label: 'New terminal',
      icon: <Plus size={14} />,
      disabled: !running(),
      onSelect: () => void view.newTerminal(),
    },
    'line',
    ...tabItems(view),
  ];
  return (
    <Show when={view.tabs().length > 0 || view.closed().length > 0}>
      <div class="flex h-11 shrink-0 items-center border-b border-line px-1.5">
        <Menu
          label="Terminals"
          items={items}
          trigger={(props) => (
            <button
              type="button"
              {...props}
              class="flex h-11 min-w-0 items-center gap-1.5 rounded-md px-2.5 text-sm font-medium"
            >
              <span class="truncate">{name()}</span>
              <ChevronDown size={14} class="shrink-0 text-faint" aria-hidden="true" />
            </button>
          )}
        />
        <Show when={view.tabs().length > 1}>
          <span class="ml-1 text-xs whitespace-nowrap text-faint tabular-nums">
            {view.tabs().findIndex(({ id }) => id === view.tab()?.id) + 1} / {view.tabs().length}
          </span>
        </Show>
        {/* One row for both: the terminal's own line comes in here. */}
        <div
          ref={view.setStatusSlot}
          data-status-slot
          class="ml-auto flex max-w-[70%] shrink-0 justify-end overflow-hidden pl-2"
        />
        <IconButton label="New terminal" disabled={!running()} onClick={() => void view.newTerminal()}>
          <Show when={view.opening()} fallback={<Plus size={18} />}>
            <Spinner />
          </Show>
        </IconButton>
      </div>
    </Show>
  );
}

const tabItems = (view: WorkspaceView): MenuItem[] =>
  view.sessionTab() ? sessionItems(view, () => void share()) : terminalItems(view);

/** What can be done with the terminal on screen, and those put away. */
function terminalItems(view: WorkspaceView): MenuItem[] {
  const terminal = view.active();
  const items: MenuItem[] = [];
  if (terminal) {
    items.push(
      {
        label: 'Rename',
        icon: <Pencil size={14} />,
        onSelect: () => view.setDialog({ name: 'rename-terminal', terminalId: terminal.id }),
      },
      {
        label: 'Others may type',
        icon: <Users size={14} />,
        checked: terminal.othersMay === 'write',
        onSelect: () =>
          void updateTerminal(terminal.id, { othersMay: terminal.othersMay === 'write' ? 'view' : 'write' }),
      },
    );
    if (terminal.status === 'ended') {
      items.push({
        label: 'Start a new shell',
        icon: <RotateCcw size={14} />,
        disabled: view.workspace().status !== 'running',
        onSelect: () => void restartTerminal(terminal.id),
      });
    }
    items.push({
      label: terminal.status === 'running' ? 'End and close' : 'Close',
      icon: <X size={14} />,
      tone: 'bad',
      onSelect: () => askToClose(view, terminal),
    });
  }
  const closed = view.closed();
  if (closed.length > 0) {
    if (items.length > 0) items.push('line');
    items.push({ heading: 'Closed' });
    for (const one of closed.slice(0, 8)) {
      items.push({
        label: terminalName(one),
        icon: <RotateCcw size={14} />,
        aside: 'reopen',
        disabled: view.workspace().status !== 'running',
        onSelect: () => void restartTerminal(one.id).then((done) => done && view.show(one.id)),
      });
    }
  }
  return items;
}

/** A shell that runs may be in the middle of something, for somebody else as well. */
function askToClose(view: WorkspaceView, terminal: TerminalRow): void {
  if (terminal.status === 'running') view.setDialog({ name: 'close-terminal', terminalId: terminal.id });
  else void closeTerminal(terminal.id);
}
