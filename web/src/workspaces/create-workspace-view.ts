/** The state of one workspace's screen: which tabs there are, which one shows, and what the keys do here. */
import type { WorkspaceRow } from '@porthole/shared';
import { useNavigate, useParams, useSearchParams } from '@solidjs/router';
import {
  type Accessor,
  createContext,
  createEffect,
  createMemo,
  createSignal,
  on,
  useContext,
} from 'solid-js';
import type { AgentSession } from '../agents/create-session.ts';
import { openSessions } from '../agents/session-status.ts';
import { useApp } from '../app-context.ts';
import { peopleOf } from '../presence/fold.ts';
import type { Command } from '../shell/keymap.ts';
import { actOnWorkspace, openTerminal } from './actions.ts';
import { closedTerminals, openTerminals } from './grouping.ts';
import { actionsOf, type WorkspaceAction } from './status.ts';

/** Workspaces that were made here a moment ago: the first terminal opens by itself. */
const fresh = new Set<string>();
export const expectTerminal = (workspaceId: string) => fresh.add(workspaceId);
/** The tab that was last on screen, by workspace: what follows the workspace in its address. */
const lastTab = new Map<string, string>();

/** The place in which a session begins; it is a tab like another, and has no row. */
export const NEW_SESSION = 'new';

export type Tab = { kind: 'session' | 'terminal'; id: string };
const pathOf = ({ kind, id }: Tab) => (kind === 'session' ? `s/${id}` : `t/${id}`);

export type WorkspaceView = ReturnType<typeof createWorkspaceView>;
export const WorkspaceViewContext = createContext<WorkspaceView>();

export function useWorkspaceView(): WorkspaceView {
  const view = useContext(WorkspaceViewContext);
  if (!view) throw new Error('useWorkspaceView outside of a workspace');
  return view;
}

export function createWorkspaceView(workspace: Accessor<WorkspaceRow>) {
  const { mirror, session, shell, sync } = useApp();
  const params = useParams<{ terminalId?: string; sessionId?: string }>();
  const [search, setSearch] = useSearchParams<{ details?: string; diff?: string }>();
  const navigate = useNavigate();
  const [opening, setOpening] = createSignal(false);
  const [acting, setActing] = createSignal<WorkspaceAction | null>(null);
  /** In the row of tabs on a phone: where the terminal on screen tells about itself. */
  const [statusSlot, setStatusSlot] = createSignal<HTMLElement | null>(null);
  const [dialog, setDialog] = createSignal<ViewDialog | null>(null);
  const terminals = createMemo(() => openTerminals(mirror.terminals(), workspace().id));
  const closed = createMemo(() => closedTerminals(mirror.terminals(), workspace().id));
  /** Those in the row of tabs, and the one in the address, which may be archived or not begun at the server yet. */
  const sessions = createMemo(() => {
    const open = openSessions(mirror.sessions(), workspace().id).map(({ id }) => id);
    const named = params.sessionId;
    return named && !open.includes(named) ? [...open, named] : open;
  });
  /** What the session on screen knows; its page brings it. */
  const [agentSession, setAgentSession] = createSignal<AgentSession | null>(null);
  const active = createMemo(() => terminals().find(({ id }) => id === params.terminalId));
  const actions = createMemo(() =>
    actionsOf(workspace(), { userId: session.me()?.user.id ?? null, role: session.role() }),
  );
  const people = createMemo(() => peopleOf(sync.connections(), { workspaceId: workspace().id }));

  const tabs = createMemo((): Tab[] => [
    ...sessions().map((id) => ({ kind: 'session' as const, id })),
    ...terminals().map(({ id }) => ({ kind: 'terminal' as const, id })),
  ]);
  const tab = createMemo(
    (): Tab | null => {
      if (params.sessionId) return { kind: 'session', id: params.sessionId };
      const terminal = active();
      return terminal ? { kind: 'terminal', id: terminal.id } : null;
    },
    null,
    { equals: (a, b) => a?.id === b?.id },
  );
  const showTab = (next: Tab, replace = false) =>
    navigate(`/w/${workspace().id}/${pathOf(next)}`, { replace, scroll: false });
  const show = (terminalId: string, replace = false) =>
    showTab({ kind: 'terminal', id: terminalId }, replace);

  // The address always names a tab that exists.
  createEffect(() => {
    const current = tab();
    if (current) {
      if (current.id !== NEW_SESSION) lastTab.set(workspace().id, pathOf(current));
      return;
    }
    if (!mirror.terminals.ready() || !mirror.sessions.ready()) return;
    const remembered = tabs().find((one) => pathOf(one) === lastTab.get(workspace().id));
    const next = remembered ?? tabs().find(({ kind }) => kind === 'terminal') ?? tabs().at(-1);
    // One that was just opened here may be named before its row has come.
    if (params.terminalId && params.terminalId === awaited()) return;
    if (next) showTab(next, true);
    else if (params.terminalId) navigate(`/w/${workspace().id}`, { replace: true });
  });
  const [awaited, setAwaited] = createSignal<string | null>(null);

  createEffect(
    on(
      () => workspace().status === 'running' && terminals().length === 0 && fresh.has(workspace().id),
      (due) => {
        // Whoever has asked an agent meanwhile is with that.
        if (due && !params.sessionId && fresh.delete(workspace().id)) void newTerminal();
      },
    ),
  );

  async function newTerminal(): Promise<void> {
    if (opening()) return;
    setOpening(true);
    const made = await openTerminal(workspace().id);
    setOpening(false);
    if (!made) return;
    setAwaited(made.id);
    show(made.id);
  }

  async function act(action: WorkspaceAction): Promise<boolean> {
    if (acting()) return false;
    setActing(action);
    const done = await actOnWorkspace(action, workspace().id);
    setActing(null);
    return done;
  }

  function step(by: 1 | -1): void {
    const all = tabs();
    const index = all.findIndex(({ id }) => id === tab()?.id);
    const next = all[(index + by + all.length) % all.length];
    if (next) showTab(next, true);
  }

  function onCommand(command: Command): boolean {
    if (command === 'new_terminal') {
      if (workspace().status === 'running') void newTerminal();
      return true;
    }
    if (command === 'right_pane' && shell.narrow()) {
      showDetails(!detailsOnPhone());
      return true;
    }
    if (command === 'next_tab' || command === 'previous_tab') {
      step(command === 'next_tab' ? 1 : -1);
      return true;
    }
    const number = /^tab_(\d)$/.exec(command)?.[1];
    const wanted = number ? tabs()[Number(number) - 1] : undefined;
    if (wanted) showTab(wanted, true);
    return number !== undefined;
  }

  const detailsOnPhone = () => search.details !== undefined;
  /** On a phone the details are a place of their own, which back leaves. */
  function showDetails(next: boolean): void {
    if (!shell.narrow()) shell.panes.right.show(next);
    else if (next) setSearch({ details: '1' });
    else history.back();
  }

  /** What changed, over the session: a place of its own, which back leaves. */
  const openFile = (path: string) => setSearch({ diff: path, details: undefined });
  const diff = () => search.diff ?? null;

  return {
    workspace,
    openFile,
    diff,
    closeDiff: () => setSearch({ diff: undefined }, { replace: true }),
    terminals,
    sessions,
    tabs,
    tab,
    /** The session in the address, if one is. */
    sessionTab: () => params.sessionId ?? null,
    sessionRow: (id: string) => mirror.sessions().find((one) => one.id === id),
    agentSession,
    setAgentSession,
    closed,
    active,
    people,
    actions,
    opening,
    acting,
    statusSlot,
    setStatusSlot,
    dialog,
    setDialog,
    detailsOnPhone,
    showDetails,
    show,
    showTab,
    newSession: () => showTab({ kind: 'session', id: NEW_SESSION }),
    newTerminal,
    act,
    onCommand,
  };
}

export type ViewDialog =
  | { name: 'rename-workspace' }
  | { name: 'confirm'; action: WorkspaceAction }
  | { name: 'rename-session'; sessionId: string }
  | { name: 'rename-terminal'; terminalId: string }
  | { name: 'close-terminal'; terminalId: string };
