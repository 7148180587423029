/** Choosing a new password by a link. The secret is in the fragment, which no log sees. */
import { useLocation, useNavigate } from '@solidjs/router';
import { Show } from 'solid-js';
import { useSession } from '../app-context.ts';
import { api, call } from '../net/api.ts';
import type { ApiError } from '../net/api-error.ts';
import { createRequest } from '../net/create-request.ts';
import { Button } from '../ui/button.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { TextField } from '../ui/field.tsx';
import { Door } from './door.tsx';
import { createFields } from './fields.ts';
import { LinkDoor } from './link-door.tsx';
import { NewPasswordField, PASSWORD_MIN } from './person-fields.tsx';

export default function Reset() {
  const session = useSession();
  const navigate = useNavigate();
  const secret = decodeURIComponent(useLocation().hash.replace(/^#/, ''));
  const link = createRequest(
    () => secret,
    (asked) => call(api.resets.preview.$post({ json: { secret: asked } })),
  );
  const form = createFields({ password: '' });

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    await form.submit(async () => {
      const me = await call(api.resets.use.$post({ json: { secret, ...form.values() } }));
      // The secret has served; it does not stay in the history.
      navigate('/', { replace: true });
      await session.signedIn(me);
    });
  }

  return (
    <LinkDoor
      link={link}
      waiting={{ title: 'New password', label: 'Looking at the link' }}
      refused={{ title: 'This link cannot be used', text: refusalText }}
    >
      {(whose) => (
        <Door
          title="New password"
          text={`For ${whose().name}. Whatever signed you in before ends: other devices, API tokens and accounts elsewhere.`}
        >
          <form onSubmit={submit} class="flex flex-col gap-4" novalidate>
            <Show when={form.message()}>{(message) => <ErrorBox message={message()} />}</Show>
            <Show when={session.me()?.user.email !== whose().email && session.me()}>
              {(me) => (
                <p class="text-sm text-soft">
                  This device is signed in as <span class="text-ink">{me().user.name}</span> and will be{' '}
                  {whose().name}’s.
                </p>
              )}
            </Show>
            <TextField label="E-mail" type="email" autocomplete="username" readonly value={whose().email} />
            <NewPasswordField autofocus {...form.field('password')} />
            <Button
              type="submit"
              variant="primary"
              size="lg"
              busy={form.busy()}
              disabled={form.values().password.length < PASSWORD_MIN}
            >
              Save and sign in
            </Button>
          </form>
        </Door>
      )}
    </LinkDoor>
  );
}

const refusalText = (error: ApiError): string =>
  error.code === 'bad_request' ? 'The link is not complete. Copy all of it.' : error.message;
