/** What keeps the agent from working, and the way on: a key is asked for here, Node or the agent can be installed here. */
import type { AgentFault } from '@porthole/shared/agent-events';
import { BUILT_IN_AGENTS } from '@porthole/shared/agents';
import { createSignal, For, type JSX, Match, Show, Switch } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createForm } from '../auth/form.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Details } from '../ui/error-box.tsx';
import { TextField } from '../ui/field.tsx';
import { CircleAlert, KeyRound, SquareTerminal } from '../ui/icons.ts';
import { toastError } from '../ui/toast.ts';
import { isAdmin } from '../workspaces/status.ts';
import { createAgents } from './session-agents.ts';
import { setSecret } from './session-calls.ts';
import { runInTerminal } from './session-install.ts';
import { keptHow } from './session-secrets.ts';

export interface SessionNoticeProps {
  fault: AgentFault;
  agent: string;
  workspaceId: string;
  /** The machine runs: a command can be typed into it. */
  running: boolean;
  onRetry: (() => void) | null;
  onOpenTerminal: (terminalId: string) => void;
}

const NODE_INSTALL =
  'curl -fsSL https://fnm.vercel.app/install | bash && . ~/.bashrc && fnm install 22 && fnm default 22';

export function SessionNotice(props: SessionNoticeProps) {
  return (
    <Switch
      fallback={
        <Notice fault={props.fault} title={TITLES[props.fault.code]}>
          <TryAgain {...props} />
        </Notice>
      }
    >
      <Match when={props.fault.code === 'key_missing'}>
        <MissingKey {...props} />
      </Match>
      <Match when={props.fault.code === 'node_missing'}>
        <Notice
          fault={props.fault}
          title="Node is missing on this machine"
          text="Agents need Node 20 or later there. Terminals work without it."
        >
          <Install {...props} command={NODE_INSTALL} name="install node" />
        </Notice>
      </Match>
      <Match when={props.fault.code === 'agent_missing'}>
        <MissingAgent {...props} />
      </Match>
    </Switch>
  );
}

const TITLES: Record<AgentFault['code'], string> = {
  agent_missing: 'The agent is not installed',
  node_missing: 'Node is missing on this machine',
  key_missing: 'A key is missing',
  agent_exited: 'The agent ended',
  agent_refused: 'The agent refused',
  agent_protocol: 'The agent was not understood',
  machine_unreachable: 'The machine cannot be reached',
  limit: 'A limit was reached',
  internal: 'Something went wrong',
};

function Notice(props: {
  fault: AgentFault;
  title: string;
  text?: string;
  icon?: JSX.Element;
  children: JSX.Element;
}) {
  return (
    <section
      aria-label={props.title}
      class="mb-2 rounded-xl border border-line-strong bg-raised px-3.5 py-3 text-sm"
    >
      <div class="flex gap-2.5">
        <span class="mt-0.5 shrink-0 text-busy">
          {props.icon ?? <CircleAlert size={16} aria-hidden="true" />}
        </span>
        <div class="min-w-0 flex-1">
          <h2 class="font-medium">{props.title}</h2>
          <p class="text-pretty break-words text-soft">{props.text ?? props.fault.message}</p>
          <Details text={props.fault.details} />
          <div class="mt-2.5">{props.children}</div>
        </div>
      </div>
    </section>
  );
}

function TryAgain(props: SessionNoticeProps) {
  return (
    <Show when={props.onRetry}>
      {(retry) => (
        <Button size="sm" onClick={() => retry()()}>
          Try again
        </Button>
      )}
    </Show>
  );
}

function MissingKey(props: SessionNoticeProps) {
  const { mirror, session } = useApp();
  const { find, reload } = createAgents();
  const form = createForm();
  const [value, setValue] = createSignal('');
  const secret = () =>
    find(props.agent)?.missing[0] ??
    BUILT_IN_AGENTS.find(({ id }) => id === props.agent)?.needs[0]?.secret ??
    null;
  const admins = () => mirror.members().filter(({ role }) => isAdmin(role));
  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const org = session.organisationId();
    const name = secret();
    if (!org || !name || !value().trim()) return;
    const done = await form.submit(async () => {
      await setSecret(org, name, value().trim());
      return true;
    });
    if (!done) return;
    setValue('');
    await reload();
    props.onRetry?.();
  }
  return (
    <Notice
      // Its details are the name of the key.
      fault={{ ...props.fault, details: null }}
      title={secret() ? `${secret()} is not set` : 'A key is missing'}
      text={isAdmin(session.role()) ? keptHow(secret()) : undefined}
      icon={<KeyRound size={16} aria-hidden="true" />}
    >
      <Show
        when={isAdmin(session.role()) && secret()}
        fallback={
          <div class="flex flex-col gap-2">
            <p class="text-soft">
              An admin sets it:{' '}
              <For each={admins()}>
                {(person, index) => (
                  <>
                    <Show when={index() > 0}>, </Show>
                    <span class="font-medium text-ink">{person.name}</span>
                  </>
                )}
              </For>
              . Your prompt waits here.
            </p>
            <TryAgain {...props} />
          </div>
        }
      >
        <form onSubmit={save} class="flex max-w-lg items-end gap-2 narrow:flex-col narrow:items-stretch">
          <TextField
            class="min-w-0 flex-1"
            label={secret() ?? 'Key'}
            type="password"
            autocomplete="off"
            mono
            value={value()}
            onInput={(event) => setValue(event.currentTarget.value)}
            error={form.message() ?? undefined}
          />
          <Button type="submit" variant="primary" busy={form.busy()} disabled={!value().trim()}>
            Save and go on
          </Button>
        </form>
      </Show>
    </Notice>
  );
}

function MissingAgent(props: SessionNoticeProps) {
  const { find } = createAgents();
  const install = () =>
    find(props.agent)?.install ?? BUILT_IN_AGENTS.find(({ id }) => id === props.agent)?.install ?? null;
  return (
    <Notice
      fault={props.fault}
      title={`${find(props.agent)?.name ?? 'The agent'} is not installed on this machine`}
    >
      <Show when={install()} fallback={<TryAgain {...props} />}>
        {(command) => <Install {...props} command={command()} name="install agent" />}
      </Show>
    </Notice>
  );
}

function Install(props: SessionNoticeProps & { command: string; name: string }) {
  const [busy, setBusy] = createSignal(false);
  async function run(): Promise<void> {
    setBusy(true);
    try {
      props.onOpenTerminal((await runInTerminal(props.workspaceId, props.name, props.command)).id);
    } catch (fault) {
      toastError('No terminal was opened', fault);
    }
    setBusy(false);
  }
  return (
    <div class="flex flex-col gap-2">
      <div class="flex items-start gap-1 rounded-lg border border-line bg-sunken py-1 pr-1 pl-2.5">
        <code class="min-w-0 flex-1 py-1 font-mono text-xs break-all select-all">{props.command}</code>
        <CopyButton text={props.command} label="Copy the command" />
      </div>
      <div class="flex flex-wrap gap-2">
        <Button
          size="sm"
          variant="primary"
          busy={busy()}
          disabled={!props.running}
          icon={<SquareTerminal size={13} />}
          onClick={() => void run()}
        >
          Run it in a terminal
        </Button>
        <TryAgain {...props} />
      </div>
    </div>
  );
}
