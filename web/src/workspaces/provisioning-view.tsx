/** Setting up, step by step as it happens; and what went wrong, with the ways on. */
import type { ProvisioningStep } from '@porthole/shared';
import { For, Match, Show, Switch } from 'solid-js';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { ErrorBox } from '../ui/error-box.tsx';
import { CircleAlert, CircleCheck, Play, RotateCcw, Trash } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';
import { useWorkspaceView } from './create-workspace-view.ts';
import { failureWords, stepName, type WorkspaceAction } from './status.ts';

export function ProvisioningView() {
  const view = useWorkspaceView();
  return (
    <div class="pane-scroll min-h-0 flex-1">
      <div class="mx-auto max-w-md px-6 pt-[min(14vh,7rem)] pb-10">
        <h2 class="text-lg font-semibold">Setting up {view.workspace().name}</h2>
        <p class="mt-1 text-sm text-soft">You can leave; it goes on by itself.</p>
        <Steps steps={view.workspace().steps} />
      </div>
    </div>
  );
}

export function Steps(props: { steps: readonly ProvisioningStep[] }) {
  return (
    <ol class="mt-6 flex flex-col" aria-live="polite">
      <For each={props.steps}>
        {(step, index) => <Step step={step} last={index() === props.steps.length - 1} />}
      </For>
    </ol>
  );
}

const STATE_WORDS: Record<ProvisioningStep['state'], string> = {
  waiting: 'waiting',
  running: 'under way',
  done: 'done',
  failed: 'failed',
  skipped: 'not needed',
};

function Step(props: { step: ProvisioningStep; last: boolean }) {
  return (
    <li class="relative flex gap-3 pb-5">
      <Show when={!props.last}>
        <span class="absolute top-5 bottom-0 left-2 w-px -translate-x-1/2 bg-line" aria-hidden="true" />
      </Show>
      <span class="mt-0.5 grid size-4 shrink-0 place-items-center" aria-hidden="true">
        <Switch
          fallback={
            <span
              class={cx(
                'size-2.5 rounded-full border-[1.5px] border-off',
                props.step.state === 'skipped' && 'opacity-40',
              )}
            />
          }
        >
          <Match when={props.step.state === 'done'}>
            <CircleCheck size={16} class="text-ok" />
          </Match>
          <Match when={props.step.state === 'failed'}>
            <CircleAlert size={16} class="text-bad" />
          </Match>
          <Match when={props.step.state === 'running'}>
            <Spinner class="text-accent opacity-100" />
          </Match>
        </Switch>
      </span>
      <div class="min-w-0 flex-1">
        <div class="flex items-baseline justify-between gap-3 text-sm">
          <span
            class={cx(
              props.step.state === 'waiting' || props.step.state === 'skipped' ? 'text-faint' : 'text-ink',
              props.step.state === 'running' && 'font-medium',
            )}
          >
            {stepName(props.step)}
            <span class="sr-only">: {STATE_WORDS[props.step.state]}</span>
          </span>
          <Show when={props.step.state === 'running' && props.step.percent !== null}>
            <span class="text-xs text-soft tabular-nums">{Math.floor(props.step.percent ?? 0)} %</span>
          </Show>
          <Show when={props.step.state === 'skipped'}>
            <span class="text-xs text-faint">not needed</span>
          </Show>
        </div>
        <Show when={props.step.state === 'running' && props.step.percent !== null}>
          <div
            role="progressbar"
            aria-label={stepName(props.step)}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.floor(props.step.percent ?? 0)}
            class="mt-1.5 h-1 overflow-hidden rounded-full bg-selected"
          >
            <div
              class="h-full rounded-full bg-accent transition-[width] duration-300"
              style={{ width: `${props.step.percent}%` }}
            />
          </div>
        </Show>
        <Show when={props.step.note && props.step.state !== 'done'}>
          <p class="mt-0.5 truncate text-xs text-faint">{props.step.note}</p>
        </Show>
      </div>
    </li>
  );
}

/** What could not be done, and the next step that fits it. */
export function FailureView() {
  const view = useWorkspaceView();
  const error = () => view.workspace().error;
  const words = () => failureWords(error());
  const failedStep = () => view.workspace().steps.find(({ state }) => state === 'failed');
  return (
    <div class="pane-scroll min-h-0 flex-1">
      <div class="mx-auto max-w-xl px-6 pt-[min(12vh,6rem)] pb-10">
        <ErrorBox
          title={words().steps && failedStep() ? `It failed at: ${stepName(failedStep()!)}` : words().title}
          message={error()?.message ?? 'The machine gave no reason.'}
          details={error()?.details}
          actions={<Ways />}
        />
        <Show when={error()}>
          {(found) => (
            <p class="mt-2 text-xs text-faint">
              <code class="font-mono">{found().code}</code>, {new Date(found().at).toLocaleString()}
            </p>
          )}
        </Show>
        <Show when={words().steps && view.workspace().steps.length > 0}>
          <Steps steps={view.workspace().steps} />
        </Show>
      </div>
    </div>
  );

  function Ways() {
    const can = (action: WorkspaceAction) => view.actions().includes(action);
    return (
      <>
        <Show when={can('retry')}>
          <Button
            variant="primary"
            size="sm"
            icon={<RotateCcw size={13} />}
            busy={view.acting() === 'retry'}
            onClick={() => void view.act('retry')}
          >
            {words().retry}
          </Button>
        </Show>
        <Show when={can('start')}>
          <Button
            size="sm"
            icon={<Play size={13} />}
            busy={view.acting() === 'start'}
            onClick={() => void view.act('start')}
          >
            Start
          </Button>
        </Show>
        <Show
          when={can('delete')}
          fallback={
            <Show when={view.actions().length === 0}>
              <p class="text-soft">Whoever made it, and admins, can delete it once more.</p>
            </Show>
          }
        >
          <Button
            variant="danger"
            size="sm"
            icon={<Trash size={13} />}
            onClick={() => view.setDialog({ name: 'confirm', action: 'delete' })}
          >
            {can('retry') ? 'Delete' : words().retry}
          </Button>
        </Show>
      </>
    );
  }
}
