import { Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { PASSWORD_MIN } from '../auth/person-fields.tsx';
import { api, call } from '../net/api.ts';
import { TextField } from '../ui/field.tsx';
import { showToast } from '../ui/toast.ts';
import { AccountsPanel } from './accounts-panel.tsx';
import { PageForm } from './forms.tsx';
import { Panel } from './parts.tsx';

export function ProfilePanel() {
  return (
    <>
      <NameForm />
      <PasswordForm />
      <AccountsPanel />
    </>
  );
}

function NameForm() {
  const { session } = useApp();
  const form = createFields({ name: session.me()?.user.name ?? '' });
  async function submit(): Promise<void> {
    const me = await form.submit(() => call(api.me.$patch({ json: form.values() })));
    if (!me) return;
    await session.signedIn(me);
    showToast({ tone: 'good', title: 'Name changed' });
  }
  return (
    <Panel title="Profile" text="How others see you in lists, terminals and commits.">
      <PageForm
        form={form}
        action="Save"
        complete={form.filled('name') && form.values().name.trim() !== session.me()?.user.name}
        onSubmit={() => void submit()}
      >
        <TextField
          label="Name"
          autocomplete="name"
          autocapitalize="words"
          maxlength={100}
          {...form.field('name')}
        />
        <TextField
          label="E-mail"
          value={session.me()?.user.email ?? ''}
          disabled
          hint="What you sign in with."
        />
      </PageForm>
    </Panel>
  );
}

function PasswordForm() {
  const { session } = useApp();
  const form = createFields({ 'password.current': '', 'password.new': '' });
  const has = () => session.me()?.user.hasPassword ?? true;
  async function submit(): Promise<void> {
    const { 'password.current': current, 'password.new': next } = form.values();
    const password = { current: has() ? current : null, new: next };
    const me = await form.submit(() => call(api.me.$patch({ json: { password } })));
    if (!me) return;
    await session.signedIn(me);
    form.clear();
    showToast({ tone: 'good', title: 'Password changed' });
  }
  return (
    <Panel
      title="Password"
      text={has() ? undefined : 'You sign in with another service. With a password you can do without it.'}
    >
      <PageForm
        form={form}
        action="Change password"
        quiet
        complete={
          form.values()['password.new'].length >= PASSWORD_MIN &&
          (!has() || form.values()['password.current'] !== '')
        }
        onSubmit={() => void submit()}
      >
        {/* Password managers file a password under the name beside it. */}
        <input type="text" autocomplete="username" value={session.me()?.user.email ?? ''} readOnly hidden />
        <Show when={has()}>
          <TextField
            label="Current password"
            type="password"
            autocomplete="current-password"
            {...form.field('password.current')}
          />
        </Show>
        <TextField
          label="New password"
          type="password"
          autocomplete="new-password"
          hint={`At least ${PASSWORD_MIN} characters.`}
          {...form.field('password.new')}
        />
      </PageForm>
    </Panel>
  );
}
