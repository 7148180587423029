/** The two forms of the settings: one on the page, and one in a dialog, which may end with something to carry away. */
import { createEffect, type JSX, Show } from 'solid-js';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { KeyText } from './parts.tsx';

interface FormProps {
  /** Of createFields; whatever its fields are called. */
  form: Form;
  /** On the button. */
  action: string;
  /** Nothing is sent before. */
  complete: boolean;
  onSubmit: () => void;
  children: JSX.Element;
}

interface Form {
  id: string;
  busy: () => boolean;
  error: () => { details?: string | null | undefined } | null;
  message: () => string | null;
}

/** To the first field that the server finds fault with, so that what is wrong is read out and typed over. */
function focusWrongField(form: Form, element: () => HTMLFormElement | undefined): void {
  createEffect(() => {
    if (form.error())
      queueMicrotask(() => element()?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  });
}

function send(event: SubmitEvent, props: FormProps): void {
  event.preventDefault();
  // Enter in a field sends too, and knows nothing of a disabled button outside the form.
  if (props.complete) props.onSubmit();
}

function Problem(props: { form: Form }) {
  return (
    <Show when={props.form.message()}>
      {(message) => <ErrorBox message={message()} details={props.form.error()?.details} />}
    </Show>
  );
}

export function PageForm(props: FormProps & { quiet?: boolean; readOnly?: boolean }) {
  let element: HTMLFormElement | undefined;
  focusWrongField(props.form, () => element);
  return (
    <form
      ref={element}
      onSubmit={(event) => send(event, props)}
      class="flex max-w-md flex-col gap-4"
      novalidate
    >
      <Problem form={props.form} />
      {props.children}
      <Show when={!props.readOnly}>
        <div>
          <Button
            type="submit"
            variant={props.quiet ? 'secondary' : 'primary'}
            busy={props.form.busy()}
            disabled={!props.complete}
          >
            {props.action}
          </Button>
        </div>
      </Show>
    </form>
  );
}

/** Shown once, in place of the fields. */
export interface Outcome {
  title: string;
  description: string;
  text: string;
}

export function FormDialog(
  props: FormProps & {
    title: string;
    description?: string;
    width?: 'sm' | 'md';
    onClose: () => void;
    outcome?: Outcome | null | undefined;
  },
) {
  let element: HTMLFormElement | undefined;
  focusWrongField(props.form, () => element);
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.outcome?.title ?? props.title}
      description={props.outcome?.description ?? props.description}
      width={props.width ?? 'sm'}
      footer={
        <Show
          when={!props.outcome}
          fallback={
            <Button variant="primary" onClick={() => props.onClose()}>
              Done
            </Button>
          }
        >
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button
            variant="primary"
            busy={props.form.busy()}
            disabled={!props.complete}
            type="submit"
            form={props.form.id}
          >
            {props.action}
          </Button>
        </Show>
      }
    >
      <Show
        when={props.outcome}
        fallback={
          <form
            ref={element}
            id={props.form.id}
            onSubmit={(event) => send(event, props)}
            class="flex flex-col gap-4 pt-1"
            autocomplete="off"
            novalidate
          >
            <Problem form={props.form} />
            {props.children}
          </form>
        }
      >
        {(outcome) => <SecretText text={outcome().text} />}
      </Show>
    </Dialog>
  );
}

export function SecretText(props: { text: string }) {
  return (
    <KeyText text={props.text}>
      <CopyButton text={props.text}>Copy</CopyButton>
    </KeyText>
  );
}
