/** Machines of the ssh provider: added (add-host.tsx), then checked and trusted (host-check.tsx). */
import type { MirroredRow } from '@porthole/shared';
import { createSignal, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { api, call } from '../net/api.ts';
import { BoxRow, Panel, Tag } from '../settings/parts.tsx';
import { AskRemoval, createRemoval, ResourceList } from '../settings/resource-list.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Plus, Server, Trash } from '../ui/icons.ts';
import { isAdmin } from '../workspaces/status.ts';
import { AddHost } from './add-host.tsx';
import { HostCheck } from './host-check.tsx';
import { byName, isKnown } from './organisation-list.ts';

export function HostsPanel() {
  const { mirror, session } = useApp();
  const [adding, setAdding] = createSignal(false);
  const [openId, setOpenId] = createSignal<string | null>(null);
  const removal = createRemoval((host: MirroredRow<'hosts'>) => {
    const param = { org: host.organisationId, host: host.id };
    return call(api.orgs[':org'].hosts[':host'].$delete({ param }));
  });
  const admin = () => isAdmin(session.role());
  const open = () => mirror.hosts().find(({ id }) => id === openId());
  return (
    <Panel
      title="SSH hosts"
      text="Machines that workspaces can be made on. Porthole signs in with a key, and only to the machine whose own key was accepted."
      action={
        <Show when={admin()}>
          <Button size="sm" icon={<Plus size={14} />} onClick={() => setAdding(true)}>
            Add a host
          </Button>
        </Show>
      }
    >
      <ResourceList
        of={byName(mirror.hosts())}
        waiting={!isKnown(mirror, 'hosts')}
        label="SSH hosts"
        empty={
          admin()
            ? 'No hosts. Any machine that you reach by ssh will do; nothing is installed on it.'
            : 'No hosts. An admin can add some.'
        }
      >
        {(host) => (
          <BoxRow
            icon={<Server size={18} />}
            title={
              <span class="flex flex-wrap items-center gap-2">
                {host.name}
                <Show when={host.hostKeyFingerprint} fallback={<Tag tone="busy">Key not accepted</Tag>}>
                  <Tag tone="ok">Trusted</Tag>
                </Show>
              </span>
            }
            text={
              <span class="font-mono">
                {host.username}@{host.address}
                {host.port === 22 ? '' : `:${host.port}`}
              </span>
            }
          >
            <Show when={admin()}>
              <Button size="sm" onClick={() => setOpenId(host.id)}>
                {host.hostKeyFingerprint ? 'Check' : 'Set up'}
              </Button>
              <IconButton label={`Remove ${host.name}`} onClick={() => removal.ask(host)}>
                <Trash size={14} />
              </IconButton>
            </Show>
          </BoxRow>
        )}
      </ResourceList>
      <Show when={adding()}>
        <AddHost
          onClose={() => setAdding(false)}
          onAdded={(id) => {
            setAdding(false);
            setOpenId(id);
          }}
        />
      </Show>
      <Show when={openId() && open()}>
        <HostCheck host={open()!} onClose={() => setOpenId(null)} />
      </Show>
      <AskRemoval removal={removal} action="Remove">
        {() => 'The machine is not touched. Workspaces on it have to be deleted first.'}
      </AskRemoval>
    </Panel>
  );
}
