/** Who belongs here, with which role. */
import type { MirroredRow, Role } from '@porthole/shared';
import { createSignal, For, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { api, call } from '../net/api.ts';
import { BoxRow, Panel, Tag } from '../settings/parts.tsx';
import { AskRemoval, createRemoval, ResourceList } from '../settings/resource-list.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { KeyRound } from '../ui/icons.ts';
import { toastError } from '../ui/toast.ts';
import { isAdmin } from '../workspaces/status.ts';
import { InvitesPanel } from './invites-panel.tsx';
import { isKnown } from './organisation-list.ts';
import { ResetLink } from './reset-link.tsx';
import { ROLE_NAMES } from './roles.ts';

type Member = MirroredRow<'members'>;

const ROLE_ORDER: Record<Role, number> = { owner: 0, admin: 1, member: 2 };

export function MembersPanel() {
  const { session } = useApp();
  return (
    <>
      <Members />
      <Show when={isAdmin(session.role())}>
        <InvitesPanel />
      </Show>
    </>
  );
}

function Members() {
  const { mirror, session } = useApp();
  const removal = createRemoval((member: Member) => {
    const param = { org: member.organisationId, user: member.id };
    return call(api.orgs[':org'].members[':user'].$delete({ param }));
  });
  const [resetting, setResetting] = createSignal<Member | null>(null);
  const sorted = () =>
    [...mirror.members()].sort(
      (a, b) => ROLE_ORDER[a.role] - ROLE_ORDER[b.role] || a.name.localeCompare(b.name),
    );
  /** Owners change everyone; admins everyone but owners. */
  const mayChange = (member: Member) =>
    member.id !== session.me()?.user.id &&
    (session.role() === 'owner' || (session.role() === 'admin' && member.role !== 'owner'));

  async function changeRole(member: Member, select: HTMLSelectElement): Promise<void> {
    try {
      await call(
        api.orgs[':org'].members[':user'].$patch({
          param: { org: member.organisationId, user: member.id },
          json: { role: select.value as Role },
        }),
      );
    } catch (fault) {
      select.value = member.role;
      toastError('Role not changed', fault);
    }
  }

  return (
    <Panel
      title="Members"
      text="Every member may open every workspace here, and none of another organisation."
    >
      <ResourceList of={sorted()} waiting={!isKnown(mirror, 'members')} label="Members" empty="Nobody.">
        {(member) => (
          <BoxRow
            icon={<Avatar id={member.id} name={member.name} />}
            title={
              <>
                {member.name}
                <Show when={member.id === session.me()?.user.id}>
                  <span class="text-faint"> (you)</span>
                </Show>
              </>
            }
            text={member.email}
          >
            <Show when={mayChange(member)} fallback={<Tag>{ROLE_NAMES[member.role]}</Tag>}>
              <select
                class="field !w-28"
                aria-label={`Role of ${member.name}`}
                value={member.role}
                onChange={(event) => void changeRole(member, event.currentTarget)}
              >
                <For each={Object.keys(ROLE_NAMES) as Role[]}>
                  {(role) => (
                    <option
                      value={role}
                      selected={role === member.role}
                      disabled={role === 'owner' && session.role() !== 'owner'}
                    >
                      {ROLE_NAMES[role]}
                    </option>
                  )}
                </For>
              </select>
              <Show when={session.role() === 'owner'}>
                <IconButton
                  label={`A new password for ${member.name}`}
                  onClick={() => setResetting(() => member)}
                >
                  <KeyRound size={14} />
                </IconButton>
              </Show>
              <Button
                size="sm"
                variant="danger"
                aria-label={`Remove ${member.name}`}
                onClick={() => removal.ask(member)}
              >
                Remove
              </Button>
            </Show>
          </BoxRow>
        )}
      </ResourceList>
      <Show when={resetting()} keyed>
        {(member) => <ResetLink member={member} onClose={() => setResetting(null)} />}
      </Show>
      <AskRemoval removal={removal} action="Remove">
        {(member) =>
          `${member.name} loses access at once, and their devices forget what they kept of this organisation. What they made stays.`
        }
      </AskRemoval>
    </Panel>
  );
}
