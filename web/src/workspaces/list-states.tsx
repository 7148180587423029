/** A list with nothing in it: because there is nothing, or because nothing has come. Rare, so not with the list itself. */
import { Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { CloudOff, SquareTerminal, Users } from '../ui/icons.ts';

export function NoWorkspaces() {
  const { shell } = useApp();
  return (
    <EmptyState
      icon={<SquareTerminal size={20} />}
      title="No workspaces yet"
      actions={
        <Button variant="primary" onClick={() => shell.open({ name: 'new-workspace' })}>
          New workspace
        </Button>
      }
    >
      A workspace is a machine with a checkout, and terminals that go on running while you are away.
    </EmptyState>
  );
}

/** Removed from the last one, or never in any. */
export function NoOrganisation() {
  const { shell } = useApp();
  return (
    <EmptyState
      icon={<Users size={20} />}
      title="You are in no organisation"
      actions={<Button onClick={() => shell.open({ name: 'new-organisation' })}>Start one</Button>}
    >
      Workspaces belong to organisations. Ask for an invite, or start an organisation of your own.
    </EmptyState>
  );
}

export function NotHereYet() {
  const { sync } = useApp();
  return (
    <Show
      when={sync.problem()}
      fallback={
        <EmptyState icon={<CloudOff size={20} />} title="Nothing on this device yet">
          This device has not been connected since you signed in. Workspaces appear as soon as it is.
        </EmptyState>
      }
    >
      {(problem) => (
        <ErrorBox
          class="mt-2"
          title="Workspaces could not be loaded"
          message={
            problem().code === 'storage_full'
              ? 'This browser did not let Porthole keep data on the device. Private windows and full disks do that.'
              : problem().message
          }
          details={problem().message}
          actions={
            <Button size="sm" onClick={() => location.reload()}>
              Reload
            </Button>
          }
        />
      )}
    </Show>
  );
}
