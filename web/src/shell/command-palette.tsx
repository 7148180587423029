/** ⌘K: every place and every command, by typing. */
import * as Dialog from '@kobalte/core/dialog';
import { useLocation, useNavigate } from '@solidjs/router';
import Bot from 'lucide-solid/icons/bot';
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js';
import { sessionStatus } from '../agents/session-status.ts';
import { useApp } from '../app-context.ts';
import { placeOf } from '../presence/place.ts';
import { SECTIONS } from '../settings/sections.tsx';
import { setTheme, theme } from '../settings/theme.ts';
import { cx } from '../ui/class.ts';
import { Building, Keyboard, LogOut, Plus, Search, SquareTerminal, SunMoon } from '../ui/icons.ts';
import { Kbd } from '../ui/kbd.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { terminalName } from '../workspaces/grouping.ts';
import { viewOfWorkspace } from '../workspaces/status.ts';
import { rank } from './rank.ts';
import { confirmSignOut } from './sign-out.ts';

interface Item {
  id: string;
  group: 'Workspaces' | 'Sessions' | 'Terminals' | 'Commands' | 'Settings' | 'Organisations';
  label: string;
  more?: string;
  aside?: string;
  icon: () => JSX.Element;
  run: () => void;
}

/** More than these nobody reads; typing finds the rest. */
const SHOWN = 50;

export default function CommandPalette() {
  const app = useApp();
  const { shell } = app;
  const [search, setSearch] = createSignal('');
  const [chosen, setChosen] = createSignal(0);
  const items = createItems();
  const found = createMemo(() => {
    const ranked = rank(items(), search()).slice(0, SHOWN);
    // Whatever was typed may as well be what an agent is asked.
    return search().trim().length > 2 ? [...ranked, askItem(search().trim())] : ranked;
  });
  const askItem = (text: string): Item => ({
    id: 'ask',
    group: 'Commands',
    label: `Ask an agent: ${text}`,
    icon: () => <Bot size={14} />,
    run: () => shell.open({ name: 'new-session', text }),
  });
  createEffect(on(search, () => setChosen(0)));
  const [field, setField] = createSignal<HTMLInputElement>();
  // Once the field is in the document: what was typed before it was there is typed into it now.
  createEffect(on(field, (input) => input && takeOver(input)));
  let list: HTMLDivElement | undefined;
  createEffect(
    on(chosen, (index) => list?.querySelector(`#palette-${index}`)?.scrollIntoView({ block: 'nearest' }), {
      defer: true,
    }),
  );

  function run(item: Item | undefined): void {
    if (!item) return;
    shell.close();
    item.run();
  }

  function takeOver(input: HTMLInputElement): void {
    input.focus();
    const { text, keys } = shell.typedAhead.take();
    setSearch(text);
    for (const key of keys) onKeyDown(key);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const count = found().length;
    const next = { ArrowDown: chosen() + 1, ArrowUp: chosen() - 1, Home: 0, End: count - 1 }[event.key];
    if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      run(found()[chosen()]);
    } else if (
      next !== undefined &&
      count > 0 &&
      !(search() && (event.key === 'Home' || event.key === 'End'))
    ) {
      event.preventDefault();
      setChosen((next + count) % count);
    }
  }

  return (
    <Dialog.Root open onOpenChange={(open) => open || shell.close()}>
      <Dialog.Portal>
        <Dialog.Overlay class="fixed inset-0 z-40 animate-[appear_100ms_ease-out] bg-shade" />
        <div class="fixed inset-0 z-40 flex items-start justify-center p-3 pt-[max(0.75rem,env(safe-area-inset-top))] wide:pt-[min(14vh,8rem)]">
          <Dialog.Content
            aria-label="Find anything"
            class="flex max-h-[min(28rem,calc(100dvh-1.5rem))] w-full max-w-xl animate-[rise_120ms_ease-out] flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-pop outline-none"
          >
            <div class="flex items-center gap-2.5 border-b border-line px-3.5">
              <Search size={16} class="shrink-0 text-faint" aria-hidden="true" />
              <input
                ref={setField}
                role="combobox"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-activedescendant={found().length > 0 ? `palette-${chosen()}` : undefined}
                aria-label="Find anything"
                autofocus
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                placeholder="Go to, or do…"
                value={search()}
                onInput={(event) => setSearch(event.currentTarget.value)}
                onKeyDown={onKeyDown}
                class="h-12 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-faint"
              />
              <span class="touch:hidden">
                <Kbd>esc</Kbd>
              </span>
            </div>
            <div
              ref={list}
              id="palette-list"
              role="listbox"
              aria-label="Places and commands"
              class="pane-scroll min-h-0 flex-1 p-1.5"
            >
              <For
                each={found()}
                fallback={
                  <p class="px-3 py-8 text-center text-sm text-faint">Nothing matches “{search()}”.</p>
                }
              >
                {(item, index) => (
                  <>
                    <Show when={search() === '' && item.group !== found()[index() - 1]?.group}>
                      <div role="presentation" class="px-2.5 pt-2.5 pb-1 text-xs text-faint">
                        {item.group}
                      </div>
                    </Show>
                    <button
                      type="button"
                      id={`palette-${index()}`}
                      role="option"
                      // The field keeps the focus and the keys, and names the active option.
                      tabindex="-1"
                      onPointerDown={(event) => event.preventDefault()}
                      aria-selected={chosen() === index()}
                      onPointerMove={() => setChosen(index())}
                      onClick={() => run(item)}
                      class={cx(
                        'flex h-9 w-full items-center gap-3 rounded-md px-2.5 text-left text-sm touch:h-12',
                        chosen() === index() && 'bg-hover',
                      )}
                    >
                      <span class="grid size-4 shrink-0 place-items-center text-faint">{item.icon()}</span>
                      <span class="min-w-0 flex-1 truncate">{item.label}</span>
                      <Show when={item.aside}>
                        <span class="max-w-[45%] shrink-0 truncate text-xs text-faint">{item.aside}</span>
                      </Show>
                    </button>
                  </>
                )}
              </For>
            </div>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function createItems(): () => Item[] {
  const { mirror, session, shell } = useApp();
  const navigate = useNavigate();
  const here = placeOf(useLocation().pathname);
  const repositoryNames = createMemo(() => new Map(mirror.repositories().map(({ id, name }) => [id, name])));
  const workspaceNames = createMemo(() => new Map(mirror.workspaces().map(({ id, name }) => [id, name])));

  const workspaces = (): Item[] =>
    [...mirror.workspaces()]
      .sort(
        (a, b) => Number(a.status === 'stopped') - Number(b.status === 'stopped') || b.activeAt - a.activeAt,
      )
      .map((workspace) => ({
        id: workspace.id,
        group: 'Workspaces',
        label: workspace.name,
        aside: repositoryNames().get(workspace.repositoryId ?? '') ?? '',
        more: `${repositoryNames().get(workspace.repositoryId ?? '') ?? ''} ${workspace.branch}`,
        icon: () => {
          const { tone, label } = viewOfWorkspace(workspace, mirror.terminals());
          return <StatusDot tone={tone} label={label} />;
        },
        run: () => navigate(`/w/${workspace.id}`),
      }));
  const terminals = (): Item[] =>
    mirror
      .terminals()
      .filter(({ status }) => status !== 'closed')
      .sort(
        (a, b) =>
          Number(b.workspaceId === here.workspaceId) - Number(a.workspaceId === here.workspaceId) ||
          a.number - b.number,
      )
      .map((terminal) => ({
        id: terminal.id,
        group: 'Terminals',
        label: terminalName(terminal),
        aside: workspaceNames().get(terminal.workspaceId) ?? '',
        more: workspaceNames().get(terminal.workspaceId) ?? '',
        icon: () => <SquareTerminal size={14} />,
        run: () => navigate(`/w/${terminal.workspaceId}/t/${terminal.id}`),
      }));
  const sessions = (): Item[] =>
    mirror
      .sessions()
      .filter(({ archivedAt }) => archivedAt === null)
      .sort(
        (a, b) =>
          Number(b.workspaceId === here.workspaceId) - Number(a.workspaceId === here.workspaceId) ||
          b.activeAt - a.activeAt,
      )
      .map((session) => ({
        id: session.id,
        group: 'Sessions',
        label: session.title,
        aside: workspaceNames().get(session.workspaceId) ?? '',
        more: workspaceNames().get(session.workspaceId) ?? '',
        icon: () => {
          const { tone, label } = sessionStatus(session.status);
          return <StatusDot tone={tone} label={label} />;
        },
        run: () => navigate(`/w/${session.workspaceId}/s/${session.id}`),
      }));
  const commands = (): Item[] => [
    command(
      'Ask an agent…',
      () => <Bot size={14} />,
      () => shell.open({ name: 'new-session' }),
      'new session prompt chat claude',
    ),
    command(
      'New workspace',
      () => <Plus size={14} />,
      () => shell.open({ name: 'new-workspace' }),
    ),
    ...(here.workspaceId
      ? [
          command(
            'New terminal',
            () => <SquareTerminal size={14} />,
            () => shell.run('new_terminal'),
            'open shell',
          ),
        ]
      : []),
    command(
      theme() === 'dark' ? 'Light theme' : 'Dark theme',
      () => <SunMoon size={14} />,
      () => setTheme(theme() === 'dark' ? 'light' : 'dark'),
      'appearance colour',
    ),
    command(
      'Keys',
      () => <Keyboard size={14} />,
      () => shell.open({ name: 'keys' }),
      'keyboard shortcuts help',
    ),
    command(
      'New organisation',
      () => <Building size={14} />,
      () => shell.open({ name: 'new-organisation' }),
    ),
    command(
      'Sign out',
      () => <LogOut size={14} />,
      () => void confirmSignOut(session),
      'log out leave',
    ),
  ];
  const settings = (): Item[] =>
    SECTIONS.map((section) => ({
      id: `settings-${section.id}`,
      group: 'Settings',
      label: section.title,
      more: `settings ${section.text}`,
      icon: () => section.icon(14),
      run: () => navigate(`/settings/${section.id}`),
    }));
  const organisations = (): Item[] =>
    (session.me()?.organisations ?? [])
      .filter(({ id }) => id !== session.organisationId())
      .map((organisation) => ({
        id: organisation.id,
        group: 'Organisations',
        label: `Switch to ${organisation.name}`,
        icon: () => <Building size={14} />,
        run() {
          session.selectOrganisation(organisation.id);
          navigate('/');
        },
      }));
  return createMemo(() => [
    ...workspaces(),
    ...sessions(),
    ...terminals(),
    ...commands(),
    ...organisations(),
    ...settings(),
  ]);
}

function command(label: string, icon: () => JSX.Element, run: () => void, more?: string): Item {
  return { id: label, group: 'Commands', label, icon, run, ...(more ? { more } : {}) };
}
