import { useNavigate } from '@solidjs/router';
import { createSignal } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { createForm } from '../auth/form.ts';
import { api, call } from '../net/api.ts';
import { PageForm } from '../settings/forms.tsx';
import { Panel } from '../settings/parts.tsx';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { showToast } from '../ui/toast.ts';
import { isAdmin } from '../workspaces/status.ts';

export function OrganisationPanel() {
  const { session } = useApp();
  const navigate = useNavigate();
  const current = () => session.me()?.organisations.find(({ id }) => id === session.organisationId());
  const [asking, setAsking] = createSignal(false);
  const rename = createFields({ name: current()?.name ?? '' });
  const leave = createForm();
  async function submit(): Promise<void> {
    const org = session.organisationId();
    if (!org) return;
    const json = rename.values();
    const done = await rename.submit(() => call(api.orgs[':org'].$patch({ param: { org }, json })));
    if (!done) return;
    await session.refresh();
    showToast({ tone: 'good', title: 'Organisation renamed' });
  }
  async function leaveNow(): Promise<void> {
    const org = session.organisationId();
    const user = session.me()?.user.id;
    if (!org || !user) return;
    const done = await leave.submit(() =>
      call(api.orgs[':org'].members[':user'].$delete({ param: { org, user } })),
    );
    if (!done) return;
    setAsking(false);
    await session.membershipLost(org);
    navigate('/');
  }
  return (
    <>
      <Panel title="General">
        <PageForm
          form={rename}
          action="Save"
          readOnly={!isAdmin(session.role())}
          complete={rename.filled('name') && rename.values().name.trim() !== current()?.name}
          onSubmit={() => void submit()}
        >
          <TextField
            label="Name"
            maxlength={100}
            disabled={!isAdmin(session.role())}
            hint={isAdmin(session.role()) ? undefined : 'Admins can rename it.'}
            {...rename.field('name')}
          />
        </PageForm>
      </Panel>
      <Panel
        title="Leave"
        text="You lose sight of its workspaces, and this device forgets them. An organisation keeps at least one owner."
      >
        <Button variant="danger" onClick={() => setAsking(true)}>
          Leave {current()?.name}
        </Button>
        <Confirm
          open={asking()}
          onClose={() => setAsking(false)}
          title={`Leave ${current()?.name}?`}
          action="Leave"
          busy={leave.busy()}
          error={leave.message()}
          onConfirm={() => void leaveNow()}
        >
          Coming back takes an invite.
        </Confirm>
      </Panel>
    </>
  );
}
