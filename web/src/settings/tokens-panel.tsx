import type { ApiToken, Scope } from '@porthole/shared/http';
import { createSignal, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createFields } from '../auth/fields.ts';
import { api, call } from '../net/api.ts';
import { createRequest } from '../net/create-request.ts';
import { Button } from '../ui/button.tsx';
import { ChoiceField } from '../ui/choice-field.tsx';
import { TextField } from '../ui/field.tsx';
import { KeyRound, Plus } from '../ui/icons.ts';
import { FormDialog, type Outcome } from './forms.tsx';
import { BoxRow, Panel, Tag } from './parts.tsx';
import { createRowAction, RequestedList } from './resource-list.tsx';
import { relativeTime } from './time.ts';

const SCOPES: readonly { value: Scope; label: string }[] = [
  { value: 'read', label: 'Look only' },
  { value: 'write', label: 'Look, and work in workspaces' },
  { value: 'admin', label: 'Everything you may do here' },
];

const DAYS = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
];

export function TokensPanel() {
  const { session } = useApp();
  const tokens = createRequest(
    () => 'mine',
    async () => (await call(api.me.tokens.$get())).tokens,
  );
  const [making, setMaking] = createSignal(false);
  const revoke = createRowAction('Not revoked', async (token: ApiToken) => {
    await call(api.me.tokens[':token'].$delete({ param: { token: token.id } }));
    await tokens.reload();
  });
  const organisationName = (id: string) =>
    session.me()?.organisations.find((one) => one.id === id)?.name ?? '';
  const about = (token: ApiToken) => {
    const used = token.usedAt ? `used ${relativeTime(token.usedAt, Date.now())}` : 'never used';
    const ends =
      token.expiresAt < Date.now() ? 'expired' : `expires ${relativeTime(token.expiresAt, Date.now())}`;
    return `${organisationName(token.organisationId)} · ${used} · ${ends}`;
  };
  return (
    <Panel
      title="API tokens"
      text={
        <>
          For scripts, as a Bearer header. The API is described at{' '}
          <a
            href="/api/openapi.json"
            target="_blank"
            rel="external noreferrer"
            class="text-accent underline underline-offset-2"
          >
            /api/openapi.json
          </a>
          .
        </>
      }
      action={
        <Button size="sm" icon={<Plus size={14} />} onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      <RequestedList
        of={tokens}
        label="API tokens"
        empty="No tokens. A token acts as you, in one organisation."
      >
        {(token) => (
          <BoxRow
            icon={<KeyRound size={18} />}
            title={
              <span class="flex flex-wrap items-center gap-2">
                {token.name} <Tag>{token.scope}</Tag>
              </span>
            }
            text={about(token)}
          >
            <Button
              size="sm"
              variant="danger"
              aria-label={`Revoke ${token.name}`}
              busy={revoke.busy(token)}
              onClick={() => void revoke.run(token)}
            >
              Revoke
            </Button>
          </BoxRow>
        )}
      </RequestedList>
      <Show when={making()}>
        <NewToken
          onClose={() => {
            setMaking(false);
            void tokens.reload();
          }}
        />
      </Show>
    </Panel>
  );
}

function NewToken(props: { onClose: () => void }) {
  const { session } = useApp();
  const [outcome, setOutcome] = createSignal<Outcome | null>(null);
  const form = createFields<{ name: string; organisationId: string; scope: Scope; days: string }>({
    name: '',
    organisationId: session.organisationId() ?? '',
    scope: 'read',
    days: '30',
  });
  async function submit(): Promise<void> {
    const json = { ...form.values(), days: Number(form.values().days) };
    const made = await form.submit(() => call(api.me.tokens.$post({ json })));
    if (!made) return;
    setOutcome({
      title: 'Copy the token now',
      description: 'It is shown this once: the server keeps only its fingerprint.',
      text: made.secret,
    });
  }
  return (
    <FormDialog
      form={form}
      title="New API token"
      action="Make token"
      complete={form.filled('name')}
      onSubmit={() => void submit()}
      onClose={props.onClose}
      outcome={outcome()}
    >
      <TextField label="Name" autofocus maxlength={100} placeholder="deploy script" {...form.field('name')} />
      <ChoiceField
        label="Organisation"
        options={(session.me()?.organisations ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        {...form.field('organisationId')}
      />
      <ChoiceField label="It may" options={SCOPES} {...form.field('scope')} />
      <ChoiceField label="For" options={DAYS} {...form.field('days')} />
    </FormDialog>
  );
}
