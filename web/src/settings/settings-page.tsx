/** Settings: a list of sections, and the one in the address. On a phone one at a time. */
import { A, useNavigate, useParams } from '@solidjs/router';
import { type Component, For, Show } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import { useApp } from '../app-context.ts';
import { CredentialsPanel } from '../orgs/credentials-panel.tsx';
import { HostsPanel } from '../orgs/hosts-panel.tsx';
import { MembersPanel } from '../orgs/members-panel.tsx';
import { OrganisationPanel } from '../orgs/organisation-panel.tsx';
import { RepositoriesPanel } from '../orgs/repositories-panel.tsx';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { createTitle } from '../ui/create-title.ts';
import { ChevronLeft, ChevronRight, PanelLeft } from '../ui/icons.ts';
import { isAdmin } from '../workspaces/status.ts';
import { AgentsPanel } from './agents-panel.tsx';
import { AppearancePanel } from './appearance-panel.tsx';
import { DevicesPanel } from './devices-panel.tsx';
import { ProfilePanel } from './profile-panel.tsx';
import { SecretsPanel } from './secrets-panel.tsx';
import { SECTIONS, type Section, type SectionId } from './sections.tsx';
import { SpeedPanel } from './speed-panel.tsx';
import { TerminalPanel } from './terminal-panel.tsx';
import { TokensPanel } from './tokens-panel.tsx';
import { UsagePanel } from './usage-panel.tsx';

const PANELS: Record<SectionId, Component> = {
  profile: ProfilePanel,
  devices: DevicesPanel,
  tokens: TokensPanel,
  appearance: AppearancePanel,
  terminals: TerminalPanel,
  organisation: OrganisationPanel,
  members: MembersPanel,
  repositories: () => (
    <>
      <RepositoriesPanel />
      <CredentialsPanel />
    </>
  ),
  hosts: HostsPanel,
  agents: () => (
    <>
      <AgentsPanel />
      <SecretsPanel />
    </>
  ),
  usage: () => {
    const { session } = useApp();
    return (
      <>
        <Show when={isAdmin(session.role())}>
          <SpeedPanel />
        </Show>
        <UsagePanel />
      </>
    );
  },
};

const GROUPS: readonly Section['of'][] = ['You', 'Organisation'];

export default function SettingsPage() {
  const { session, shell } = useApp();
  const params = useParams<{ section?: string }>();
  const navigate = useNavigate();
  const section = () =>
    SECTIONS.find(({ id }) => id === params.section) ?? (shell.narrow() ? null : SECTIONS[0]!);
  createTitle(() => section()?.title ?? 'Settings');
  const back = () => (section() && shell.narrow() ? '/settings' : '/');
  return (
    <div class="flex h-full flex-col">
      <header class="flex h-11 shrink-0 items-center gap-2 border-b border-line px-4 narrow:safe-top narrow:h-auto narrow:min-h-13 narrow:px-1">
        <Show when={shell.narrow()}>
          <IconButton label="Back" onClick={() => navigate(back())}>
            <ChevronLeft size={22} />
          </IconButton>
        </Show>
        <Show when={!shell.narrow() && !shell.panes.left.open()}>
          <IconButton label="Show the left pane" onClick={shell.panes.left.toggle} class="-ml-2">
            <PanelLeft size={15} />
          </IconButton>
        </Show>
        <h1 class="text-sm font-semibold narrow:text-base">
          {shell.narrow() && section() ? section()!.title : 'Settings'}
        </h1>
      </header>
      <div class="flex min-h-0 flex-1">
        <Show when={!shell.narrow() || !section()}>
          <nav
            aria-label="Settings"
            class="pane-scroll w-56 shrink-0 px-3 py-4 narrow:w-full narrow:px-4 narrow:pb-[max(1rem,env(safe-area-inset-bottom))]"
          >
            <For each={GROUPS}>
              {(group) => (
                <section class="mb-5">
                  <h2 class="truncate px-2 pb-1 text-xs font-medium text-faint">
                    {group === 'You'
                      ? 'You'
                      : session.me()?.organisations.find(({ id }) => id === session.organisationId())?.name}
                  </h2>
                  <ul>
                    <For each={SECTIONS.filter((one) => one.of === group)}>
                      {(one) => (
                        <li>
                          <A
                            href={`/settings/${one.id}`}
                            aria-current={section()?.id === one.id ? 'page' : undefined}
                            class={cx(
                              'flex h-8 items-center gap-2.5 rounded-md px-2 text-sm text-soft hover:bg-hover hover:text-ink narrow:h-12 narrow:text-base',
                              section()?.id === one.id && 'bg-selected text-ink',
                            )}
                          >
                            {one.icon(14)}
                            <span class="min-w-0 flex-1 truncate">{one.title}</span>
                            <ChevronRight
                              size={16}
                              class="hidden text-faint narrow:block"
                              aria-hidden="true"
                            />
                          </A>
                        </li>
                      )}
                    </For>
                  </ul>
                </section>
              )}
            </For>
          </nav>
        </Show>
        <Show when={section()}>
          {(current) => (
            <div class="pane-scroll min-w-0 flex-1 border-line px-6 py-6 narrow:px-4 narrow:pb-[max(1.5rem,env(safe-area-inset-bottom))] wide:border-l">
              <div class="mx-auto max-w-2xl">
                <Dynamic component={PANELS[current().id]} />
              </div>
            </div>
          )}
        </Show>
      </div>
    </div>
  );
}
