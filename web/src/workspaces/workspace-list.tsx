/** The list of workspaces: the left pane on a laptop, the first screen on a phone. Complete without a network. */
import type { WorkspaceRow } from '@porthole/shared';
import { A, useParams } from '@solidjs/router';
import { createMemo, createSignal, For, type JSX, Match, Show, Switch } from 'solid-js';
import { mostUrgent, URGENCY_TEXT } from '../agents/session-status.ts';
import { useApp } from '../app-context.ts';
import { peopleOf } from '../presence/fold.ts';
import { PeopleStack } from '../presence/people.tsx';
import { cx } from '../ui/class.ts';
import { ChevronRight, FolderGit2, Search } from '../ui/icons.ts';
import { Kbd } from '../ui/kbd.tsx';
import { later } from '../ui/later.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { groupWorkspaces } from './grouping.ts';
import { currentStep, isOutOfReach, viewOfWorkspace } from './status.ts';

const NoWorkspaces = later(() => import('./list-states.tsx').then((m) => ({ default: m.NoWorkspaces })));
const NoOrganisation = later(() => import('./list-states.tsx').then((m) => ({ default: m.NoOrganisation })));
const NotHereYet = later(() => import('./list-states.tsx').then((m) => ({ default: m.NotHereYet })));

export function WorkspaceList() {
  const { mirror, session, shell, sync } = useApp();
  const params = useParams<{ workspaceId?: string }>();
  const [search, setSearch] = createSignal('');
  const [folded, setFolded] = createSignal<ReadonlySet<string>>(readFolded());
  const list = createMemo(() =>
    groupWorkspaces(mirror.workspaces(), mirror.repositories(), search(), params.workspaceId),
  );
  const known = () => mirror.workspaces.ready() && mirror.filled.ready();
  const isFolded = (id: string) => search() === '' && folded().has(id);
  function toggle(id: string): void {
    const next = new Set(folded());
    if (!next.delete(id)) next.add(id);
    setFolded(next);
    localStorage.setItem(FOLDED_KEY, JSON.stringify([...next]));
  }

  return (
    <div class="flex min-h-0 flex-1 flex-col">
      <Show when={mirror.workspaces().length > 0 || search() !== ''}>
        <div class="px-2 pb-1.5 narrow:px-4 narrow:pb-2">
          <label class="relative block">
            <span class="sr-only">Search workspaces</span>
            <Search
              size={14}
              class="pointer-events-none absolute top-1/2 left-2 -translate-y-1/2 text-faint"
              aria-hidden="true"
            />
            <input
              type="search"
              value={search()}
              placeholder="Search"
              onInput={(event) => setSearch(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Escape' && search() !== '') {
                  event.stopPropagation();
                  setSearch('');
                }
                if (event.key === 'ArrowDown') focusRow(event, 1);
              }}
              class="h-7.5 w-full rounded-md border border-transparent bg-hover pr-24 pl-7 text-sm outline-offset-0 placeholder:text-faint touch:h-11 touch:pl-8 [&::-webkit-search-cancel-button]:hidden"
            />
            <span class="pointer-events-none absolute top-1/2 right-1.5 -translate-y-1/2 touch:hidden">
              <Kbd>{shell.keys('K')}</Kbd>
            </span>
          </label>
        </div>
      </Show>
      <nav
        aria-label="Workspaces"
        class="pane-scroll min-h-0 flex-1 px-2 pb-3 narrow:px-3"
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') focusRow(event, 1);
          if (event.key === 'ArrowUp') focusRow(event, -1);
        }}
      >
        <Switch>
          <Match when={session.organisationId() === null}>
            <Show when={shell.narrow()}>
              <NoOrganisation />
            </Show>
          </Match>
          <Match when={!known() || (!mirror.filled() && list().count === 0 && !isStuck())}>
            <SkeletonRows rows={6} class="px-2 py-3" label="Loading workspaces" />
          </Match>
          <Match when={!mirror.filled() && list().count === 0}>
            <NotHereYet />
          </Match>
          <Match when={list().count === 0 && search() !== ''}>
            <p class="px-2 py-6 text-center text-sm text-faint">
              Nothing matches “{search()}”.{' '}
              <button type="button" class="text-accent hover:underline" onClick={() => setSearch('')}>
                Clear
              </button>
            </p>
          </Match>
          <Match when={list().count === 0 && !shell.narrow()}>
            <p class="px-2 py-3 text-sm text-faint">No workspaces yet.</p>
          </Match>
          <Match when={list().count === 0}>
            <NoWorkspaces />
          </Match>
          <Match when={true}>
            <For each={list().groups}>
              {(group) => (
                <Group
                  name={group.name}
                  icon={group.id === '' ? undefined : <FolderGit2 size={13} aria-hidden="true" />}
                  folded={isFolded(group.id)}
                  onToggle={() => toggle(group.id)}
                >
                  <For each={group.workspaces}>{(workspace) => <Row workspace={workspace} />}</For>
                </Group>
              )}
            </For>
            <Show when={list().inactive.length > 0}>
              <Group
                name={`Inactive (${list().inactive.length})`}
                folded={!folded().has(INACTIVE)}
                onToggle={() => toggle(INACTIVE)}
              >
                <For each={list().inactive}>{(workspace) => <Row workspace={workspace} />}</For>
              </Group>
            </Show>
          </Match>
        </Switch>
      </nav>
    </div>
  );

  /** Nothing is on its way: a skeleton would wait for ever. */
  function isStuck(): boolean {
    const { name } = sync.status();
    return name === 'offline' || name === 'lost' || name === 'refused' || sync.problem() !== null;
  }
}

/** Folded the other way round: kept only once somebody has opened it. */
const INACTIVE = 'inactive';
const FOLDED_KEY = 'porthole.folded';

function readFolded(): Set<string> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(FOLDED_KEY) ?? '[]');
    return new Set(Array.isArray(value) ? value.map(String) : []);
  } catch {
    return new Set();
  }
}

function focusRow(event: KeyboardEvent, by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-workspace-row]')];
  const index = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[index === -1 ? 0 : index + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Group(props: {
  name: string;
  icon?: JSX.Element;
  folded: boolean;
  onToggle: () => void;
  children: JSX.Element;
}) {
  return (
    <section class="pt-2">
      <h3>
        <button
          type="button"
          aria-expanded={!props.folded}
          onClick={props.onToggle}
          class="group flex h-7 w-full items-center gap-1.5 rounded-md px-2 text-left text-xs font-medium text-faint hover:text-ink touch:h-11"
        >
          {props.icon}
          <span class="min-w-0 truncate">{props.name}</span>
          <ChevronRight
            size={12}
            aria-hidden="true"
            class={cx(
              'shrink-0 transition-transform',
              !props.folded && 'rotate-90 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100',
            )}
          />
        </button>
      </h3>
      <Show when={!props.folded}>
        <ul>{props.children}</ul>
      </Show>
    </section>
  );
}

function Row(props: { workspace: WorkspaceRow }) {
  const { mirror, sync, session } = useApp();
  const params = useParams<{ workspaceId?: string }>();
  const status = () => viewOfWorkspace(props.workspace, mirror.terminals());
  const people = createMemo(() =>
    peopleOf(sync.connections(), { workspaceId: props.workspace.id }).filter(
      ({ userId }) => userId !== session.me()?.user.id,
    ),
  );
  const urgent = createMemo(() =>
    mostUrgent(
      mirror.sessions().filter(({ workspaceId }) => workspaceId === props.workspace.id),
      (id) => mirror.reads().find(({ sessionId }) => sessionId === id)?.seq,
    ),
  );
  const isCurrent = () => params.workspaceId === props.workspace.id;
  const note = () =>
    props.workspace.status === 'provisioning'
      ? (currentStep(props.workspace.steps) ?? status().label)
      : props.workspace.status === 'running' && !isOutOfReach(props.workspace, mirror.terminals())
        ? null
        : status().label;
  const second = () => (props.workspace.branch === props.workspace.name ? null : props.workspace.branch);
  return (
    <li>
      <A
        href={`/w/${props.workspace.id}`}
        data-workspace-row
        aria-current={isCurrent() ? 'page' : undefined}
        class={cx(
          'flex h-8 items-center gap-2 rounded-md px-2 text-sm hover:bg-hover narrow:h-14 narrow:gap-3 narrow:text-base',
          isCurrent() && 'bg-selected font-medium',
        )}
      >
        <StatusDot tone={status().tone} label={status().label} />
        <span class="flex min-w-0 flex-1 flex-col">
          <span class="truncate">{props.workspace.name}</span>
          <Show when={note() ?? second()}>
            {(text) => (
              <span class="hidden truncate text-xs font-normal text-faint narrow:block">{text()}</span>
            )}
          </Show>
        </span>
        <Show when={urgent()}>
          {(what) => (
            <span
              role="img"
              aria-label={URGENCY_TEXT[what()]}
              title={URGENCY_TEXT[what()]}
              class={cx(
                'size-2 shrink-0 rounded-full',
                what() === 'waiting' && 'bg-accent',
                what() === 'working' && 'animate-[pulse-soft_1.4s_ease-in-out_infinite] bg-busy',
                what() === 'news' && 'border-2 border-accent',
              )}
            />
          )}
        </Show>
        <Show when={people().length > 0}>
          <PeopleStack people={people()} max={3} size="sm" />
        </Show>
        <Show when={people().length === 0 && props.workspace.status === 'provisioning'}>
          <span class="shrink-0 truncate text-xs text-faint tabular-nums narrow:hidden">
            {currentStep(props.workspace.steps)?.match(/\d+\s%$/)?.[0]}
          </span>
        </Show>
        <ChevronRight size={16} class="hidden shrink-0 text-faint narrow:block" aria-hidden="true" />
      </A>
    </li>
  );
}
