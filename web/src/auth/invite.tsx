/** Joining by an invite: as a new person, or as whoever is signed in. The secret is in the fragment, which no log sees. */
import type { OAuthName } from '@porthole/shared/http';
import { useLocation, useNavigate } from '@solidjs/router';
import { createSignal, onMount, Show } from 'solid-js';
import { useSession } from '../app-context.ts';
import { api, call } from '../net/api.ts';
import type { ApiError } from '../net/api-error.ts';
import { createRequest } from '../net/create-request.ts';
import { Button } from '../ui/button.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { Door } from './door.tsx';
import { createFields } from './fields.ts';
import { LinkDoor } from './link-door.tsx';
import { OAuthButtons } from './oauth-buttons.tsx';
import { PASSWORD_MIN, PersonFields } from './person-fields.tsx';
import SignIn from './sign-in.tsx';

export default function Invite() {
  const session = useSession();
  const navigate = useNavigate();
  const secret = secretInAddress(useLocation().hash);
  const preview = createRequest(
    () => secret,
    (asked) => call(api.invites.preview.$post({ json: { secret: asked } })),
  );
  const [asExisting, setAsExisting] = createSignal(false);
  const form = createFields({ 'person.name': '', 'person.email': '', 'person.password': '' });
  const person = () => {
    const { 'person.name': name, 'person.email': email, 'person.password': password } = form.values();
    return { name, email, password };
  };
  const complete = () =>
    form.filled('person.name', 'person.email') && person().password.length >= PASSWORD_MIN;
  onMount(() => {
    if (!session.server()) void session.loadServer().catch(() => {});
  });
  async function accept(as?: ReturnType<typeof person>): Promise<void> {
    await form.submit(async () => {
      const before = new Set(session.me()?.organisations.map(({ id }) => id));
      const me = await call(api.invites.accept.$post({ json: as ? { secret, person: as } : { secret } }));
      navigate('/', { replace: true });
      await session.signedIn(me);
      const joined = me.organisations.find(({ id }) => !before.has(id));
      if (joined) session.selectOrganisation(joined.id);
    });
  }

  /** The secret goes along in a body: an address would end up in logs. */
  async function beginElsewhere(provider: OAuthName): Promise<void> {
    const request = fetch(`/api/oauth/${provider}/start`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ invite: secret, next: '/' }),
    });
    const { url } = await call<{ url: string }>(request);
    location.assign(url);
  }

  return (
    <Show when={!(asExisting() && !session.me())} fallback={<SignIn onElsewhere={beginElsewhere} />}>
      <LinkDoor
        link={preview}
        waiting={{ title: 'Invite', label: 'Looking at the invite' }}
        refused={{ title: 'This invite cannot be used', text: refusalText }}
      >
        {(invite) => (
          <Door
            title={`Join ${invite().organisation}`}
            text={`${invite().invitedBy} invites you as ${invite().role === 'member' ? 'a member' : `an ${invite().role}`}.`}
          >
            <Show
              when={session.me()}
              fallback={
                <form
                  class="flex flex-col gap-4"
                  novalidate
                  onSubmit={(event) => {
                    event.preventDefault();
                    void accept(person());
                  }}
                >
                  <Show when={form.message()}>
                    {(message) => (
                      <ErrorBox
                        message={message()}
                        actions={
                          form.error()?.code === 'email_taken' && (
                            <Button size="sm" onClick={() => setAsExisting(true)}>
                              Sign in instead
                            </Button>
                          )
                        }
                      />
                    )}
                  </Show>
                  <PersonFields autofocus field={(name) => form.field(`person.${name}`)} />
                  <Button type="submit" variant="primary" size="lg" busy={form.busy()} disabled={!complete()}>
                    Join
                  </Button>
                  <OAuthButtons
                    next="/"
                    onChoose={(provider) => void form.submit(() => beginElsewhere(provider))}
                  />
                  <p class="text-center text-sm text-soft">
                    Have an account here?{' '}
                    <button
                      type="button"
                      class="text-accent hover:underline touch:py-3"
                      onClick={() => setAsExisting(true)}
                    >
                      Sign in
                    </button>
                  </p>
                </form>
              }
            >
              {(me) => (
                <div class="flex flex-col gap-4">
                  <Show when={form.message()}>{(message) => <ErrorBox message={message()} />}</Show>
                  <p class="text-sm text-soft">
                    You are signed in as <span class="text-ink">{me().user.name}</span> ({me().user.email}).
                  </p>
                  <div class="flex gap-2">
                    <Button variant="primary" size="lg" busy={form.busy()} onClick={() => void accept()}>
                      Join {invite().organisation}
                    </Button>
                    <Button size="lg" variant="ghost" onClick={() => navigate('/', { replace: true })}>
                      Not now
                    </Button>
                  </div>
                </div>
              )}
            </Show>
          </Door>
        )}
      </LinkDoor>
    </Show>
  );
}

function refusalText(error: ApiError): string {
  switch (error.code) {
    case 'invite_used':
      return 'Somebody has used it already. Ask for another one.';
    case 'invite_expired':
      return 'Its time is over. Ask for another one.';
    case 'bad_request':
    case 'not_found':
      return 'The link is not complete, or the invite was taken back. Ask for another one.';
    default:
      return error.message;
  }
}

function secretInAddress(hash: string): string {
  const text = decodeURIComponent(hash.replace(/^#/, ''));
  return text.startsWith('secret=') ? text.slice('secret='.length) : text;
}
