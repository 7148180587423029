/**
 * A machine is given our public key, and trusted by its own. A key is shown and accepted by a person once; a changed
 * one is refused, and the screen says what that can mean.
 */
import type { MirroredRow } from '@porthole/shared';
import type { HostProbe } from '@porthole/shared/http';
import { createSignal, Match, Show, Switch } from 'solid-js';
import { createForm } from '../auth/form.ts';
import { api, call } from '../net/api.ts';
import { SecretText } from '../settings/forms.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorBox } from '../ui/error-box.tsx';
import { CircleCheck, RefreshCw } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';

/** Two steps: our key onto the machine, and the machine's key into our hands. */
export function HostCheck(props: { host: MirroredRow<'hosts'>; onClose: () => void }) {
  const [probe, setProbe] = createSignal<HostProbe | null>(null);
  const form = createForm();
  const pin = createForm();
  const param = () => ({ org: props.host.organisationId, host: props.host.id });
  const isChanged = () => {
    const answer = probe();
    return Boolean(answer?.pinned && answer.fingerprint && answer.pinned !== answer.fingerprint);
  };
  async function ask(): Promise<void> {
    const answer = await form.submit(() =>
      call(api.orgs[':org'].hosts[':host'].probe.$post({ param: param() })),
    );
    if (answer) setProbe(answer);
  }
  async function accept(fingerprint: string): Promise<void> {
    const done = await pin.submit(() =>
      call(api.orgs[':org'].hosts[':host'].pin.$post({ param: param(), json: { fingerprint } })),
    );
    if (done) await ask();
  }
  void ask();
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.host.name}
      description={`${props.host.username}@${props.host.address}, port ${props.host.port}`}
      footer={
        <>
          <Button icon={<RefreshCw size={13} />} busy={form.busy()} onClick={() => void ask()}>
            Check again
          </Button>
          <Button variant="primary" onClick={() => props.onClose()}>
            Done
          </Button>
        </>
      }
    >
      <div class="flex flex-col gap-5 pt-1 text-sm">
        <Show when={props.host.publicKey}>
          {(key) => (
            <section>
              <h3 class="mb-1.5 font-medium">1. Let Porthole in</h3>
              <p class="mb-2 text-soft">
                Put this line into{' '}
                <code class="font-mono text-xs">~{props.host.username}/.ssh/authorized_keys</code> on the
                machine.
              </p>
              <SecretText text={key()} />
            </section>
          )}
        </Show>
        <section>
          <h3 class="mb-1.5 font-medium">
            {props.host.publicKey ? '2. ' : ''}Make sure it is the right machine
          </h3>
          <Switch
            fallback={
              <p class="flex items-center gap-2 text-soft">
                <Spinner /> Asking the machine…
              </p>
            }
          >
            <Match when={form.error()}>
              {(error) => <ErrorBox message={error().message} details={error().details} />}
            </Match>
            <Match when={probe()}>{(answer) => <Answered probe={answer()} />}</Match>
          </Switch>
        </section>
      </div>
    </Dialog>
  );

  function Answered(answered: { probe: HostProbe }) {
    return (
      <Switch>
        <Match when={!answered.probe.reachable || !answered.probe.fingerprint}>
          <ErrorBox
            title="The machine does not answer"
            message={answered.probe.problem?.message ?? 'Check the address and the port, and that sshd runs.'}
          />
        </Match>
        <Match when={isChanged()}>
          <ErrorBox
            title="The machine shows another key than the one accepted"
            message="Porthole refuses to connect. Either the machine was installed anew, or something stands between here and there and pretends to be it. Ask whoever runs the machine, and accept the new key only if its fingerprint is the one they name."
          />
          <Keys probe={answered.probe} />
          <Accept probe={answered.probe} danger label="Accept the new key" />
        </Match>
        <Match when={!answered.probe.pinned}>
          <p class="mb-2 text-soft">
            It shows this key. Compare it with{' '}
            <code class="font-mono text-xs">ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub</code> on the machine,
            or with whoever runs it.
          </p>
          <Keys probe={answered.probe} />
          <Accept probe={answered.probe} label="It is this one: accept" />
        </Match>
        <Match when={answered.probe.problem}>
          {(problem) => (
            <>
              <ErrorBox title="The key is right, but signing in failed" message={problem().message} />
              <Keys probe={answered.probe} />
            </>
          )}
        </Match>
        <Match when={true}>
          <p class="flex items-center gap-2 text-ok">
            <CircleCheck size={16} aria-hidden="true" /> Signed in and ran a command. It is ready.
          </p>
          <Keys probe={answered.probe} />
        </Match>
      </Switch>
    );
  }

  function Keys(answered: { probe: HostProbe }) {
    return (
      <dl class="mt-2 flex flex-col gap-2">
        <Show when={isChanged()}>
          <div>
            <dt class="text-xs text-faint">Accepted before</dt>
            <dd class="font-mono text-xs break-all">{answered.probe.pinned}</dd>
          </div>
        </Show>
        <div>
          <dt class="text-xs text-faint">{isChanged() ? 'Shown now' : 'Its key'}</dt>
          <dd class="font-mono text-xs break-all select-all">
            {answered.probe.fingerprint}{' '}
            <Show when={answered.probe.keyType}>
              <span class="text-faint">({answered.probe.keyType})</span>
            </Show>
          </dd>
        </div>
      </dl>
    );
  }

  function Accept(answered: { probe: HostProbe; label: string; danger?: boolean }) {
    return (
      <div class="mt-3">
        <Show when={pin.message()}>{(message) => <ErrorBox message={message()} class="mb-2" />}</Show>
        <Button
          variant={answered.danger ? 'danger' : 'primary'}
          busy={pin.busy()}
          onClick={() => answered.probe.fingerprint && void accept(answered.probe.fingerprint)}
        >
          {answered.label}
        </Button>
      </div>
    );
  }
}
