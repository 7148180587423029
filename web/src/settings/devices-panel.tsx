import type { Device } from '@porthole/shared/http';
import { createSignal, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { api, call } from '../net/api.ts';
import { createRequest } from '../net/create-request.ts';
import { confirmSignOut } from '../shell/sign-out.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Laptop, Smartphone } from '../ui/icons.ts';
import { BoxRow, Panel, Tag } from './parts.tsx';
import { createRowAction, RequestedList } from './resource-list.tsx';
import { relativeTime } from './time.ts';

export function DevicesPanel() {
  const { session } = useApp();
  const devices = createRequest(
    () => 'mine',
    async () => (await call(api.me.devices.$get())).devices,
  );
  const [asking, setAsking] = createSignal(false);
  const signOut = createRowAction('Not signed out', async (device: Device) => {
    await call(api.me.devices[':device'].$delete({ param: { device: device.id } }));
    await devices.reload();
  });
  return (
    <Panel
      title="Devices"
      text="Where you are signed in. Signing a device out removes what it keeps for working offline, as soon as it is reached."
      action={
        <Button variant="danger" size="sm" onClick={() => setAsking(true)}>
          Sign out everywhere
        </Button>
      }
    >
      <RequestedList of={devices} label="Devices" empty="No devices.">
        {(device) => (
          <BoxRow
            icon={/iPhone|Android|iPad/.test(device.name) ? <Smartphone size={18} /> : <Laptop size={18} />}
            title={device.name}
            text={`${device.address} · ${device.current ? 'now' : `last seen ${relativeTime(device.seenAt, Date.now())}`} · signed in ${relativeTime(device.createdAt, Date.now())}`}
          >
            <Show when={!device.current} fallback={<Tag tone="ok">This device</Tag>}>
              <Button
                size="sm"
                aria-label={`Sign out ${device.name}`}
                busy={signOut.busy(device)}
                onClick={() => void signOut.run(device)}
              >
                Sign out
              </Button>
            </Show>
          </BoxRow>
        )}
      </RequestedList>
      <Confirm
        open={asking()}
        onClose={() => setAsking(false)}
        title="Sign out everywhere?"
        action="Sign out everywhere"
        onConfirm={() => {
          setAsking(false);
          void confirmSignOut(session, true);
        }}
      >
        Every device, this one too, is signed out and forgets what it keeps. Terminals go on running.
      </Confirm>
    </Panel>
  );
}
