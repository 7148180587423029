/** What is worked on. */
import type { MirroredRow } from '@porthole/shared';
import { createSignal, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { api, call } from '../net/api.ts';
import { FormDialog } from '../settings/forms.tsx';
import { BoxRow, Panel } from '../settings/parts.tsx';
import { AskRemoval, createRemoval, ResourceList } from '../settings/resource-list.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { ChoiceField } from '../ui/choice-field.tsx';
import { TextField } from '../ui/field.tsx';
import { FolderGit2, Pencil, Plus, Trash } from '../ui/icons.ts';
import { isAdmin } from '../workspaces/status.ts';
import { createCredentials } from './credentials-panel.tsx';
import { byName, isKnown } from './organisation-list.ts';

type Repository = MirroredRow<'repositories'>;

export function RepositoriesPanel() {
  const { mirror, session } = useApp();
  const [editing, setEditing] = createSignal<Repository | 'new' | null>(null);
  const removal = createRemoval((repository: Repository) => {
    const param = { org: repository.organisationId, repository: repository.id };
    return call(api.orgs[':org'].repositories[':repository'].$delete({ param }));
  });
  return (
    <Panel
      title="Repositories"
      text="What workspaces are made from. One is also added when a workspace is made from a git URL."
      action={
        <Button size="sm" icon={<Plus size={14} />} onClick={() => setEditing('new')}>
          Add
        </Button>
      }
    >
      <ResourceList
        of={byName(mirror.repositories())}
        waiting={!isKnown(mirror, 'repositories')}
        label="Repositories"
        empty="No repositories yet. Add one here, or make a workspace from its git URL."
      >
        {(repository) => (
          <BoxRow
            icon={<FolderGit2 size={18} />}
            title={repository.name}
            text={
              <>
                <span class="font-mono">{repository.url}</span> · {repository.defaultBranch}
              </>
            }
          >
            <IconButton label={`Change ${repository.name}`} onClick={() => setEditing(repository)}>
              <Pencil size={14} />
            </IconButton>
            <Show when={isAdmin(session.role())}>
              <IconButton label={`Remove ${repository.name}`} onClick={() => removal.ask(repository)}>
                <Trash size={14} />
              </IconButton>
            </Show>
          </BoxRow>
        )}
      </ResourceList>
      <Show when={editing()} keyed>
        {(what) => (
          <EditRepository repository={what === 'new' ? null : what} onClose={() => setEditing(null)} />
        )}
      </Show>
      <AskRemoval removal={removal} action="Remove">
        {() => 'The repository itself is not touched. Workspaces made from it have to be deleted first.'}
      </AskRemoval>
    </Panel>
  );
}

function EditRepository(props: { repository: Repository | null; onClose: () => void }) {
  const { session } = useApp();
  const credentials = createCredentials();
  const form = createFields({
    url: '',
    name: props.repository?.name ?? '',
    defaultBranch: props.repository?.defaultBranch ?? '',
    credentialId: props.repository?.credentialId ?? '',
  });
  const optional = () => (props.repository ? undefined : 'optional');
  async function submit(): Promise<void> {
    const org = session.organisationId();
    if (!org) return;
    const { url, name, defaultBranch, credentialId } = form.values();
    const json = {
      credentialId: credentialId || null,
      ...(form.filled('name') ? { name } : {}),
      ...(form.filled('defaultBranch') ? { defaultBranch } : {}),
    };
    const repository = props.repository?.id;
    const done = await form.submit<unknown>(() =>
      repository
        ? call(api.orgs[':org'].repositories[':repository'].$patch({ param: { org, repository }, json }))
        : call(api.orgs[':org'].repositories.$post({ param: { org }, json: { ...json, url } })),
    );
    if (done) props.onClose();
  }
  return (
    <FormDialog
      form={form}
      title={props.repository ? 'Change repository' : 'Add a repository'}
      action={props.repository ? 'Save' : 'Add'}
      complete={Boolean(props.repository) || form.filled('url')}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <Show
        when={!props.repository}
        fallback={<TextField label="Git URL" mono disabled value={props.repository?.url ?? ''} />}
      >
        <TextField
          label="Git URL"
          mono
          autofocus
          inputmode="url"
          placeholder="git@github.com:acme/payments.git"
          {...form.field('url')}
        />
      </Show>
      <TextField label="Name" aside={optional()} placeholder="acme/payments" {...form.field('name')} />
      <TextField
        label="Default branch"
        aside={optional()}
        mono
        placeholder="main"
        {...form.field('defaultBranch')}
      />
      <ChoiceField
        label="Credential"
        options={[
          { value: '', label: 'None, it is public' },
          ...(credentials.data() ?? []).map(({ id, name, host }) => ({
            value: id,
            label: host ? `${name}, for ${host}` : name,
          })),
        ]}
        {...form.field('credentialId')}
      />
    </FormDialog>
  );
}
