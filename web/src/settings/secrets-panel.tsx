/** Keys of model services, and what else agents need. Written, replaced and removed; never shown. */
import { createSignal, Show } from 'solid-js';
import { listSecrets, removeSecret, setSecret } from '../agents/session-calls.ts';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { createOrganisationRequest } from '../orgs/organisation-list.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { KeyRound, Pencil, Plus, Trash } from '../ui/icons.ts';
import { isAdmin } from '../workspaces/status.ts';
import { FormDialog } from './forms.tsx';
import { BoxRow, Panel } from './parts.tsx';
import { AskRemoval, createRemoval, RequestedList } from './resource-list.tsx';
import { relativeTime } from './time.ts';

interface SecretItem {
  name: string;
  setAt: number;
}

export function SecretsPanel() {
  const { session } = useApp();
  const secrets = createOrganisationRequest(async (org) => (await listSecrets(org)).secrets);
  const [setting, setSetting] = createSignal<string | null>(null);
  const removal = createRemoval(async (secret: SecretItem) => {
    await removeSecret(session.organisationId() ?? '', secret.name);
    await secrets.reload();
  });
  return (
    <Panel
      title="Secrets of agents"
      text="Keys of model services, kept encrypted on the server and never shown again. Requests to Anthropic and OpenAI pass through this server, so that their keys never reach a machine; any other secret is given to the agents that need it, on theirs."
      action={
        <Show when={isAdmin(session.role())}>
          <Button size="sm" icon={<Plus size={14} />} onClick={() => setSetting('')}>
            Set
          </Button>
        </Show>
      }
    >
      <RequestedList
        of={secrets}
        rows={2}
        label="Secrets of agents"
        empty="None is set. The scripted agent needs none; others ask for theirs in the session."
      >
        {(secret) => (
          <BoxRow
            icon={<KeyRound size={18} />}
            title={<code class="font-mono text-[0.8125rem]">{secret.name}</code>}
            text={`Set ${relativeTime(secret.setAt, Date.now())}`}
          >
            <Show when={isAdmin(session.role())}>
              <IconButton label={`Replace ${secret.name}`} onClick={() => setSetting(secret.name)}>
                <Pencil size={14} />
              </IconButton>
              <IconButton label={`Remove ${secret.name}`} onClick={() => removal.ask(secret)}>
                <Trash size={14} />
              </IconButton>
            </Show>
          </BoxRow>
        )}
      </RequestedList>
      <Show when={setting() !== null}>
        <SetSecret
          name={setting() ?? ''}
          onClose={() => {
            setSetting(null);
            void secrets.reload();
          }}
        />
      </Show>
      <AskRemoval removal={removal} action="Remove">
        {() => 'Agents that need it ask for it again before they do anything.'}
      </AskRemoval>
    </Panel>
  );
}

function SetSecret(props: { name: string; onClose: () => void }) {
  const { session } = useApp();
  const form = createFields({ name: props.name, value: '' });
  async function submit(): Promise<void> {
    const org = session.organisationId();
    if (!org) return;
    const { name, value } = form.values();
    const done = await form.submit(async () => {
      await setSecret(org, name.trim(), value.trim());
      return true;
    });
    if (done) props.onClose();
  }
  return (
    <FormDialog
      form={form}
      title={props.name ? `Replace ${props.name}` : 'Set a secret'}
      action={props.name ? 'Replace' : 'Set'}
      complete={form.filled('name', 'value')}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <Show when={!props.name}>
        <TextField
          label="Name"
          mono
          autofocus
          maxlength={64}
          placeholder="ANTHROPIC_API_KEY"
          hint="Capital letters, digits and _."
          list="secret-names"
          {...form.field('name')}
        />
        <datalist id="secret-names">
          <option value="ANTHROPIC_API_KEY" />
          <option value="OPENAI_API_KEY" />
          <option value="GEMINI_API_KEY" />
        </datalist>
      </Show>
      <TextField label="Value" type="password" autocomplete="off" mono {...form.field('value')} />
    </FormDialog>
  );
}
