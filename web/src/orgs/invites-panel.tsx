/** Links that let one person in each. */
import type { Role } from '@porthole/shared';
import type { Invite } from '@porthole/shared/http';
import { createSignal, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { api, call } from '../net/api.ts';
import { FormDialog, type Outcome } from '../settings/forms.tsx';
import { BoxRow, Panel } from '../settings/parts.tsx';
import { createRowAction, RequestedList } from '../settings/resource-list.tsx';
import { relativeTime } from '../settings/time.ts';
import { Button } from '../ui/button.tsx';
import { ChoiceField } from '../ui/choice-field.tsx';
import { TextField } from '../ui/field.tsx';
import { Link, Plus } from '../ui/icons.ts';
import { createOrganisationRequest } from './organisation-list.ts';
import { ROLE_NAMES } from './roles.ts';

const ROLES: readonly { value: Role; label: string }[] = [
  { value: 'member', label: 'Member' },
  { value: 'admin', label: 'Admin: also members, hosts and credentials' },
  { value: 'owner', label: 'Owner: everything' },
];

const DAYS = [
  { value: '1', label: 'For a day' },
  { value: '7', label: 'For 7 days' },
  { value: '30', label: 'For 30 days' },
];

export function InvitesPanel() {
  const { mirror, session } = useApp();
  const invites = createOrganisationRequest(
    async (org) => (await call(api.orgs[':org'].invites.$get({ param: { org } }))).invites,
  );
  const [making, setMaking] = createSignal(false);
  const revoke = createRowAction('Not revoked', async (invite: Invite) => {
    const param = { org: session.organisationId() ?? '', invite: invite.id };
    await call(api.orgs[':org'].invites[':invite'].$delete({ param }));
    await invites.reload();
  });
  const nameOf = (id: string) => mirror.members().find((member) => member.id === id)?.name ?? 'somebody';
  const name = (invite: Invite) => invite.note ?? `Invite as ${ROLE_NAMES[invite.role].toLowerCase()}`;
  const state = (invite: Invite) => {
    if (invite.usedBy) return `used by ${nameOf(invite.usedBy)}`;
    if (invite.expiresAt < Date.now()) return 'expired';
    return `expires ${relativeTime(invite.expiresAt, Date.now())}`;
  };
  return (
    <Panel
      title="Invites"
      text="A link lets one person in. Send it by a channel you trust."
      action={
        <Button size="sm" icon={<Plus size={14} />} onClick={() => setMaking(true)}>
          Invite
        </Button>
      }
    >
      <RequestedList
        of={invites}
        rows={2}
        label="Invites"
        empty="No open invites. Make a link, and send it to whoever should join."
      >
        {(invite) => (
          <BoxRow
            icon={<Link size={18} />}
            title={name(invite)}
            text={`${ROLE_NAMES[invite.role]} · by ${nameOf(invite.createdBy)} · ${state(invite)}`}
          >
            <Button
              size="sm"
              variant="danger"
              aria-label={`Revoke: ${name(invite)}`}
              busy={revoke.busy(invite)}
              onClick={() => void revoke.run(invite)}
            >
              Revoke
            </Button>
          </BoxRow>
        )}
      </RequestedList>
      <Show when={making()}>
        <NewInvite
          onClose={() => {
            setMaking(false);
            void invites.reload();
          }}
        />
      </Show>
    </Panel>
  );
}

function NewInvite(props: { onClose: () => void }) {
  const { session } = useApp();
  const [outcome, setOutcome] = createSignal<Outcome | null>(null);
  const form = createFields<{ role: Role; note: string; days: string }>({
    role: 'member',
    note: '',
    days: '7',
  });
  async function submit(): Promise<void> {
    const org = session.organisationId();
    if (!org) return;
    const { role, note, days } = form.values();
    const json = { role, note: note.trim() || null, days: Number(days) };
    const made = await form.submit(() => call(api.orgs[':org'].invites.$post({ param: { org }, json })));
    if (!made) return;
    setOutcome({
      title: 'Copy the link now',
      description: 'It is shown this once, and lets one person in.',
      text: new URL(made.path, location.origin).href,
    });
  }
  return (
    <FormDialog
      form={form}
      title="Invite somebody"
      action="Make link"
      complete
      onSubmit={() => void submit()}
      onClose={props.onClose}
      outcome={outcome()}
    >
      <ChoiceField
        label="As"
        options={ROLES.filter(({ value }) => value !== 'owner' || session.role() === 'owner')}
        {...form.field('role')}
      />
      <TextField
        label="For"
        aside="optional"
        placeholder="Dee, from design"
        hint="A reminder for you; anyone with the link can use it."
        maxlength={200}
        {...form.field('note')}
      />
      <ChoiceField label="Valid" options={DAYS} {...form.field('days')} />
    </FormDialog>
  );
}
