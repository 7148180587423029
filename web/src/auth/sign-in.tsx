/** Signing in. The address is where the person wanted to go, and stays. */
import type { OAuthName } from '@porthole/shared/http';
import { useLocation, useNavigate } from '@solidjs/router';
import { createSignal, onMount, Show } from 'solid-js';
import { useSession } from '../app-context.ts';
import { api, call } from '../net/api.ts';
import { Button } from '../ui/button.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { TextField } from '../ui/field.tsx';
import { Door } from './door.tsx';
import { createFields } from './fields.ts';
import { OAuthButtons } from './oauth-buttons.tsx';
import { EmailField } from './person-fields.tsx';

const elsewhereText = (code: string): string =>
  code === 'email_taken'
    ? 'That address has a password here. Sign in with it; then you can link the account under Settings › Profile.'
    : 'Signing in there did not work, or the account is not known here. Ask for an invite, or use a password.';

/** `onElsewhere`: begins signing in by an account elsewhere, when something has to go along that no address may carry. */
export default function SignIn(props: { onElsewhere?: (provider: OAuthName) => Promise<void> }) {
  const session = useSession();
  const location = useLocation();
  const navigate = useNavigate();
  const form = createFields({ email: '', password: '' });
  onMount(() => {
    if (!session.server()) void session.loadServer().catch(() => {});
    const refused = new URLSearchParams(location.search).get('error');
    if (refused) setOauthError(refused);
  });
  const [oauthError, setOauthError] = createSignal<string | null>(null);
  const isElsewhere = () => !['/', '/sign-in', '/setup'].includes(location.pathname);
  const back = () => (location.pathname === '/sign-in' ? '/' : `${location.pathname}${location.search}`);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    await form.submit(async () => {
      const me = await call(api['sign-in'].$post({ json: form.values() }));
      if (location.pathname === '/sign-in' || location.pathname === '/setup')
        navigate('/', { replace: true });
      await session.signedIn(me);
    });
  }

  return (
    <Door
      title="Sign in"
      text={
        isElsewhere()
          ? 'Then you are taken to where you were going.'
          : 'To your workspaces and their terminals.'
      }
    >
      <form onSubmit={submit} class="flex flex-col gap-4" novalidate>
        <Show when={form.message()}>{(message) => <ErrorBox message={message()} />}</Show>
        <Show when={oauthError()}>{(code) => <ErrorBox message={elsewhereText(code())} />}</Show>
        <EmailField autofocus {...form.field('email')} />
        <TextField
          label="Password"
          type="password"
          name="password"
          autocomplete="current-password"
          required
          {...form.field('password')}
        />
        <Button
          type="submit"
          variant="primary"
          size="lg"
          busy={form.busy()}
          disabled={!form.values().email || !form.values().password}
        >
          Sign in
        </Button>
      </form>
      <LostPassword />
      <Show when={props.onElsewhere} fallback={<OAuthButtons next={back()} />}>
        {(begin) => (
          <OAuthButtons next={back()} onChoose={(provider) => void form.submit(() => begin()(provider))} />
        )}
      </Show>
    </Door>
  );
}

function LostPassword() {
  return (
    <details class="mt-4 text-sm text-soft">
      <summary class="cursor-pointer text-accent hover:underline touch:py-3">Lost your password?</summary>
      <p class="mt-2 text-pretty">
        You choose another one by a link. An owner of your organisation makes it under Settings › Members and
        invites, or whoever runs the server on its terminal:
      </p>
      <code class="mt-2 block rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-xs break-words text-ink">
        npm run reset -- you@example.com
      </code>
    </details>
  );
}
