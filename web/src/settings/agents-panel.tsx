/** Agents of the organisation: the built-in ones, and any command that speaks ACP. */
import Bot from 'lucide-solid/icons/bot';
import { createSignal, Show } from 'solid-js';
import type { OfferedAgent } from '../agents/session-agents.ts';
import { addAgent, listAgents, listSecrets, removeAgent } from '../agents/session-calls.ts';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { createOrganisationRequest } from '../orgs/organisation-list.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { Plus, Trash } from '../ui/icons.ts';
import { isAdmin } from '../workspaces/status.ts';
import { FormDialog } from './forms.tsx';
import { BoxRow, Panel, Tag } from './parts.tsx';
import { AskRemoval, createRemoval, RequestedList } from './resource-list.tsx';

export function AgentsPanel() {
  const { session } = useApp();
  const agents = createOrganisationRequest(async (org) => (await listAgents(org)).agents);
  const [adding, setAdding] = createSignal(false);
  const removal = createRemoval(async (agent: OfferedAgent) => {
    await removeAgent(session.organisationId() ?? '', agent.key);
    await agents.reload();
  });
  return (
    <Panel
      title="Agents"
      text="Who can be asked in a workspace. An agent runs on the workspace’s machine, as its user."
      action={
        <Show when={isAdmin(session.role())}>
          <Button size="sm" icon={<Plus size={14} />} onClick={() => setAdding(true)}>
            Add
          </Button>
        </Show>
      }
    >
      <RequestedList of={agents} rows={4} label="Agents" empty="No agents.">
        {(agent) => (
          <BoxRow
            icon={<Bot size={18} />}
            title={agent.name}
            text={
              agent.missing.length > 0 ? (
                <>
                  {agent.about}. Needs <code class="font-mono">{agent.missing.join(', ')}</code>.
                </>
              ) : (
                agent.about
              )
            }
          >
            <Show when={agent.missing.length > 0} fallback={<Tag tone="ok">Ready</Tag>}>
              <Tag tone="busy">Key missing</Tag>
            </Show>
            <Show when={!agent.builtIn && isAdmin(session.role())}>
              <IconButton label={`Remove ${agent.name}`} onClick={() => removal.ask(agent)}>
                <Trash size={14} />
              </IconButton>
            </Show>
          </BoxRow>
        )}
      </RequestedList>
      <Show when={adding()}>
        <AddAgent
          onClose={() => {
            setAdding(false);
            void agents.reload();
          }}
        />
      </Show>
      <AskRemoval removal={removal} action="Remove">
        {() => 'No new prompts reach it. Its sessions stay readable.'}
      </AskRemoval>
    </Panel>
  );
}

function AddAgent(props: { onClose: () => void }) {
  const { session } = useApp();
  const form = createFields({ name: '', command: '', args: '', secrets: '' });
  const secrets = createOrganisationRequest(async (org) => (await listSecrets(org)).secrets);
  const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);
  async function submit(): Promise<void> {
    const org = session.organisationId();
    if (!org) return;
    const { name, command, args, secrets: names } = form.values();
    const body = { name, command, args: words(args), secrets: words(names) };
    if (await form.submit(() => addAgent(org, body))) props.onClose();
  }
  const known = () => secrets.data()?.map(({ name }) => name) ?? [];
  return (
    <FormDialog
      form={form}
      title="Add an agent"
      description="Any command that speaks the Agent Client Protocol on its standard streams."
      width="md"
      action="Add"
      complete={form.filled('name', 'command')}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <TextField label="Name" autofocus maxlength={100} placeholder="Goose" {...form.field('name')} />
      <TextField
        label="Command"
        mono
        placeholder="goose"
        hint="As it is called on the machine; found on the PATH of a login shell."
        {...form.field('command')}
      />
      <TextField label="Arguments" aside="optional" mono placeholder="acp" {...form.field('args')} />
      <TextField
        label="Secrets"
        aside="optional"
        mono
        placeholder="OPENAI_API_KEY"
        hint={
          known().length > 0
            ? `Given to it as environment variables. There are ${known().join(', ')}.`
            : 'Names of the organisation’s secrets, given to it as environment variables.'
        }
        {...form.field('secrets')}
      />
    </FormDialog>
  );
}
