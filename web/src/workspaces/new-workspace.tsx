/** Making a workspace: what to work on, on which machine, on which branch. */

import type { ProviderName } from '@porthole/shared';
import { useNavigate } from '@solidjs/router';
import { createEffect, createMemo, createSignal, For, on, onMount, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createForm } from '../auth/form.ts';
import { api, call } from '../net/api.ts';
import { createRequest } from '../net/create-request.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { Segmented, SelectField, TextField } from '../ui/field.tsx';
import { ChevronRight } from '../ui/icons.ts';
import { expectTerminal } from './create-workspace-view.ts';
import { PROVIDER_NAMES } from './providers.ts';
import { AUTO_STOP_CHOICES, autoStopText, isAdmin } from './status.ts';

type Source = 'repository' | 'url' | 'empty';

const FIELDS = ['name', 'url', 'repositoryId', 'credentialId', 'branch', 'baseBranch', 'provider', 'hostId'];

export default function NewWorkspace() {
  const { mirror, session, shell, sync } = useApp();
  const navigate = useNavigate();
  const wanted = shell.overlay();
  const wantedRepository = wanted?.name === 'new-workspace' ? wanted.repositoryId : undefined;
  const [source, setSource] = createSignal<Source>(mirror.repositories().length > 0 ? 'repository' : 'url');
  const [repositoryId, setRepositoryId] = createSignal(
    wantedRepository ?? mirror.repositories()[0]?.id ?? '',
  );
  const [url, setUrl] = createSignal('');
  const [credentialId, setCredentialId] = createSignal('');
  const [name, setName] = createSignal('');
  const [branch, setBranch] = createSignal('');
  const [baseBranch, setBaseBranch] = createSignal('');
  const [provider, setProvider] = createSignal<ProviderName>('local');
  const [hostId, setHostId] = createSignal('');
  const [autoStop, setAutoStop] = createSignal(30);
  const form = createForm();
  // Public repositories need none: the form works without an answer.
  const credentials = createRequest(
    session.organisationId,
    async (org) => (await call(api.orgs[':org'].credentials.$get({ param: { org } }))).credentials,
  );
  const providers = createMemo(
    () => session.server()?.providers.filter(({ name: one }) => one !== 'freestyle') ?? [],
  );
  const pinnedHosts = createMemo(() => mirror.hosts().filter((host) => host.hostKeyFingerprint !== null));
  const repository = createMemo(() => mirror.repositories().find(({ id }) => id === repositoryId()));
  const refused = () => providers().find((one) => one.name === provider() && !one.enabled);
  onMount(() => void session.loadServer().catch(() => {}));
  // The first that works, once it is known which do.
  createEffect(
    on(providers, (all) => {
      if (!refused()) return;
      const usable = all.find((one) => one.enabled);
      if (usable) setProvider(usable.name);
    }),
  );
  createEffect(() => {
    if (provider() === 'ssh' && !hostId()) setHostId(pinnedHosts()[0]?.id ?? '');
  });

  const complete = () =>
    (source() !== 'repository' || repositoryId() !== '') &&
    (source() !== 'url' || url().trim() !== '') &&
    (provider() !== 'ssh' || hostId() !== '') &&
    !refused();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const org = session.organisationId();
    if (!org || !complete()) return;
    const made = await form.submit(() =>
      call(
        api.orgs[':org'].workspaces.$post({
          param: { org },
          json: {
            provider: provider(),
            hostId: provider() === 'ssh' ? hostId() : null,
            repositoryId: source() === 'repository' ? repositoryId() : null,
            url: source() === 'url' ? url().trim() : null,
            credentialId: source() === 'url' && credentialId() ? credentialId() : null,
            branch: source() !== 'empty' && branch().trim() ? branch().trim() : null,
            baseBranch: source() !== 'empty' && baseBranch().trim() ? baseBranch().trim() : null,
            autoStopMinutes: autoStop(),
            ...(name().trim() ? { name: name().trim() } : {}),
          },
        }),
      ),
    );
    if (!made) return;
    expectTerminal(made.id);
    shell.close();
    navigate(`/w/${made.id}`);
  }

  return (
    <Dialog
      open
      onClose={shell.close}
      title="New workspace"
      description="A machine with a checkout, open to everyone here."
      footer={
        <>
          <Button onClick={shell.close}>Cancel</Button>
          <Button variant="primary" busy={form.busy()} disabled={!complete()} type="submit" form={form.id}>
            Create
          </Button>
        </>
      }
    >
      <form id={form.id} onSubmit={submit} class="flex flex-col gap-4 pt-1" novalidate>
        <Show when={form.message(...FIELDS)}>
          {(message) => <ErrorBox message={message()} details={form.error()?.details} />}
        </Show>
        <Show when={sync.status().name === 'offline'}>
          <ErrorBox message="There is no network. A workspace can be made as soon as it is back." />
        </Show>
        <Segmented
          label="What to work on"
          value={source()}
          onChange={setSource}
          options={[
            { value: 'repository', label: 'Repository', disabled: mirror.repositories().length === 0 },
            { value: 'url', label: 'Git URL' },
            { value: 'empty', label: 'Empty' },
          ]}
        />
        <Show when={source() === 'repository'}>
          <SelectField
            label="Repository"
            value={repositoryId()}
            onChange={(event) => setRepositoryId(event.currentTarget.value)}
            error={form.fieldError('repositoryId')}
          >
            <For each={mirror.repositories()}>
              {(one) => (
                <option value={one.id} selected={one.id === repositoryId()}>
                  {one.name}
                </option>
              )}
            </For>
          </SelectField>
        </Show>
        <Show when={source() === 'url'}>
          <TextField
            label="Git URL"
            placeholder="https://github.com/acme/web.git"
            inputmode="url"
            mono
            autofocus
            value={url()}
            onInput={(event) => setUrl(event.currentTarget.value)}
            error={form.fieldError('url')}
            hint="It is added to the organisation’s repositories."
          />
          <SelectField
            label="Credential"
            aside="if it is private"
            value={credentialId()}
            onChange={(event) => setCredentialId(event.currentTarget.value)}
            error={form.fieldError('credentialId')}
            hint={
              (credentials.data()?.length ?? 0) === 0
                ? 'Tokens and deploy keys are added under Settings, Repositories.'
                : undefined
            }
          >
            <option value="">None, it is public</option>
            <For each={credentials.data()}>{(one) => <option value={one.id}>{one.name}</option>}</For>
          </SelectField>
        </Show>
        <Show when={source() !== 'empty'} fallback={<NameField />}>
          <div class="grid grid-cols-1 gap-4 wide:grid-cols-2">
            <TextField
              label="Branch"
              mono
              placeholder="porthole/…"
              value={branch()}
              onInput={(event) => setBranch(event.currentTarget.value)}
              error={form.fieldError('branch')}
              hint="Made if it does not exist. Empty: a new one of its own."
            />
            <TextField
              label="From"
              mono
              placeholder={(source() === 'repository' && repository()?.defaultBranch) || 'default branch'}
              value={baseBranch()}
              onInput={(event) => setBaseBranch(event.currentTarget.value)}
              error={form.fieldError('baseBranch')}
              hint="What a new branch starts at."
            />
          </div>
        </Show>
        <SelectField
          label="Machine"
          value={provider()}
          onChange={(event) => setProvider(event.currentTarget.value as ProviderName)}
          error={form.fieldError('provider')}
          hint={MACHINE_HINTS[provider()]}
        >
          <For each={providers()}>
            {(one) => (
              <option value={one.name} disabled={!one.enabled} selected={one.name === provider()}>
                {PROVIDER_NAMES[one.name]}
                {one.enabled ? '' : ` (${one.reason ?? 'not available'})`}
              </option>
            )}
          </For>
        </SelectField>
        <Show when={refused()}>
          {(one) => <ErrorBox message={one().reason ?? 'This kind of machine is not available here.'} />}
        </Show>
        <Show when={provider() === 'ssh'}>
          <Show when={pinnedHosts().length > 0} fallback={<NoHosts />}>
            <SelectField
              label="Host"
              value={hostId()}
              onChange={(event) => setHostId(event.currentTarget.value)}
              error={form.fieldError('hostId')}
            >
              <For each={mirror.hosts()}>
                {(host) => (
                  <option
                    value={host.id}
                    disabled={host.hostKeyFingerprint === null}
                    selected={host.id === hostId()}
                  >
                    {host.name} ({host.username}@{host.address})
                    {host.hostKeyFingerprint === null ? ', its key is not accepted yet' : ''}
                  </option>
                )}
              </For>
            </SelectField>
          </Show>
        </Show>
        <details class="group">
          <summary class="inline-flex list-none items-center gap-1 rounded text-sm text-soft hover:text-ink touch:min-h-11 touch:min-w-11">
            <ChevronRight size={14} class="transition-transform group-open:rotate-90" aria-hidden="true" />
            More
          </summary>
          <div class="mt-3 flex flex-col gap-4">
            <Show when={source() !== 'empty'}>
              <NameField />
            </Show>
            <SelectField
              label="Stops by itself"
              value={String(autoStop())}
              onChange={(event) => setAutoStop(Number(event.currentTarget.value))}
              hint="When nobody uses it and nothing runs in it. Quiet long work is not idle."
            >
              <For each={AUTO_STOP_CHOICES}>
                {(minutes) => (
                  <option value={String(minutes)} selected={minutes === autoStop()}>
                    {autoStopText(minutes)}
                  </option>
                )}
              </For>
            </SelectField>
          </div>
        </details>
      </form>
    </Dialog>
  );

  function NameField() {
    return (
      <TextField
        label="Name"
        aside="optional"
        maxlength={100}
        value={name()}
        onInput={(event) => setName(event.currentTarget.value)}
        error={form.fieldError('name')}
        placeholder={source() === 'empty' ? 'scratch' : branch() || 'as the branch'}
      />
    );
  }

  function NoHosts() {
    return (
      <p class="rounded-lg border border-line bg-sunken px-3 py-2.5 text-sm text-soft">
        No host is ready. {isAdmin(session.role()) ? '' : 'An admin adds hosts under Settings. '}
        <Show when={isAdmin(session.role())}>
          <button
            type="button"
            class="text-accent hover:underline touch:py-2"
            onClick={() => {
              shell.close();
              navigate('/settings/hosts');
            }}
          >
            Add a host
          </button>{' '}
          and accept its key.
        </Show>
      </p>
    );
  }
}

const MACHINE_HINTS: Partial<Record<ProviderName, string>> = {
  local: 'A folder on the machine that Porthole runs on.',
  ssh: 'A folder on a machine that the organisation has added.',
};
