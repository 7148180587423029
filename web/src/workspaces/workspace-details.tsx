/** Beside the terminals: the state, where it comes from, who is here, and what can be done. */

import type { PresencePlace } from '@porthole/shared';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { DeviceIcon } from '../presence/device-icon.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Details } from '../ui/error-box.tsx';
import { SelectField } from '../ui/field.tsx';
import { ChevronLeft, Link, Pause, Pencil, Play, RotateCcw, Square, Trash } from '../ui/icons.ts';
import { later } from '../ui/later.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { toastError } from '../ui/toast.ts';
import { updateWorkspace } from './actions.ts';
import { useWorkspaceView } from './create-workspace-view.ts';
import { terminalName } from './grouping.ts';
import { NotReached } from './not-reached.tsx';
import { PROVIDER_NAMES } from './providers.ts';
import {
  AUTO_STOP_CHOICES,
  autoStopText,
  currentStep,
  failureWords,
  viewOfWorkspace,
  type WorkspaceAction,
} from './status.ts';
import { share } from './workspace-header.tsx';

const SessionDetails = later(() => import('../agents/session-details.tsx'));

export function WorkspaceDetails() {
  const { mirror, shell, sync } = useApp();
  const view = useWorkspaceView();
  const isOffline = () => sync.status().name === 'offline';
  const workspace = () => view.workspace();
  const status = () => viewOfWorkspace(workspace(), mirror.terminals());
  const repository = createMemo(() =>
    mirror.repositories().find(({ id }) => id === workspace().repositoryId),
  );
  const host = createMemo(() => mirror.hosts().find(({ id }) => id === workspace().hostId));
  const maker = createMemo(() => mirror.members().find(({ id }) => id === workspace().createdBy));
  return (
    <div class="flex h-full flex-col">
      <header class="flex h-11 shrink-0 items-center gap-1 border-b border-line px-4 narrow:safe-top narrow:h-auto narrow:min-h-13 narrow:px-1">
        <Show when={shell.narrow()}>
          <IconButton label="Back to the terminals" onClick={() => view.showDetails(false)}>
            <ChevronLeft size={22} />
          </IconButton>
        </Show>
        <h2 class="min-w-0 flex-1 truncate text-sm font-semibold narrow:text-base">
          {shell.narrow() ? workspace().name : 'Details'}
        </h2>
        <IconButton
          label="Rename"
          onClick={() => view.setDialog({ name: 'rename-workspace' })}
          class="-mr-1.5 narrow:mr-0"
        >
          <Pencil size={14} />
        </IconButton>
      </header>
      <div class="pane-scroll min-h-0 flex-1 px-4 py-4 narrow:pb-[max(1rem,env(safe-area-inset-bottom))]">
        <Show when={view.agentSession()}>
          {(session) => (
            <div class="mb-5 border-b border-line pb-5">
              <SessionDetails
                session={session()}
                agent={view.sessionRow(session().id)?.agent ?? ''}
                workspace={workspace()}
                onOpenFile={view.openFile}
              />
            </div>
          )}
        </Show>
        <dl class="flex flex-col gap-2.5 text-sm">
          <Fact name="Status">
            <span class="flex items-center gap-2">
              <StatusDot tone={status().tone} label={status().label} decorative />
              {(workspace().status === 'provisioning' && currentStep(workspace().steps)) || status().label}
            </span>
          </Fact>
          <Show when={repository()}>
            {(found) => (
              <Fact name="Repository">
                <span class="block truncate" title={found().url}>
                  {found().name}
                </span>
              </Fact>
            )}
          </Show>
          <Show when={workspace().repositoryId}>
            <Fact name="Branch">
              <span class="flex min-w-0 items-center gap-1">
                <span class="truncate font-mono text-[0.8rem]">{workspace().branch}</span>
                <CopyButton text={workspace().branch} label="Copy the branch" class="-my-1" />
              </span>
            </Fact>
            <Show when={workspace().baseBranch}>
              {(base) => (
                <Fact name="From">
                  <span class="block truncate font-mono text-[0.8rem]">{base()}</span>
                </Fact>
              )}
            </Show>
          </Show>
          <Fact name="Machine">{host()?.name ?? PROVIDER_NAMES[workspace().provider]}</Fact>
          <Show when={workspace().folder}>
            {(folder) => (
              <Fact name="Folder">
                <span class="flex min-w-0 items-center gap-1">
                  <span class="truncate font-mono text-[0.8rem]" dir="rtl" title={folder()}>
                    <bdi>{folder()}</bdi>
                  </span>
                  <CopyButton text={folder()} label="Copy the folder" class="-my-1" />
                </span>
              </Fact>
            )}
          </Show>
          <Fact name="Made">
            {new Date(workspace().createdAt).toLocaleDateString(undefined, { dateStyle: 'medium' })}
            <Show when={maker()}>{(person) => <span class="text-soft"> by {person().name}</span>}</Show>
          </Fact>
        </dl>
        <NotReached />
        <Show when={workspace().status === 'error' && workspace().error}>
          {(error) => <Details text={error().details ?? error().message} />}
        </Show>

        <Section title="Here now">
          <PeopleHere />
        </Section>

        <Section title="Stops by itself">
          <AutoStop />
        </Section>

        <Section title="Actions">
          <div class="flex flex-col gap-1.5">
            <Show when={isOffline()}>
              <p class="mb-1 text-xs text-faint">They come back with the connection.</p>
            </Show>
            <Show when={shell.narrow()}>
              <Button icon={<Link size={14} />} onClick={() => void share()} class="justify-start">
                Share the link
              </Button>
            </Show>
            <For each={view.actions()}>
              {(action) => <ActionButton action={action} disabled={isOffline()} />}
            </For>
          </div>
        </Section>
      </div>
    </div>
  );
}

function Fact(props: { name: string; children: JSX.Element }) {
  return (
    <div class="grid grid-cols-[5.25rem_minmax(0,1fr)] items-baseline gap-2">
      <dt class="text-faint">{props.name}</dt>
      <dd class="min-w-0">{props.children}</dd>
    </div>
  );
}

function Section(props: { title: string; children: JSX.Element }) {
  return (
    <section class="mt-5 border-t border-line pt-4">
      <h3 class="mb-2 text-xs font-medium text-faint">{props.title}</h3>
      {props.children}
    </section>
  );
}

/** Each device and where it looks. */
function PeopleHere() {
  const { session, sync } = useApp();
  const view = useWorkspaceView();
  const placeOf = ({ terminalId, sessionId }: PresencePlace) => {
    const session = sessionId ? view.sessionRow(sessionId) : undefined;
    if (session) return session.title;
    const terminal = view.terminals().find(({ id }) => id === terminalId);
    return terminal ? terminalName(terminal) : null;
  };
  return (
    <Show
      when={view.people().length > 0}
      fallback={
        <p class="text-sm text-faint">
          {sync.status().name === 'connected' ? 'Nobody.' : 'Not known without a connection.'}
        </p>
      }
    >
      <ul class="flex flex-col gap-2.5">
        <For each={view.people()}>
          {(person) => (
            <li class="flex gap-2.5">
              <Avatar id={person.userId} name={person.name} idle={person.status === 'idle'} class="mt-0.5" />
              <div class="min-w-0 flex-1 text-sm">
                <p class="truncate">
                  {person.name}
                  <Show when={person.userId === session.me()?.user.id}>
                    <span class="text-faint"> (you)</span>
                  </Show>
                </p>
                <ul class="text-xs text-faint">
                  <For each={person.connections}>
                    {(connection) => (
                      <li class="flex items-center gap-1.5">
                        <DeviceIcon kind={connection.device} size={11} />
                        <span class="min-w-0 truncate">
                          {[
                            connection.device,
                            placeOf(connection.place),
                            connection.typing ? 'typing' : connection.status === 'idle' ? 'idle' : null,
                          ]
                            .filter(Boolean)
                            .join(' · ')}
                        </span>
                      </li>
                    )}
                  </For>
                </ul>
              </div>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

function AutoStop() {
  const view = useWorkspaceView();
  const [busy, setBusy] = createSignal(false);
  const minutes = () => view.workspace().autoStopMinutes;
  const choices = () =>
    [...new Set<number>([...AUTO_STOP_CHOICES, minutes()])].sort((a, b) => (a || 1e9) - (b || 1e9));
  async function change(event: { currentTarget: HTMLSelectElement }): Promise<void> {
    setBusy(true);
    try {
      await updateWorkspace(view.workspace().id, { autoStopMinutes: Number(event.currentTarget.value) });
    } catch (fault) {
      toastError('Not changed', fault);
      event.currentTarget.value = String(minutes());
    }
    setBusy(false);
  }
  return (
    <SelectField
      label="When nobody uses it and nothing runs"
      disabled={busy()}
      value={String(minutes())}
      onChange={(event) => void change(event)}
    >
      <For each={choices()}>
        {(choice) => (
          <option value={String(choice)} selected={choice === minutes()}>
            {autoStopText(choice)}
          </option>
        )}
      </For>
    </SelectField>
  );
}

const ACTION_LABELS: Record<WorkspaceAction, string> = {
  start: 'Start',
  stop: 'Stop',
  pause: 'Pause',
  retry: 'Retry',
  delete: 'Delete…',
};

const ACTION_ICONS: Record<WorkspaceAction, typeof Play> = {
  start: Play,
  stop: Square,
  pause: Pause,
  retry: RotateCcw,
  delete: Trash,
};

function ActionButton(props: { action: WorkspaceAction; disabled: boolean }) {
  const view = useWorkspaceView();
  const Icon = ACTION_ICONS[props.action];
  const label = () => {
    const { status, error } = view.workspace();
    if (status === 'paused' && props.action === 'start') return 'Resume';
    return status === 'error' && props.action === 'retry'
      ? failureWords(error).retry
      : ACTION_LABELS[props.action];
  };
  const asks = () => props.action === 'delete' || props.action === 'stop' || props.action === 'pause';
  return (
    <Button
      variant={props.action === 'delete' ? 'danger' : 'secondary'}
      icon={<Icon size={14} />}
      busy={view.acting() === props.action}
      disabled={props.disabled}
      class="justify-start"
      onClick={() =>
        asks() ? view.setDialog({ name: 'confirm', action: props.action }) : void view.act(props.action)
      }
    >
      {label()}
    </Button>
  );
}
