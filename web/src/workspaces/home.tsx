/** Beside the list on a laptop: where to go on, who is here, and how to begin. */
import type { WorkspaceRow } from '@porthole/shared';
import { A, useNavigate } from '@solidjs/router';
import Bot from 'lucide-solid/icons/bot';
import { createMemo, For, onMount, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { DeviceIcon } from '../presence/device-icon.tsx';
import { peopleOf } from '../presence/fold.ts';
import { describePerson, PeopleStack } from '../presence/people.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { PanelLeft, Plus } from '../ui/icons.ts';
import { Kbd } from '../ui/kbd.tsx';
import { later } from '../ui/later.tsx';
import { PortholeMark } from '../ui/porthole-mark.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { NoOrganisation } from './list-states.tsx';
import { currentStep, viewOfWorkspace } from './status.ts';

/** What is likely to be the place, not a second list. */
const RECENT = 6;

const NewSession = later(() =>
  import('../agents/new-session.tsx').then((module) => ({ default: module.NewSession })),
);

export default function Home() {
  const { mirror, session, shell, sync } = useApp();
  const navigate = useNavigate();
  // `/sign-in` and `/setup` have nothing to say to somebody who is signed in.
  onMount(() => location.pathname !== '/' && navigate('/', { replace: true }));
  const recent = createMemo(() =>
    [...mirror.workspaces()]
      .filter(({ status }) => status !== 'deleting')
      .sort((a, b) => b.activeAt - a.activeAt || b.createdAt - a.createdAt)
      .slice(0, RECENT),
  );
  const people = createMemo(() => peopleOf(sync.connections()));
  const workspaceName = (id: string | null) => mirror.workspaces().find((one) => one.id === id)?.name;
  return (
    <div class="pane-scroll h-full">
      <Show when={!shell.panes.left.open()}>
        <IconButton
          label="Show the left pane"
          class="absolute top-2 left-2"
          onClick={shell.panes.left.toggle}
        >
          <PanelLeft size={15} />
        </IconButton>
      </Show>
      <div class="mx-auto max-w-2xl px-8 pt-[min(14vh,8rem)] pb-16">
        <Show when={session.organisationId() === null}>
          <NoOrganisation />
        </Show>
        <Show
          when={recent().length > 0}
          fallback={
            <Show when={mirror.filled()}>
              <div class="flex flex-col items-center gap-4 pt-8 text-center">
                <PortholeMark class="size-16" />
                <h1 class="text-xl font-semibold tracking-tight">Open your first workspace</h1>
                <p class="max-w-md text-pretty text-soft">
                  A workspace is a machine with a checkout. Its terminals run on while you are away, and come
                  with you from laptop to phone without losing a character.
                </p>
                <div class="flex items-center gap-3">
                  <Button
                    variant="primary"
                    size="lg"
                    icon={<Plus size={16} />}
                    onClick={() => shell.open({ name: 'new-workspace' })}
                  >
                    New workspace
                  </Button>
                  <Button
                    size="lg"
                    icon={<Bot size={16} aria-hidden="true" />}
                    onClick={() => shell.open({ name: 'new-session' })}
                  >
                    Ask an agent
                  </Button>
                  <A
                    href="/settings/members"
                    class="inline-flex h-10 items-center rounded-[7px] px-3 text-sm text-soft hover:bg-hover hover:text-ink"
                  >
                    Invite people
                  </A>
                </div>
              </div>
            </Show>
          }
        >
          <section aria-label="Ask an agent" class="mb-10 min-h-[8.5rem]">
            <h1 class="mb-3 text-lg font-semibold tracking-tight">What should be done?</h1>
            <NewSession
              workspace={null}
              quiet
              minRows={2}
              onBegun={(sessionId: string, workspaceId: string) =>
                navigate(`/w/${workspaceId}/s/${sessionId}`)
              }
            />
          </section>
          <h2 class="mb-3 text-xs font-medium text-faint">Where you left off</h2>
          <ul class="overflow-hidden rounded-xl border border-line">
            <For each={recent()}>{(workspace) => <Recent workspace={workspace} />}</For>
          </ul>
        </Show>
        <Show when={people().length > 1}>
          <h2 class="mt-10 mb-3 text-xs font-medium text-faint">Here now</h2>
          <ul class="flex flex-col gap-3">
            <For each={people()}>
              {(person) => (
                <li
                  class="flex items-center gap-3 text-sm"
                  title={describePerson(person, session.me()?.user.id)}
                >
                  <Avatar id={person.userId} name={person.name} idle={person.status === 'idle'} />
                  <span class="truncate">
                    {person.name}
                    <Show when={person.userId === session.me()?.user.id}>
                      <span class="text-faint"> (you)</span>
                    </Show>
                  </span>
                  <span class="flex gap-1 text-faint">
                    <For each={person.devices}>{(device) => <DeviceIcon kind={device} />}</For>
                  </span>
                  <span class="flex min-w-0 flex-1 justify-end gap-3 text-soft">
                    <For each={[...new Set(person.connections.map(({ place }) => place.workspaceId))]}>
                      {(id) => (
                        <Show when={workspaceName(id)}>
                          {(name) => (
                            <A href={`/w/${id}`} class="truncate hover:text-ink hover:underline">
                              {name()}
                            </A>
                          )}
                        </Show>
                      )}
                    </For>
                  </span>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <Show when={recent().length > 0}>
          <p class="mt-12 flex items-center gap-4 text-xs text-faint">
            <span>
              <Kbd>{shell.keys('K')}</Kbd> go anywhere
            </span>
            <span>
              <Kbd>?</Kbd> all keys
            </span>
          </p>
        </Show>
      </div>
    </div>
  );
}

function Recent(props: { workspace: WorkspaceRow }) {
  const { mirror, session, sync } = useApp();
  const status = () => viewOfWorkspace(props.workspace, mirror.terminals());
  const repository = createMemo(() =>
    mirror.repositories().find(({ id }) => id === props.workspace.repositoryId),
  );
  const people = createMemo(() =>
    peopleOf(sync.connections(), { workspaceId: props.workspace.id }).filter(
      ({ userId }) => userId !== session.me()?.user.id,
    ),
  );
  return (
    <li class="border-b border-line last:border-0">
      <A href={`/w/${props.workspace.id}`} class="flex h-11 items-center gap-3 px-3.5 text-sm hover:bg-hover">
        <StatusDot tone={status().tone} label={status().label} />
        <span class="min-w-0 truncate font-medium">{props.workspace.name}</span>
        <span class="min-w-0 flex-1 truncate text-faint">{repository()?.name}</span>
        <PeopleStack people={people()} max={3} size="sm" />
        <span class="shrink-0 text-xs text-faint">
          {props.workspace.status === 'provisioning'
            ? (currentStep(props.workspace.steps) ?? status().label)
            : status().label}
        </span>
      </A>
    </li>
  );
}
