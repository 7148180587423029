import type { MirroredRow } from '@porthole/shared';
import { Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { api, call } from '../net/api.ts';
import { FormDialog } from '../settings/forms.tsx';
import { Segmented, TextField } from '../ui/field.tsx';
import { createOrganisationRequest } from './organisation-list.ts';
import { PrivateKeyField } from './private-key-field.tsx';

type Text = Record<'name' | 'address' | 'port' | 'username' | 'privateKey' | 'passphrase', string>;

export function AddHost(props: { onClose: () => void; onAdded: (id: string) => void }) {
  const { session } = useApp();
  const form = createFields<Text & { auth: MirroredRow<'hosts'>['auth'] }>({
    name: '',
    address: '',
    port: '22',
    username: '',
    auth: 'key',
    privateKey: '',
    passphrase: '',
  });
  /** Only the organisation that owns the server has it, and only where there is one. */
  const byAgent = createOrganisationRequest(
    async (org) => (await call(api.orgs[':org'].hosts.$get({ param: { org } }))).agent,
  );
  const byKey = () => form.values().auth === 'key';
  const ownKey = () => byKey() && form.filled('privateKey');
  async function submit(): Promise<void> {
    const org = session.organisationId();
    if (!org) return;
    const { name, address, port, username, auth, privateKey, passphrase } = form.values();
    const json = {
      name: name.trim() || address.trim(),
      address,
      port: Number(port),
      username,
      auth,
      ...(ownKey() ? { privateKey } : {}),
      ...(ownKey() && passphrase ? { passphrase } : {}),
    };
    const made = await form.submit(() => call(api.orgs[':org'].hosts.$post({ param: { org }, json })));
    if (made) props.onAdded(made.id);
  }
  return (
    <FormDialog
      form={form}
      title="Add a host"
      description="Any machine with OpenSSH. Nothing is installed on it."
      width="md"
      action="Add"
      complete={form.filled('address', 'username') && Number(form.values().port) > 0}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <div class="grid grid-cols-[minmax(0,1fr)_5.5rem] gap-3">
        <TextField
          label="Address"
          mono
          autofocus
          inputmode="url"
          placeholder="build-01.acme.dev"
          {...form.field('address')}
        />
        <TextField label="Port" mono inputmode="numeric" {...form.field('port')} />
      </div>
      <div class="grid grid-cols-1 gap-4 wide:grid-cols-2">
        <TextField label="User" mono placeholder="dev" {...form.field('username')} />
        <TextField
          label="Name"
          aside="optional"
          placeholder={form.values().address || 'build-01'}
          maxlength={100}
          {...form.field('name')}
        />
      </div>
      <Show when={byAgent.data()}>
        <Segmented
          label="How Porthole signs in"
          options={[
            { value: 'key', label: 'A key of its own' },
            { value: 'agent', label: 'The server’s ssh-agent' },
          ]}
          {...form.choice('auth')}
        />
      </Show>
      <Show when={byKey()}>
        <PrivateKeyField
          hint="Leave it empty, and a new ed25519 pair is made for this host."
          {...form.field('privateKey')}
        />
        <Show when={ownKey()}>
          <TextField
            label="Passphrase"
            aside="if it has one"
            type="password"
            autocomplete="off"
            {...form.field('passphrase')}
          />
        </Show>
      </Show>
    </FormDialog>
  );
}
