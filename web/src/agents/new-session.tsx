/**
 * A conversation begins with its first prompt, anywhere: the machine and the agent are started as needed, and the prompt
 * waits in sight. Written offline it waits on the device.
 */
import type { WorkspaceRow } from '@porthole/shared';
import type { AgentOption, SlashCommand } from '@porthole/shared/agent-events';
import { SCRIPTED_AGENT } from '@porthole/shared/agents';
import Bot from 'lucide-solid/icons/bot';
import { createMemo, createSignal, type JSX, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createLive } from '../data/create-live.ts';
import { ChevronDown, FolderGit2 } from '../ui/icons.ts';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { actOnWorkspace, createWorkspace } from '../workspaces/actions.ts';
import { readOptions } from './cache.ts';
import { Composer, type Written } from './composer.tsx';
import { rememberAgent } from './composer-preferences.ts';
import { keyOf, machineFor, type PromptPlace, promptPlaces } from './prompt-place.ts';
import { createAgents } from './session-agents.ts';
import { findFiles } from './session-calls.ts';
import { beginSession } from './session-send.ts';

/** So many of an agent's sessions are looked at for what it lets one choose. */
const EARLIER_SESSIONS = 10;

const NO_MACHINE =
  'There is no machine for it: somebody who manages this organisation adds one in Settings, SSH hosts.';

const nameOf = (place: PromptPlace): string => {
  if (place.kind === 'workspace') return place.workspace.name;
  return place.repository ? `New: ${place.repository.name}` : 'New workspace';
};

/** Before it runs nobody has told what it offers; of the one that comes with us it is known. */
const SCRIPTED_COMMANDS: readonly SlashCommand[] = [
  { name: 'tour', description: 'A plan, a command, an edit and a question, done for real', hint: null },
  { name: 'help', description: 'What it can do', hint: null },
];

export interface NewSessionProps {
  /** null: to be chosen here. */
  workspace: WorkspaceRow | null;
  /** Which of them is chosen at first. */
  first?: string | null;
  onBegun: (sessionId: string, workspaceId: string) => void;
  minRows?: number;
  text?: string | undefined;
  /** Among other things on a screen: it does not take the focus. */
  quiet?: boolean;
}

export function NewSession(props: NewSessionProps) {
  const { mirror, session } = useApp();
  const { agents, find, preferred } = createAgents();
  const [chosenAgent, setChosenAgent] = createSignal<string | null>(null);
  const [chosenPlace, setChosenPlace] = createSignal<string | null>(props.first ?? null);
  const places = createMemo(() =>
    promptPlaces({ workspaces: mirror.workspaces(), repositories: mirror.repositories() }),
  );
  const place = () => places().find((one) => keyOf(one) === chosenPlace()) ?? places()[0];
  const workspace = () => {
    const at = place();
    return props.workspace ?? (at?.kind === 'workspace' ? at.workspace : null);
  };
  const machine = () => machineFor(session.server()?.providers ?? [], mirror.hosts());
  const agent = () => chosenAgent() ?? preferred();

  async function begin(written: Written): Promise<void> {
    const by = session.me()?.user.id;
    if (!by) throw new Error('nobody is signed in');
    const at = workspace() ?? (await makeWorkspace());
    const id = await beginSession(
      { organisationId: at.organisationId, by },
      { workspaceId: at.id, agent: agent(), draft: draftPlace() },
      { ...written, choices: ofThisAgent(written.choices) },
    );
    props.onBegun(id, at.id);
  }

  /** The one that was chosen, which is not there yet. */
  function makeWorkspace(): Promise<WorkspaceRow> {
    const at = place();
    const on = machine();
    if (at?.kind !== 'new' || !on) throw new Error('there is no workspace to ask in');
    return createWorkspace(session.organisationId() ?? '', {
      ...on,
      repositoryId: at.repository?.id ?? null,
    });
  }

  const earlier = createLive(
    () =>
      mirror
        .sessions()
        .filter((one) => one.agent === agent())
        .sort((a, b) => b.activeAt - a.activeAt)
        .slice(0, EARLIER_SESSIONS)
        .map(({ id }) => id)
        .join(' '),
    (ids) => readOptions(ids === '' ? [] : ids.split(' ')),
    [] as AgentOption[],
  );
  /** Another agent may have been chosen since. */
  const ofThisAgent = (choices: Written['choices']) =>
    Object.fromEntries(
      Object.entries(choices).filter(([id]) => earlier().some((option) => option.id === id)),
    );
  const itemsOf = (kind: PromptPlace['kind']): MenuItem[] =>
    places()
      .filter((one) => one.kind === kind)
      .map((one) => ({
        label: nameOf(one),
        checked: keyOf(one) === keyOf(place() ?? one),
        aside: one.kind === 'workspace' ? repositoryName(one.workspace) : undefined,
        onSelect: () => setChosenPlace(keyOf(one)),
      }));
  const repositoryName = ({ repositoryId }: WorkspaceRow) =>
    mirror.repositories().find(({ id }) => id === repositoryId)?.name;
  const draftPlace = () => props.workspace?.id ?? 'new';
  let warmed: string | null = null;
  /** AG8, as far as it goes without a session: the machine starts while the prompt is being written. */
  function warm(): void {
    const at = workspace();
    if (!at || warmed === at.id || (at.status !== 'paused' && at.status !== 'stopped')) return;
    warmed = at.id;
    void actOnWorkspace('start', at.id);
  }

  return (
    <Composer
      organisationId={session.organisationId() ?? ''}
      place={draftPlace()}
      label="Ask an agent"
      placeholder={
        agent() === SCRIPTED_AGENT
          ? 'Try /tour: the scripted agent needs no key and no model'
          : `What should ${find(agent())?.name ?? 'the agent'} do?`
      }
      options={earlier()}
      beginning
      commands={agent() === SCRIPTED_AGENT ? SCRIPTED_COMMANDS : []}
      findFiles={async (match) => {
        const at = workspace();
        return at?.status === 'running' ? (await findFiles(at.id, match)).files : [];
      }}
      onSend={begin}
      onTyping={warm}
      closed={workspace() || machine() || !session.server() ? null : NO_MACHINE}
      autofocus={!props.quiet}
      minRows={props.minRows ?? 3}
      {...(props.text ? { initialText: props.text } : {})}
      before={
        <>
          <Picker
            label="Agent"
            icon={<Bot size={13} class="shrink-0" aria-hidden="true" />}
            value={find(agent())?.name ?? agent()}
            items={() =>
              agents().map((one) => ({
                label: one.name,
                checked: one.key === agent(),
                aside: one.missing.length > 0 ? 'needs a key' : undefined,
                onSelect() {
                  setChosenAgent(one.key);
                  rememberAgent(one.key);
                },
              }))
            }
          />
          <Show when={!props.workspace && place()}>
            {(at) => (
              <Picker
                label="Workspace"
                icon={<FolderGit2 size={13} class="shrink-0" aria-hidden="true" />}
                value={nameOf(at())}
                items={() => [
                  ...itemsOf('workspace'),
                  ...(itemsOf('workspace').length > 0 ? (['line'] as const) : []),
                  { heading: 'Made for this prompt' },
                  ...itemsOf('new'),
                ]}
              />
            )}
          </Show>
          <Show when={earlier.ready() && earlier().length === 0}>
            <span
              class="min-w-0 flex-1 basis-0 truncate px-1.5 text-xs text-faint"
              classList={{ 'hidden wide:block': !props.workspace }}
            >
              Models and modes: once it runs
            </span>
          </Show>
        </>
      }
    />
  );
}

function Picker(props: {
  label: string;
  value: string;
  icon: JSX.Element;
  items: () => readonly MenuItem[];
}) {
  return (
    <Menu
      label={props.label}
      side="top"
      items={() => [{ heading: props.label }, ...props.items()]}
      trigger={(trigger) => (
        <button
          type="button"
          {...trigger}
          class="inline-flex h-7 max-w-52 shrink-0 items-center gap-1.5 rounded-md px-2 text-xs text-soft hover:bg-hover hover:text-ink touch:h-11"
        >
          {props.icon}
          <span class="sr-only">{props.label}: </span>
          <span class="truncate">{props.value}</span>
          <ChevronDown size={12} class="shrink-0 opacity-70" aria-hidden="true" />
        </button>
      )}
    />
  );
}
