import type { SessionRow } from '@porthole/shared';
import { createSignal, createUniqueId } from 'solid-js';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { renameSession } from './session-actions.ts';

export function RenameSession(props: { session: SessionRow; onClose: () => void }) {
  const form = createUniqueId();
  const [title, setTitle] = createSignal(props.session.title);
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const next = title().trim();
    if (next && next !== props.session.title) await renameSession(props.session, next);
    props.onClose();
  }
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Rename the session"
      width="sm"
      footer={
        <>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button variant="primary" type="submit" form={form} disabled={!title().trim()}>
            Rename
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} class="pt-1" novalidate>
        <TextField
          label="Name"
          autofocus
          maxlength={200}
          value={title()}
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
      </form>
    </Dialog>
  );
}
