/** One session on screen: its timeline, what waits, what the agent asks, and the composer. Complete without a network. */
import type { WorkspaceRow } from '@porthole/shared';
import { useLocation } from '@solidjs/router';
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { ApiError } from '../net/api-error.ts';
import { peopleOf } from '../presence/fold.ts';
import { TypingDots } from '../presence/people.tsx';
import { createCovered } from '../terminals/keyboard-inset.ts';
import { copyText } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Info } from '../ui/icons.ts';
import { showToast, toastError } from '../ui/toast.ts';
import { Composer, type Written } from './composer.tsx';
import { createAttachmentUrls } from './composer-files.ts';
import { type AgentSession, createAgentSession } from './create-session.ts';
import { outbox } from './outbox.ts';
import { PermissionBar } from './permission-bar.tsx';
import { agentName } from './session-agents.ts';
import * as calls from './session-calls.ts';
import { SessionNotice } from './session-notices.tsx';
import { SessionQueue } from './session-queue.tsx';
import { createQueueView } from './session-queue-view.ts';
import { askSession, repeatPrompt } from './session-send.ts';
import { faultOf, olderFault, pausedSince, statusLine } from './session-state.ts';
import { Timeline } from './timeline.tsx';

export interface SessionPageProps {
  sessionId: string;
  workspace: WorkspaceRow;
  onOpenTerminal: (terminalId: string) => void;
  onOpenFile?: (path: string) => void;
  /** For what shows the session beside it; null when it goes. */
  onSession?: (session: AgentSession | null) => void;
}

export default function SessionPage(props: SessionPageProps) {
  return (
    <Show when={props.sessionId} keyed>
      {(id) => <Session {...props} sessionId={id} />}
    </Show>
  );
}

function Session(props: SessionPageProps) {
  const { mirror, session: account, sync } = useApp();
  const organisationId = props.workspace.organisationId;
  const agent = createAgentSession(props.sessionId, organisationId);
  onCleanup(() => props.onSession?.(null));
  const row = createMemo(() => mirror.sessions().find(({ id }) => id === props.sessionId));
  const me = () => account.me()?.user.id ?? '';
  const asker = () => ({ organisationId, by: me() });
  const members = createMemo(() => new Map(mirror.members().map(({ id, name }) => [id, { name }])));
  const archived = () => row()?.archivedAt != null;
  const queue = createQueueView(agent);
  const urls = createAttachmentUrls(async (id) => (await calls.getAttachment(props.sessionId, id)).data);
  const focusSeq = createFocus(agent);
  const fault = createMemo(() => faultOf(agent, row()));
  const paused = createMemo(() => pausedSince(agent, row()));
  const typing = createMemo(() =>
    peopleOf(sync.connections(), { sessionId: props.sessionId }).filter(
      (person) => person.typing && person.userId !== me(),
    ),
  );

  async function told(work: Promise<unknown>, failed: string): Promise<void> {
    await work.catch((error) => toastError(failed, error));
  }

  async function answer(request: string, option: string): Promise<void> {
    try {
      await calls.answerPermission(props.sessionId, request, option);
    } catch (error) {
      // Somebody was first; the timeline says who.
      if (!(error instanceof ApiError && (error.code === 'conflict' || error.code === 'wrong_state')))
        throw error;
    }
  }

  const [sent, setSent] = createSignal(0);
  async function send(written: Written): Promise<void> {
    await askSession(asker(), props.sessionId, written);
    setSent((count) => count + 1);
  }

  async function retry(prompt: string): Promise<void> {
    const entry = agent.seen().entries.find((one) => one.type === 'prompt' && one.prompt === prompt);
    if (entry?.type !== 'prompt' || entry.text === null)
      throw new Error('What was asked is not on this device.');
    await repeatPrompt(asker(), props.sessionId, {
      prompt,
      text: entry.text,
      attachments: entry.attachments,
    });
  }

  /** What waits at the server, and what was refused on its way there. */
  async function goOn(): Promise<void> {
    if (paused() !== null) await calls.resumeQueue(props.sessionId);
    await outbox.retry(props.sessionId);
  }

  async function copyLink(seq: number): Promise<void> {
    const copied = await copyText(`${location.origin}${location.pathname}#${seq}`);
    showToast({
      tone: copied ? 'good' : 'plain',
      title: copied ? 'Link copied' : 'The link could not be copied',
    });
  }

  // The app is connected again, be it by the button of its badge: this socket does not wait for its own turn.
  createEffect(
    on(
      () => sync.status().name,
      (name) => {
        if (name === 'connected' && ['lost', 'waiting'].includes(agent.state().name)) agent.reconnect();
      },
    ),
  );
  const [root, setRoot] = createSignal<HTMLElement>();
  const covered = createCovered(root);
  const nowhere = () => {
    const state = agent.state();
    return state.name === 'closed' && row() === undefined && agent.unsent().length === 0;
  };
  createEffect(() => props.onSession?.(nowhere() ? null : agent));
  const turn = () => agent.head().turn;
  /** What a Stop would end: the turn, or the prompt that the machine and the agent are started for. */
  const running = () => turn() ?? (paused() === null ? agent.head().queue[0] : undefined);
  const status = createMemo(() =>
    statusLine(props.workspace, row(), agent, sync.status().name === 'offline'),
  );

  return (
    <div
      ref={setRoot}
      class="flex h-full min-h-0 flex-col bg-surface"
      // iOS lays its keyboard over the page: the composer stands on it.
      style={{ 'padding-bottom': covered().bottom > 0 ? `${covered().bottom}px` : undefined }}
    >
      <div class="relative flex min-h-0 flex-1 flex-col">
        <Show when={nowhere()} fallback={<Conversation />}>
          <EmptyState class="pt-24" icon={<Info size={20} />} title="This session is not here">
            It was deleted with its workspace, or the link is wrong.
          </EmptyState>
        </Show>
      </div>
      <Show when={!nowhere()}>
        <Asking />
      </Show>
    </div>
  );

  /** What waits, what is asked, and where one writes. */
  function Asking() {
    return (
      <div class="mx-auto w-full max-w-[54rem] shrink-0 px-4 pb-3 narrow:px-2 narrow:pb-[max(0.5rem,env(safe-area-inset-bottom))]">
        <Show when={fault()}>
          {(now) => (
            <SessionNotice
              fault={now().fault}
              agent={row()?.agent ?? ''}
              workspaceId={props.workspace.id}
              running={props.workspace.status === 'running'}
              onRetry={() => {
                const { prompt } = now();
                void told(prompt ? retry(prompt) : goOn(), 'Not sent again');
              }}
              onOpenTerminal={props.onOpenTerminal}
            />
          )}
        </Show>
        <SessionQueue
          rows={queue.rows()}
          names={members()}
          reason={turn() ? 'after what runs now' : null}
          paused={paused()}
          onGoOn={() => void told(goOn(), 'It still waits')}
          offline={!agent.connected()}
          onEdit={(prompt, text) => told(queue.edit(prompt, text), 'Not changed')}
          onCancel={(prompt) => told(queue.cancel(prompt), 'Not taken back')}
          onMove={(prompt, before) =>
            told(calls.changePrompt(props.sessionId, prompt, { before }), 'Not moved')
          }
          onRetry={() => void outbox.retry(props.sessionId)}
        />
        <PermissionBar
          permissions={agent.head().permissions}
          closed={agent.connected() ? null : 'It can be answered as soon as the connection is back.'}
          onAnswer={answer}
        />
        <div class="flex min-h-5 items-center gap-2 px-1 pb-1 text-xs text-faint" aria-live="polite">
          <span class="min-w-0 flex-1 truncate">{status()}</span>
          <For each={typing()}>
            {(person) => (
              <span class="inline-flex shrink-0 items-center gap-1.5">
                {person.name} <TypingDots />
                <span class="sr-only">is typing</span>
              </span>
            )}
          </For>
        </div>
        <Composer
          organisationId={organisationId}
          place={props.sessionId}
          label="Ask the agent"
          placeholder={
            turn()
              ? 'Add to the queue'
              : `Ask ${row() ? agentName(row()!.agent, mirror.agents()) : 'the agent'}, or / for commands`
          }
          options={agent.head().options}
          commands={agent.head().commands}
          findFiles={async (match) => (await calls.findFiles(props.workspace.id, match)).files}
          onSend={send}
          onTyping={() => {
            if (!agent.typing()) void calls.warmSession(props.sessionId).catch(() => {});
          }}
          {...(agent.connected()
            ? {
                onSessionOption: (option: string, value: string) =>
                  void told(calls.chooseOption(props.sessionId, option, value), 'Not chosen'),
              }
            : {})}
          onStop={
            running() && agent.connected()
              ? () => void told(calls.stopTurn(props.sessionId), 'Not stopped')
              : undefined
          }
          stopping={running()?.stopAskedBy != null}
          closed={archived() ? 'This session is archived. Restore it to go on.' : null}
          autofocus
        />
      </div>
    );
  }

  function Conversation() {
    return (
      <Timeline
        entries={agent.seen().entries}
        version={agent.seen().version}
        head={agent.head()}
        partials={agent.seen().partials}
        members={members()}
        me={me()}
        lastRead={agent.lastRead()}
        attachmentUrl={urls}
        onRetry={retry}
        onLoadOlder={agent.loadOlder}
        loadingOlder={agent.seen().older === 'loading'}
        olderFault={olderFault(agent)}
        atBeginning={agent.seen().first <= 1}
        imageUrl={agent.imageUrl}
        imageAddress={({ id }) => calls.imageAddress(props.sessionId, id)}
        {...(props.onOpenFile ? { onOpenFile: props.onOpenFile } : {})}
        onCopyLink={(seq) => void copyLink(seq)}
        focusSeq={focusSeq()}
        sent={sent()}
        onRead={agent.read}
      />
    );
  }
}

/** `#42` in the address: paged back to, then shown. */
function createFocus(agent: AgentSession) {
  const address = useLocation();
  const [focus, setFocus] = createSignal<number | null>(null);
  createEffect(
    on([() => address.hash, agent.ready], ([hash, ready]) => {
      const seq = Number(/^#(\d{1,12})$/.exec(hash)?.[1] ?? 0);
      if (!ready || seq === 0) return;
      void agent.reach(seq).then(() => setFocus(seq));
    }),
  );
  return focus;
}
