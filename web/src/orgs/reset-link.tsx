/** A link by which a member chooses a new password. */
import type { MirroredRow } from '@porthole/shared';
import { createSignal } from 'solid-js';
import { createFields } from '../auth/fields.ts';
import { api, call } from '../net/api.ts';
import { FormDialog, type Outcome } from '../settings/forms.tsx';

export function ResetLink(props: { member: MirroredRow<'members'>; onClose: () => void }) {
  const [outcome, setOutcome] = createSignal<Outcome | null>(null);
  const form = createFields({});
  async function submit(): Promise<void> {
    const param = { org: props.member.organisationId, user: props.member.id };
    const made = await form.submit(() => call(api.orgs[':org'].members[':user'].reset.$post({ param })));
    if (!made) return;
    setOutcome({
      title: 'Copy the link now',
      description: `It is shown this once, and good once within an hour. Whoever opens it is ${props.member.name} here.`,
      text: new URL(made.path, location.origin).href,
    });
  }
  return (
    <FormDialog
      form={form}
      title={`A new password for ${props.member.name}`}
      action="Make link"
      complete
      onSubmit={() => void submit()}
      onClose={props.onClose}
      outcome={outcome()}
    >
      <p class="text-sm text-pretty text-soft">
        They choose it by a link that you send by a channel you trust. Using it signs out all their devices,
        and ends their API tokens and accounts elsewhere.
      </p>
    </FormDialog>
  );
}
