/** What happened to the session rather than in it; how a turn ended that did not end well; what is unread. */
import type { NoticeEntry, PromptEntry } from '@porthole/shared/agent-entries';
import type { AgentFault } from '@porthole/shared/agent-events';
import { createSignal, type JSX, Match, Show, Switch } from 'solid-js';
import { Button } from '../ui/button.tsx';
import { Details, ErrorBox } from '../ui/error-box.tsx';
import { CircleAlert, Info, RotateCcw, Server, Square } from '../ui/icons.ts';
import { useTimeline } from './timeline-context.ts';
import { counted, oneLine, visible } from './timeline-text.ts';

export function NoticeRow(props: { entry: NoticeEntry }) {
  const notice = () => props.entry.notice;
  const overflow = () => {
    const is = notice();
    return is.kind === 'overflow' ? is : null;
  };
  const failed = () => {
    const is = notice();
    return is.kind === 'agent_failed' ? is.fault : null;
  };
  const unknown = () => {
    const is = notice();
    return is.kind === 'unknown' ? is : null;
  };
  return (
    <Switch>
      <Match when={notice().kind === 'machine_replaced'}>
        <Note icon={<Server size={14} />} title="The machine was replaced">
          The agent may not remember what came before; the files are those of the branch.
        </Note>
      </Match>
      <Match when={overflow()}>
        {(lost) => (
          <Note
            icon={<CircleAlert size={14} />}
            title={`${counted(lost().dropped, 'event')} not kept`}
            tone="busy"
          >
            The connection was gone for so long that the machine ran out of room for them. The work itself
            went on.
          </Note>
        )}
      </Match>
      <Match when={failed()}>
        {(fault) => <FaultBox title="The agent could not be started" fault={fault()} />}
      </Match>
      <Match when={unknown()}>
        {(event) => (
          <Note
            icon={<Info size={14} />}
            title={`Something this version does not know: ${oneLine(event().name, 60)}`}
          >
            Reload the app to see it.
          </Note>
        )}
      </Match>
    </Switch>
  );
}

function Note(props: { icon: JSX.Element; title: string; tone?: 'busy'; children: JSX.Element }) {
  return (
    <div class="flex gap-2.5 rounded-lg border border-line px-3 py-2 text-sm">
      <span class={props.tone === 'busy' ? 'mt-0.5 text-busy' : 'mt-0.5 text-faint'} aria-hidden="true">
        {props.icon}
      </span>
      <p class="min-w-0 text-pretty">
        <span class="font-medium break-words">{props.title}.</span>{' '}
        <span class="text-soft">{props.children}</span>
      </p>
    </div>
  );
}

function FaultBox(props: { title: string; fault: AgentFault; actions?: JSX.Element }) {
  return (
    <ErrorBox
      title={props.title}
      message={visible(props.fault.message).slice(0, 4_000)}
      details={props.fault.details === null ? null : visible(props.fault.details).slice(0, 16_000)}
      actions={props.actions}
    />
  );
}

export function EndRow(props: { entry: PromptEntry }) {
  const fault = () => props.entry.fault;
  return (
    <Switch>
      <Match when={props.entry.state === 'failed'}>
        <FaultBox
          title="This turn failed"
          fault={fault() ?? { code: 'internal', message: 'The agent gave no reason.', details: null }}
          actions={<Retry prompt={props.entry.prompt} />}
        />
      </Match>
      <Match when={props.entry.state !== 'done'}>
        <div class="flex flex-wrap items-center gap-x-2.5 gap-y-1 px-1.5 text-sm text-soft">
          <Square size={12} class="shrink-0 text-faint" aria-hidden="true" />
          <span>{ENDS[props.entry.state as keyof typeof ENDS]}</span>
          <Show when={fault()}>
            {(known) => <span class="min-w-0 break-words text-faint">{visible(known().message)}</span>}
          </Show>
          <Retry prompt={props.entry.prompt} quiet />
          <Show when={fault()?.details}>{(details) => <Details text={visible(details())} />}</Show>
        </div>
      </Match>
    </Switch>
  );
}

const ENDS = {
  stopped: 'Stopped here.',
  refused: 'The agent declined to go on.',
  limit: 'The agent reached its limit for one turn.',
};

function Retry(props: { prompt: string; quiet?: boolean }) {
  const scope = useTimeline();
  const [busy, setBusy] = createSignal(false);
  const [fault, setFault] = createSignal<string | null>(null);
  async function retry(): Promise<void> {
    setBusy(true);
    setFault(null);
    try {
      await scope.props.onRetry(props.prompt);
    } catch (reason) {
      setFault(reason instanceof Error ? reason.message : 'That did not work');
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <Button
        size="sm"
        variant={props.quiet ? 'ghost' : 'secondary'}
        busy={busy()}
        icon={<RotateCcw size={13} />}
        onClick={() => void retry()}
      >
        Retry
      </Button>
      <Show when={fault()}>
        <span role="alert" class="self-center text-sm text-bad">
          {fault()}
        </span>
      </Show>
    </>
  );
}
