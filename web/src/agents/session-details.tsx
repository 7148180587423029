/** Beside a session: its plan, the files it changed, what came of it, what it used. Live, from the head. */

import type { WorkspaceRow } from '@porthole/shared';
import type { FileChange, PlanEntry } from '@porthole/shared/agent-events';
import { For, type JSX, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { cx } from '../ui/class.ts';
import { Check } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';
import { ArtifactRow } from './artifact-row.tsx';
import type { AgentSession } from './create-session.ts';
import { agentName } from './session-agents.ts';
import { imageAddress } from './session-calls.ts';
import { Picture } from './session-picture.tsx';
import { Rules } from './session-rules.tsx';

export default function SessionDetails(props: {
  session: AgentSession;
  agent: string;
  workspace: WorkspaceRow;
  onOpenFile?: (path: string) => void;
}) {
  const { mirror } = useApp();
  const head = () => props.session.head();
  const name = () => head().agent.name ?? agentName(props.agent, mirror.agents());
  return (
    <div class="flex flex-col gap-6">
      <Show when={head().plan.length > 0}>
        <Part title="Plan" aside={`${done(head().plan)} of ${head().plan.length}`}>
          <ol class="flex flex-col gap-1.5">
            <For each={head().plan}>{(entry) => <PlanRow entry={entry} live={head().turn !== null} />}</For>
          </ol>
        </Part>
      </Show>
      <Part title="Files changed" aside={filesAside(head().files)}>
        <Show
          when={head().files.length > 0}
          fallback={<p class="text-sm text-faint">Nothing differs from the branch’s base.</p>}
        >
          <ul class="-mx-2">
            <For each={head().files}>{(file) => <FileRow file={file} onOpen={props.onOpenFile} />}</For>
          </ul>
          <Show when={head().moreFiles > 0}>
            <p class="pt-1 text-xs text-faint">and {head().moreFiles} more</p>
          </Show>
        </Show>
      </Part>
      <Show when={head().artifacts.length > 0}>
        <Part title="Came of it">
          <ul class="-mx-2">
            <For each={head().artifacts.filter(({ image }) => !image)}>
              {(artifact) => <ArtifactRow artifact={artifact} workspace={props.workspace} />}
            </For>
          </ul>
          <Pictures session={props.session} />
        </Part>
      </Show>
      <Show when={head().rules.length > 0}>
        <Part title="Remembered answers">
          <Rules session={props.session} />
        </Part>
      </Show>
      <Part title="Agent">
        <dl class="flex flex-col gap-2 text-sm">
          <Fact name="Name">
            {name()}
            <Show when={head().agent.version}>
              <span class="text-faint"> {head().agent.version}</span>
            </Show>
          </Fact>
          <For each={head().options}>
            {(option) => (
              <Fact name={option.name}>
                {option.choices.find(({ id }) => id === option.value)?.name ?? option.value}
              </Fact>
            )}
          </For>
          <Show when={head().usage}>
            {(usage) => (
              <>
                <Fact name="Context">
                  <span class="tabular-nums">
                    {percent(usage().used, usage().size)}
                    <span class="text-faint">
                      {' '}
                      {short(usage().used)} of {short(usage().size)}
                    </span>
                  </span>
                  <div
                    class="mt-1 h-1 overflow-hidden rounded-full bg-selected"
                    role="img"
                    aria-label={`${percent(usage().used, usage().size)} of the context is used`}
                  >
                    <div
                      class="h-full rounded-full bg-accent"
                      style={{ width: percent(usage().used, usage().size) }}
                    />
                  </div>
                </Fact>
                <Show when={usage().cost}>
                  {(cost) => (
                    <Fact name="Cost">
                      {new Intl.NumberFormat(undefined, {
                        style: 'currency',
                        currency: /^[A-Z]{3}$/.test(cost().currency) ? cost().currency : 'USD',
                      }).format(cost().amount)}
                    </Fact>
                  )}
                </Show>
              </>
            )}
          </Show>
        </dl>
      </Part>
    </div>
  );
}

/** The newest first. */
function Pictures(props: { session: AgentSession }) {
  const pictures = () =>
    props.session
      .head()
      .artifacts.filter(({ image }) => image)
      .toReversed();
  return (
    <ul class="grid grid-cols-[repeat(auto-fill,minmax(5.5rem,1fr))] gap-2 pt-1" aria-label="Pictures">
      <For each={pictures()}>
        {(artifact) => (
          <li>
            <Picture
              class="h-16 w-full"
              title={artifact.title}
              image={artifact.image!}
              url={props.session.imageUrl}
              address={imageAddress(props.session.id, artifact.image!.id)}
            />
          </li>
        )}
      </For>
    </ul>
  );
}

function Part(props: { title: string; aside?: string | null; children: JSX.Element }) {
  return (
    <section>
      <h3 class="mb-2 flex items-baseline justify-between text-xs font-medium text-faint">
        {props.title}
        <Show when={props.aside}>
          <span class="font-normal tabular-nums">{props.aside}</span>
        </Show>
      </h3>
      {props.children}
    </section>
  );
}

function Fact(props: { name: string; children: JSX.Element }) {
  return (
    <div class="flex gap-3">
      <dt class="w-20 shrink-0 truncate text-faint">{props.name}</dt>
      <dd class="min-w-0 flex-1 break-words">{props.children}</dd>
    </div>
  );
}

const done = (plan: readonly PlanEntry[]) => plan.filter(({ status }) => status === 'done').length;

/** `live`: a turn runs; what was under way when it ended is not under way any more. */
function PlanRow(props: { entry: PlanEntry; live: boolean }) {
  return (
    <li class="flex items-start gap-2 text-sm">
      <span class="mt-[3px] grid size-3.5 shrink-0 place-items-center">
        <Show
          when={props.entry.status !== 'running' || !props.live}
          fallback={<Spinner label="under way" class="!size-3.5 text-accent" />}
        >
          <Show
            when={props.entry.status === 'done'}
            fallback={
              <span class="size-3 rounded-full border border-line-strong" role="img" aria-label="to do" />
            }
          >
            <Check size={14} class="text-ok" aria-label="done" />
          </Show>
        </Show>
      </span>
      <span class={cx('min-w-0 break-words', props.entry.status === 'done' && 'text-faint line-through')}>
        {props.entry.text}
      </span>
    </li>
  );
}

function filesAside(files: readonly FileChange[]): string | null {
  if (files.length === 0) return null;
  const sum = (of: 'additions' | 'deletions') => files.reduce((total, file) => total + (file[of] ?? 0), 0);
  return `+${sum('additions')} −${sum('deletions')}`;
}

const LETTERS: Record<FileChange['status'], [string, string]> = {
  added: ['A', 'text-ok'],
  modified: ['M', 'text-busy'],
  deleted: ['D', 'text-bad'],
  renamed: ['R', 'text-paused'],
  untracked: ['U', 'text-ok'],
};

function FileRow(props: { file: FileChange; onOpen: ((path: string) => void) | undefined }) {
  const cut = () => props.file.path.lastIndexOf('/') + 1;
  return (
    <li>
      <button
        type="button"
        disabled={!props.onOpen}
        onClick={() => props.onOpen?.(props.file.path)}
        title={`${props.file.path}, ${props.file.status}`}
        class="flex h-7 w-full items-center gap-2 rounded-md px-2 text-left text-sm enabled:hover:bg-hover touch:h-11"
      >
        <span
          aria-hidden="true"
          class={cx('w-3 shrink-0 text-center font-mono text-[11px]', LETTERS[props.file.status][1])}
        >
          {LETTERS[props.file.status][0]}
        </span>
        <span class="sr-only">{props.file.status}: </span>
        {/* The name whole, and as much of the way to it as there is room. */}
        <span class="flex min-w-0 flex-1 font-mono text-[0.78rem]">
          <span class="truncate text-faint">{props.file.path.slice(0, cut())}</span>
          <span class="shrink-0">{props.file.path.slice(cut())}</span>
        </span>
        <span class="shrink-0 text-xs tabular-nums">
          <Show when={props.file.additions === null}>
            <span class="text-faint">binary</span>
          </Show>
          <Show when={props.file.additions}>
            <span class="text-ok">+{props.file.additions}</span>
          </Show>{' '}
          <Show when={props.file.deletions}>
            <span class="text-bad">−{props.file.deletions}</span>
          </Show>
        </span>
      </button>
    </li>
  );
}

const percent = (part: number, whole: number) =>
  `${whole > 0 ? Math.min(100, Math.round((part / whole) * 100)) : 0}%`;

const short = (tokens: number) => (tokens < 1000 ? String(tokens) : `${Math.round(tokens / 1000)}k`);
