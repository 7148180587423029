/** What opens repositories that are not public. */
import type { Credential } from '@porthole/shared/http';
import { createSignal, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { api, call } from '../net/api.ts';
import { FormDialog, type Outcome } from '../settings/forms.tsx';
import { BoxRow, Panel } from '../settings/parts.tsx';
import { AskRemoval, createRemoval, RequestedList } from '../settings/resource-list.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Segmented, TextField } from '../ui/field.tsx';
import { KeyRound, Plus, Trash } from '../ui/icons.ts';
import { isAdmin } from '../workspaces/status.ts';
import { createOrganisationRequest } from './organisation-list.ts';
import { PrivateKeyField } from './private-key-field.tsx';

export const createCredentials = () =>
  createOrganisationRequest(
    async (org) => (await call(api.orgs[':org'].credentials.$get({ param: { org } }))).credentials,
  );

export function CredentialsPanel() {
  const { session } = useApp();
  const credentials = createCredentials();
  const [making, setMaking] = createSignal(false);
  const removal = createRemoval(async (credential: Credential) => {
    const param = { org: session.organisationId() ?? '', credential: credential.id };
    await call(api.orgs[':org'].credentials[':credential'].$delete({ param }));
    await credentials.reload();
  });
  return (
    <Panel
      title="Git credentials"
      text="Kept encrypted on the server, and never shown again. A machine gets one to clone with, and keeps none: to fetch and push there, sign in there. A token for GitHub also finds pull requests."
      action={
        <Show when={isAdmin(session.role())}>
          <Button size="sm" icon={<Plus size={14} />} onClick={() => setMaking(true)}>
            Add
          </Button>
        </Show>
      }
    >
      <RequestedList
        of={credentials}
        rows={2}
        label="Git credentials"
        empty="No credentials. Public repositories need none."
      >
        {(credential) => (
          <BoxRow icon={<KeyRound size={18} />} title={credential.name} text={whatItIs(credential)}>
            <Show when={credential.publicKey}>
              {(key) => <CopyButton text={key()}>Public key</CopyButton>}
            </Show>
            <Show when={isAdmin(session.role())}>
              <IconButton label={`Forget ${credential.name}`} onClick={() => removal.ask(credential)}>
                <Trash size={14} />
              </IconButton>
            </Show>
          </BoxRow>
        )}
      </RequestedList>
      <Show when={making()}>
        <NewCredential
          onClose={() => {
            setMaking(false);
            void credentials.reload();
          }}
        />
      </Show>
      <AskRemoval removal={removal} action="Forget">
        {() =>
          'Repositories that use it have to be given another one first. Revoke it as well where it came from.'
        }
      </AskRemoval>
    </Panel>
  );
}

function whatItIs({ kind, username, host }: Credential): string {
  if (kind === 'ssh_key') return 'Deploy key';
  const where = host ?? 'the git server of the repository that an admin first chooses it for';
  return `Access token${username ? ` of ${username}` : ''} for ${where}`;
}

function NewCredential(props: { onClose: () => void }) {
  const { session } = useApp();
  const [outcome, setOutcome] = createSignal<Outcome | null>(null);
  const form = createFields<
    { kind: Credential['kind'] } & Record<'name' | 'host' | 'username' | 'token' | 'privateKey', string>
  >({ kind: 'https_token', name: '', host: '', username: '', token: '', privateKey: '' });
  const isKey = () => form.values().kind === 'ssh_key';
  const request = () => {
    const { name, host, username, token, privateKey } = form.values();
    return isKey()
      ? { kind: 'ssh_key' as const, name, ...(form.filled('privateKey') ? { privateKey } : {}) }
      : { kind: 'https_token' as const, name, host, token, ...(form.filled('username') ? { username } : {}) };
  };
  async function submit(): Promise<void> {
    const org = session.organisationId();
    if (!org) return;
    const made = await form.submit(() =>
      call(api.orgs[':org'].credentials.$post({ param: { org }, json: request() })),
    );
    if (!made) return;
    if (!made.publicKey) return props.onClose();
    setOutcome({
      title: 'Give the repository this key',
      description: 'Add it as a deploy key. To read is enough: it is used to clone.',
      text: made.publicKey,
    });
  }
  return (
    <FormDialog
      form={form}
      title="Add a git credential"
      width="md"
      action="Add"
      complete={form.filled('name') && (isKey() || (form.filled('host') && form.values().token !== ''))}
      onSubmit={() => void submit()}
      onClose={props.onClose}
      outcome={outcome()}
    >
      <Segmented
        label="Kind"
        options={[
          { value: 'https_token', label: 'Access token (https)' },
          { value: 'ssh_key', label: 'Deploy key (ssh)' },
        ]}
        {...form.choice('kind')}
      />
      <TextField
        label="Name"
        autofocus
        maxlength={100}
        placeholder="GitHub, acme-bot"
        {...form.field('name')}
      />
      <Show
        when={!isKey()}
        fallback={
          <PrivateKeyField
            hint="Leave it empty, and a new ed25519 pair is made; you get its public half."
            {...form.field('privateKey')}
          />
        }
      >
        <TextField
          label="Git server"
          mono
          inputmode="url"
          maxlength={300}
          placeholder="github.com"
          hint="The token is sent there and nowhere else."
          {...form.field('host')}
        />
        <TextField
          label="User name"
          aside="optional"
          placeholder="x-access-token"
          {...form.field('username')}
        />
        <TextField label="Token" type="password" autocomplete="off" mono {...form.field('token')} />
      </Show>
    </FormDialog>
  );
}
