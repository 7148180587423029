import { useNavigate } from '@solidjs/router';
import { useApp } from '../app-context.ts';
import { ChevronDown, Plus, Settings, Users } from '../ui/icons.ts';
import { Menu, type MenuItem } from '../ui/menu.tsx';

export function OrganisationSwitcher() {
  const { session, shell } = useApp();
  const navigate = useNavigate();
  const organisations = () => session.me()?.organisations ?? [];
  const current = () => organisations().find(({ id }) => id === session.organisationId());
  const items = (): MenuItem[] => [
    { heading: 'Organisations' },
    ...organisations().map((organisation) => ({
      label: organisation.name,
      checked: organisation.id === session.organisationId(),
      onSelect() {
        session.selectOrganisation(organisation.id);
        navigate('/');
      },
    })),
    'line',
    {
      label: 'Members and invites',
      icon: <Users size={14} />,
      onSelect: () => navigate('/settings/members'),
    },
    {
      label: 'Organisation settings',
      icon: <Settings size={14} />,
      onSelect: () => navigate('/settings/organisation'),
    },
    {
      label: 'New organisation',
      icon: <Plus size={14} />,
      onSelect: () => shell.open({ name: 'new-organisation' }),
    },
  ];
  return (
    <Menu
      label="Organisation"
      items={items}
      trigger={(props) => (
        <button
          type="button"
          {...props}
          class="flex h-8 min-w-0 items-center gap-2 rounded-md px-1.5 hover:bg-hover touch:h-11"
        >
          <span
            aria-hidden="true"
            class="grid size-5 shrink-0 place-items-center rounded-[5px] bg-accent text-[11px] font-semibold text-accent-ink narrow:size-6"
          >
            {(current()?.name ?? '?').slice(0, 1).toUpperCase()}
          </span>
          <span class="truncate text-sm font-semibold narrow:text-lg">
            {current()?.name ?? 'No organisation'}
          </span>
          <ChevronDown size={13} class="shrink-0 text-faint" aria-hidden="true" />
        </button>
      )}
    />
  );
}
