/** What fills the middle: setting up, what went wrong, or the terminals. A terminal stays mounted while its tab is open. */
import Bot from 'lucide-solid/icons/bot';
import { createEffect, createMemo, createSignal, For, Match, on, Show, Switch } from 'solid-js';
import { useApp } from '../app-context.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Play, Plus, SquareTerminal, Trash } from '../ui/icons.ts';
import { later } from '../ui/later.tsx';
import { Delayed } from '../ui/skeleton.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { NEW_SESSION, useWorkspaceView } from './create-workspace-view.ts';
import { terminalName } from './grouping.ts';
import { NotReached } from './not-reached.tsx';
import { FailureView, ProvisioningView } from './provisioning-view.tsx';
import { TerminalTabs } from './terminal-tabs.tsx';

const SessionPage = later(() => import('../agents/session-page.tsx'));
const SessionDiff = later(() => import('../agents/session-diff.tsx'));
const SessionList = later(() => import('../agents/session-list.tsx'));

const TerminalPane = later(
  () => import('../terminals/index.ts').then((module) => ({ default: module.TerminalPane })),
  () => (
    <Delayed>
      <div class="grid h-full place-items-center text-faint">
        <Spinner label="Opening the terminal" class="!size-5" />
      </div>
    </Delayed>
  ),
);

export function WorkspaceMain(props: { covered: boolean }) {
  const view = useWorkspaceView();
  const status = () => view.workspace().status;
  // A machine that starts again keeps its tabs in sight; a first set-up has none to show.
  const isFirstSetup = () => status() === 'provisioning' && view.terminals().length === 0;
  // A session is there whatever the machine does: what is asked waits in it.
  const inSession = () => view.sessionTab() !== null;
  return (
    <Switch fallback={<Terminals covered={props.covered} />}>
      <Match when={isFirstSetup() && !inSession()}>
        <div class="flex h-full min-h-0 flex-col">
          <div class="min-h-0 flex-1">
            <ProvisioningView />
          </div>
          <p class="safe-bottom flex shrink-0 flex-wrap items-center justify-center gap-3 border-t border-line px-4 py-3 text-sm text-soft">
            What you ask now is done as soon as it runs.
            <Button size="sm" icon={<Bot size={14} />} onClick={view.newSession}>
              Ask an agent
            </Button>
          </p>
        </div>
      </Match>
      <Match when={status() === 'error' && !inSession()}>
        <FailureView />
      </Match>
      <Match when={status() === 'deleting'}>
        <EmptyState class="pt-24" icon={<Trash size={20} />} title="Being deleted">
          What this workspace made on its machine is removed. What was pushed to the git remote stays there.
        </EmptyState>
      </Match>
    </Switch>
  );
}

function Terminals(props: { covered: boolean }) {
  const { mirror } = useApp();
  const view = useWorkspaceView();
  const status = () => view.workspace().status;
  /** Tabs that have been looked at: only those cost a terminal. */
  const [seen, setSeen] = createSignal<readonly string[]>([]);
  createEffect(
    on(
      () => view.active()?.id,
      (id) => id && setSeen((before) => (before.includes(id) ? before : [...before, id])),
    ),
  );
  const mounted = createMemo(() => {
    const open = new Set(view.terminals().map(({ id }) => id));
    return seen().filter((id) => open.has(id));
  });
  const nameOf = (id: string) => {
    const terminal = view.terminals().find((one) => one.id === id);
    return terminal ? terminalName(terminal) : 'Terminal';
  };
  return (
    <>
      <TerminalTabs />
      <Halted />
      <div class="relative min-h-0 flex-1 bg-terminal">
        <For each={mounted()}>
          {(id) => {
            const visible = () => view.active()?.id === id && !props.covered;
            return (
              <div
                role="tabpanel"
                id={`panel-${id}`}
                aria-label={nameOf(id)}
                data-typing
                class="absolute inset-0"
                classList={{ invisible: view.active()?.id !== id }}
                inert={view.active()?.id !== id}
              >
                <TerminalPane
                  terminalId={id}
                  visible={visible()}
                  statusSlot={view.active()?.id === id ? view.statusSlot() : null}
                />
              </div>
            );
          }}
        </For>
        <Show when={view.sessionTab()}>{(id) => <SessionPanel id={id()} />}</Show>
        <Show
          when={
            view.tab() === null &&
            view.tabs().length === 0 &&
            mirror.terminals.ready() &&
            status() === 'running'
          }
        >
          <EmptyState
            class="pt-24"
            icon={<SquareTerminal size={20} />}
            title="No terminal is open"
            actions={
              <>
                <Button
                  variant="primary"
                  icon={<Plus size={14} />}
                  busy={view.opening()}
                  onClick={() => void view.newTerminal()}
                  autofocus
                >
                  New terminal
                </Button>
                <Button icon={<Bot size={14} />} onClick={view.newSession}>
                  Ask an agent
                </Button>
              </>
            }
          >
            A terminal goes on running when you close the laptop, and everyone here can look in.
          </EmptyState>
        </Show>
      </div>
    </>
  );
}

/** Its place is the terminal's; those stay mounted behind it. */
function SessionPanel(props: { id: string }) {
  const view = useWorkspaceView();
  return (
    <div
      role="tabpanel"
      id={`panel-${props.id}`}
      aria-label={view.sessionRow(props.id)?.title ?? 'New session'}
      class="absolute inset-0 bg-surface"
    >
      <Show
        when={props.id !== NEW_SESSION}
        fallback={
          <SessionList
            workspace={view.workspace()}
            onBegun={(id) => view.showTab({ kind: 'session', id }, true)}
          />
        }
      >
        <SessionPage
          sessionId={props.id}
          workspace={view.workspace()}
          onOpenTerminal={(id) => view.show(id)}
          onOpenFile={view.openFile}
          onSession={view.setAgentSession}
        />
        <Show when={view.diff() !== null && view.agentSession()}>
          {(session) => (
            <SessionDiff
              session={session()}
              workspaceId={view.workspace().id}
              path={view.diff() ?? ''}
              onClose={view.closeDiff}
            />
          )}
        </Show>
      </Show>
    </div>
  );
}

/** Stopped, paused, or starting again: what that means for the terminals below, and the way on. */
function Halted() {
  const view = useWorkspaceView();
  const status = () => view.workspace().status;
  const hasTabs = () => view.tabs().length > 0;
  return (
    <Switch>
      <Match when={status() === 'stopped' || status() === 'paused'}>
        <Show
          when={hasTabs()}
          fallback={
            <EmptyState
              class="pt-24"
              icon={<SquareTerminal size={20} />}
              title={status() === 'paused' ? 'This workspace is paused' : 'This workspace is stopped'}
              actions={<StartButton />}
            >
              {status() === 'paused'
                ? 'Everything in it stands still, and goes on where it was.'
                : 'Its files are kept. Starting takes a moment, then terminals can be opened.'}
            </EmptyState>
          }
        >
          <Bar>
            <span class="min-w-0 flex-1">
              {status() === 'paused'
                ? 'Paused. Everything stands still and goes on where it was.'
                : 'Stopped. Its files are kept; these are the last screens.'}
            </span>
            <StartButton small />
          </Bar>
        </Show>
      </Match>
      <Match when={status() === 'running'}>
        <NotReached bar />
      </Match>
      <Match when={status() === 'provisioning'}>
        <Bar>
          <Spinner />
          <span>Starting. Terminals are back in a moment.</span>
        </Bar>
      </Match>
    </Switch>
  );

  function StartButton(props: { small?: boolean }) {
    return (
      <Button
        variant="primary"
        size={props.small ? 'sm' : 'md'}
        icon={<Play size={13} />}
        busy={view.acting() === 'start'}
        onClick={() => void view.act('start')}
      >
        {status() === 'paused' ? 'Resume' : 'Start'}
      </Button>
    );
  }
}

function Bar(props: { children: import('solid-js').JSX.Element }) {
  return (
    <div role="status" class="flex items-center gap-3 border-b border-line bg-bg px-4 py-2 text-sm text-soft">
      {props.children}
    </div>
  );
}
