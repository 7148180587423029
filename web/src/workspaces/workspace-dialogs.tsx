/** The questions a workspace's screen asks. */
import { useNavigate } from '@solidjs/router';
import { createSignal, Match, Show, Switch } from 'solid-js';
import { RenameSession } from '../agents/session-rename.tsx';
import { createForm } from '../auth/form.ts';
import { Button } from '../ui/button.tsx';
import { Confirm, Dialog } from '../ui/dialog.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { TextField } from '../ui/field.tsx';
import { closeTerminal, updateTerminal, updateWorkspace } from './actions.ts';
import { useWorkspaceView } from './create-workspace-view.ts';
import { terminalName } from './grouping.ts';
import { failureWords, type WorkspaceAction } from './status.ts';

export default function WorkspaceDialogs() {
  const view = useWorkspaceView();
  const close = () => view.setDialog(null);
  const as = <N extends string>(name: N) => {
    const dialog = view.dialog();
    return dialog?.name === name ? (dialog as Extract<typeof dialog, { name: N }>) : null;
  };
  const terminalOf = (id: string) => view.terminals().find((terminal) => terminal.id === id);
  return (
    <Switch>
      <Match when={as('rename-workspace')}>
        <Rename
          title="Rename workspace"
          value={view.workspace().name}
          required
          onClose={close}
          onSave={(name) => updateWorkspace(view.workspace().id, { name })}
        />
      </Match>
      <Match when={as('rename-terminal')}>
        {(dialog) => (
          <Rename
            title="Rename terminal"
            value={terminalOf(dialog().terminalId)?.name ?? ''}
            hint="Empty: the title that the program sets."
            onClose={close}
            onSave={(name) => updateTerminal(dialog().terminalId, { name: name || null })}
          />
        )}
      </Match>
      <Match when={as('rename-session')}>
        {(dialog) => (
          <Show when={view.sessionRow(dialog().sessionId)}>
            {(session) => <RenameSession session={session()} onClose={close} />}
          </Show>
        )}
      </Match>
      <Match when={as('close-terminal')}>
        {(dialog) => <CloseTerminal terminalId={dialog().terminalId} onClose={close} />}
      </Match>
      <Match when={as('confirm')}>
        {(dialog) => <ConfirmAction action={dialog().action} onClose={close} />}
      </Match>
    </Switch>
  );
}

function Rename(props: {
  title: string;
  value: string;
  hint?: string;
  required?: boolean;
  onClose: () => void;
  onSave: (name: string) => Promise<unknown>;
}) {
  const [name, setName] = createSignal(props.value);
  const form = createForm();
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (props.required && !name().trim()) return;
    await form.submit(() => props.onSave(name().trim()));
    if (!form.error()) props.onClose();
  }
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.title}
      width="sm"
      footer={
        <>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button
            variant="primary"
            busy={form.busy()}
            disabled={props.required && !name().trim()}
            type="submit"
            form={form.id}
          >
            Rename
          </Button>
        </>
      }
    >
      <form id={form.id} onSubmit={save} class="flex flex-col gap-3 pt-1">
        <Show when={form.message('name')}>{(message) => <ErrorBox message={message()} />}</Show>
        <TextField
          label="Name"
          value={name()}
          maxlength={100}
          hint={props.hint}
          error={form.fieldError('name')}
          onInput={(event) => setName(event.currentTarget.value)}
          autofocus
        />
      </form>
    </Dialog>
  );
}

function CloseTerminal(props: { terminalId: string; onClose: () => void }) {
  const view = useWorkspaceView();
  const [busy, setBusy] = createSignal(false);
  const terminal = view.terminals().find(({ id }) => id === props.terminalId);
  return (
    <Confirm
      open
      onClose={props.onClose}
      title={`End ${terminal ? terminalName(terminal) : 'this terminal'}?`}
      action="End and close"
      busy={busy()}
      onConfirm={async () => {
        setBusy(true);
        await closeTerminal(props.terminalId);
        props.onClose();
      }}
    >
      What runs in it is stopped, for everyone who looks at it. The tab can be reopened with a new shell.
    </Confirm>
  );
}

const QUESTIONS: Record<WorkspaceAction, { title: string; text: string; action: string }> = {
  start: { title: 'Start', text: '', action: 'Start' },
  retry: { title: 'Try again', text: '', action: 'Retry' },
  pause: {
    title: 'Pause this workspace?',
    text: 'Everything in it stands still until somebody comes back.',
    action: 'Pause',
  },
  stop: {
    title: 'Stop this workspace?',
    text: 'Its terminals end, for everyone. Its files are kept.',
    action: 'Stop',
  },
  delete: {
    title: 'Delete this workspace?',
    text: 'What it made on its machine is removed, and cannot be brought back. What was not pushed is lost.',
    action: 'Delete',
  },
};

/** Of one that its machine could not delete. */
const DELETE_AGAIN = {
  title: 'Delete it once more?',
  text: 'If its machine still cannot do it, it is forgotten here, and what is left of it stays there.',
  action: 'Delete',
};

function ConfirmAction(props: { action: WorkspaceAction; onClose: () => void }) {
  const view = useWorkspaceView();
  const navigate = useNavigate();
  const isSecondDelete = () =>
    props.action === 'delete' && !failureWords(view.workspace().error).actions.includes('retry');
  const question = () => (isSecondDelete() ? DELETE_AGAIN : QUESTIONS[props.action]);
  return (
    <Confirm
      open
      onClose={props.onClose}
      title={question().title}
      action={question().action}
      busy={view.acting() === props.action}
      variant={props.action === 'pause' ? 'primary' : 'danger'}
      onConfirm={async () => {
        const done = await view.act(props.action);
        props.onClose();
        if (done && props.action === 'delete') navigate('/');
      }}
    >
      <p>
        <span class="font-medium text-ink">{view.workspace().name}</span>. {question().text}
      </p>
    </Confirm>
  );
}
