import { useNavigate } from '@solidjs/router';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { api, call } from '../net/api.ts';
import { FormDialog } from '../settings/forms.tsx';
import { TextField } from '../ui/field.tsx';

export default function NewOrganisation() {
  const { session, shell } = useApp();
  const navigate = useNavigate();
  const form = createFields({ name: '' });
  async function submit(): Promise<void> {
    const made = await form.submit(() => call(api.orgs.$post({ json: form.values() })));
    if (!made) return;
    await session.refresh();
    session.selectOrganisation(made.id);
    shell.close();
    navigate('/');
  }
  return (
    <FormDialog
      form={form}
      title="New organisation"
      description="People who share workspaces. Nothing of one organisation is seen in another."
      action="Create"
      complete={form.filled('name')}
      onSubmit={() => void submit()}
      onClose={shell.close}
    >
      <TextField label="Name" autofocus autocapitalize="words" maxlength={100} {...form.field('name')} />
    </FormDialog>
  );
}
