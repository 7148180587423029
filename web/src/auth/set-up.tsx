/** The first person becomes the owner, with the code from the server's terminal. */
import { useLocation, useNavigate } from '@solidjs/router';
import { Show } from 'solid-js';
import { useSession } from '../app-context.ts';
import { api, call } from '../net/api.ts';
import { Button } from '../ui/button.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { TextField } from '../ui/field.tsx';
import { Door } from './door.tsx';
import { createFields } from './fields.ts';
import { PASSWORD_MIN, PersonFields } from './person-fields.tsx';

export default function SetUp() {
  const session = useSession();
  const navigate = useNavigate();
  const code = codeInAddress(useLocation().hash);
  const form = createFields({ code, name: '', email: '', password: '', organisation: '' });
  const complete = () =>
    form.filled('code', 'name', 'email', 'organisation') && form.values().password.length >= PASSWORD_MIN;

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    await form.submit(async () => {
      const me = await call(api.setup.$post({ json: form.values() }));
      // The code has served; it does not stay in the history.
      navigate('/', { replace: true });
      await session.signedIn(me);
    });
    if (form.error()?.code === 'already_set_up') await session.refresh();
  }

  return (
    <Door
      title="Set up Porthole"
      text="This server is new and has no owner yet. Its terminal shows a one-time code; with it, it becomes yours."
    >
      <form onSubmit={submit} class="flex flex-col gap-4" novalidate>
        <Show when={form.message()}>
          {(message) => (
            <ErrorBox
              message={message()}
              details={form.error()?.details}
              actions={
                form.error()?.code === 'already_set_up' && (
                  <Button size="sm" onClick={() => navigate('/sign-in', { replace: true })}>
                    Sign in
                  </Button>
                )
              }
            />
          )}
        </Show>
        <TextField
          label="Code from the server’s terminal"
          name="code"
          mono
          required
          autocomplete="one-time-code"
          autofocus={code === ''}
          {...form.field('code')}
        />
        <PersonFields autofocus={code !== ''} field={form.field} />
        <TextField
          label="Organisation"
          name="organisation"
          autocomplete="organization"
          autocapitalize="words"
          required
          hint="Who works together here. It can be renamed, and there can be more."
          {...form.field('organisation')}
        />
        <Button type="submit" variant="primary" size="lg" busy={form.busy()} disabled={!complete()}>
          Become the owner
        </Button>
      </form>
    </Door>
  );
}

function codeInAddress(hash: string): string {
  const text = decodeURIComponent(hash.replace(/^#/, ''));
  return text.startsWith('code=') ? text.slice('code='.length) : text;
}
