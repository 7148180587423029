/** Accounts elsewhere that sign this person in, where the server has that set up. */
import type { OAuthName } from '@porthole/shared/http';
import { createSignal, For, onMount, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { OAUTH_NAMES } from '../auth/oauth-buttons.tsx';
import { api, call } from '../net/api.ts';
import { createRequest } from '../net/create-request.ts';
import { Button } from '../ui/button.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { TextField } from '../ui/field.tsx';
import { toastError } from '../ui/toast.ts';
import { FormDialog } from './forms.tsx';
import { Answer, Box, BoxRow, Panel } from './parts.tsx';
import { createRowAction } from './resource-list.tsx';
import { relativeTime } from './time.ts';

export function AccountsPanel() {
  const { session } = useApp();
  onMount(() => {
    if (!session.server()) void session.loadServer().catch(() => {});
  });
  return (
    <Show when={(session.server()?.oauth.length ?? 0) > 0}>
      <LinkedAccounts offered={session.server()?.oauth ?? []} />
    </Show>
  );
}

function LinkedAccounts(props: { offered: readonly OAuthName[] }) {
  const { session } = useApp();
  const refused = new URLSearchParams(location.search).get('error');
  const accounts = createRequest(
    () => 'mine',
    async () => (await call(api.me.accounts.$get())).accounts,
  );
  const [asking, setAsking] = createSignal<OAuthName | null>(null);
  const unlink = createRowAction('Not unlinked', async ({ id }: { id: OAuthName }) => {
    await call(api.me.accounts[':provider'].$delete({ param: { provider: id } }));
    await accounts.reload();
  });
  const linkedAt = (id: OAuthName) => accounts.data()?.find(({ provider }) => provider === id)?.linkedAt;
  const begin = (id: OAuthName) =>
    session.me()?.user.hasPassword === false
      ? void link(id, null).catch((fault) => toastError('Not linked', fault))
      : setAsking(id);
  return (
    <Panel title="Signing in elsewhere" text="An account that is linked signs you in without your password.">
      <Show when={refused}>{(code) => <ErrorBox message={refusal(code())} class="mb-3" />}</Show>
      <Answer of={accounts} rows={props.offered.length}>
        <Box>
          <For each={props.offered}>
            {(id) => (
              <BoxRow
                title={OAUTH_NAMES[id]}
                text={linkedAt(id) ? `linked ${relativeTime(linkedAt(id) ?? 0, Date.now())}` : 'not linked'}
              >
                <Show
                  when={linkedAt(id)}
                  fallback={
                    <Button size="sm" aria-label={`Link ${OAUTH_NAMES[id]}`} onClick={() => begin(id)}>
                      Link
                    </Button>
                  }
                >
                  <Button
                    size="sm"
                    variant="danger"
                    aria-label={`Unlink ${OAUTH_NAMES[id]}`}
                    busy={unlink.busy({ id })}
                    onClick={() => void unlink.run({ id })}
                  >
                    Unlink
                  </Button>
                </Show>
              </BoxRow>
            )}
          </For>
        </Box>
      </Answer>
      <Show when={asking()} keyed>
        {(id) => <AskPassword provider={id} onClose={() => setAsking(null)} />}
      </Show>
    </Panel>
  );
}

/** Whoever finds an open device may not make it a way in for good. */
function AskPassword(props: { provider: OAuthName; onClose: () => void }) {
  const form = createFields({ password: '' });
  return (
    <FormDialog
      form={form}
      title={`Link ${OAUTH_NAMES[props.provider]}`}
      description={`Then you go on at ${OAUTH_NAMES[props.provider]}, and come back here.`}
      action="Continue"
      complete={form.filled('password')}
      onSubmit={() => void form.submit(() => link(props.provider, form.values().password))}
      onClose={props.onClose}
    >
      <TextField
        label="Your password"
        type="password"
        autocomplete="current-password"
        autofocus
        {...form.field('password')}
      />
    </FormDialog>
  );
}

/** A whole navigation: the provider's page takes over. */
async function link(provider: OAuthName, password: string | null): Promise<void> {
  const json = { password, next: '/settings/profile' };
  const { url } = await call(api.me.accounts[':provider'].$post({ param: { provider }, json }));
  location.assign(url);
}

const refusal = (code: string): string =>
  code === 'conflict'
    ? 'Nothing was linked: that account signs somebody else in, or another one is linked for you.'
    : 'Nothing was linked: signing in there did not work, or took too long. Try again.';
