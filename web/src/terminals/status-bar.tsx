/** One line about the terminal: the connection with its echo time, whose size it has, who looks and who types. */
import type { DeviceKind, TerminalViewer } from '@porthole/shared';
import { For, Show } from 'solid-js';
import { connectionStatus, connectionText } from '../net/connection.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Laptop, Search, Smartphone, Tablet } from '../ui/icons.ts';
import { isTouch, type TerminalControl } from './create-terminal.ts';
import { gridText, hasRoomForOffer } from './grid-offer.tsx';

/** More faces than this become a number. */
const FACES = 4;
const FACES_IN_TABS = 2;
const ICONS = { laptop: Laptop, phone: Smartphone, tablet: Tablet } satisfies Record<DeviceKind, unknown>;

export function StatusBar(props: {
  control: TerminalControl;
  online: boolean;
  /** Shares a row with the tabs: as short as can be. */
  inTabs: boolean;
  onFind: () => void;
}) {
  const control = () => props.control;
  const status = () => {
    const state = control().socketState();
    return connectionStatus(state, props.online, control().wasCurrent());
  };
  const words = () => connectionText(status(), control().echo());
  const color = () => {
    if (status().name === 'connected') return control().current() ? 'var(--ok)' : 'var(--busy)';
    if (status().name === 'connecting' || status().name === 'reconnecting') return 'var(--busy)';
    return status().name === 'offline' ? 'var(--off)' : 'var(--bad)';
  };
  const faces = () => (props.inTabs ? FACES_IN_TABS : FACES);
  /** What was so before the connection went nobody knows to be so still. */
  const typing = () => (control().connected() ? control().others() : []).filter((one) => one.typing);
  return (
    <div
      class="term-bar"
      role="status"
      data-in-tabs={props.inTabs ? '' : undefined}
      onMouseDown={(event) => event.preventDefault()}
    >
      <span class="inline-flex items-center gap-1.5" title={words()[1]}>
        <i class="size-1.5 rounded-full" style={{ background: color() }} />
        <span>{props.inTabs ? words()[0].replace(/,.*/, '…') : words()[0]}</span>
      </span>
      <Show when={!control().canWrite()}>
        <span class="rounded bg-sunken px-1.5 text-soft" title="You can watch, but not type">
          View only
        </span>
      </Show>
      <Show when={!props.inTabs || !hasRoomForOffer(control())}>
        <Show
          when={control().fit.isForeign()}
          fallback={
            <span class="max-sm:hidden">{`${control().fit.grid().cols}×${control().fit.grid().rows}`}</span>
          }
        >
          <span class={props.inTabs ? 'sr-only' : 'min-w-0 overflow-hidden text-ellipsis'}>
            {gridText(control())}
          </span>
          <Show when={control().canWrite() && control().connected()}>
            <button type="button" class="term-link-action" onClick={() => control().takeSize()}>
              {isTouch ? 'Fit' : 'Fit to this screen'}
            </button>
          </Show>
        </Show>
      </Show>
      <span class="flex-1" />
      <Show when={typing()[0]}>
        {(first) => (
          <span class="term-typing min-w-0 overflow-hidden text-ellipsis text-soft">
            <span class={props.inTabs ? 'sr-only' : undefined}>
              {typing().length === 1 ? `${first().name} types` : `${typing().length} people type`}
            </span>
            <span aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
          </span>
        )}
      </Show>
      <Show when={control().others().length > 0}>
        <span class="inline-flex items-center -space-x-1" title="Also looking">
          <For each={control().others().slice(0, faces())}>{(one) => <Face viewer={one} />}</For>
          <Show when={control().others().length > faces()}>
            <span class="pl-2">+{control().others().length - faces()}</span>
          </Show>
        </span>
      </Show>
      <Show when={isTouch}>
        <button
          type="button"
          aria-label="Find"
          class="inline-grid place-items-center"
          onClick={() => props.onFind()}
        >
          <Search size={15} />
        </button>
      </Show>
    </div>
  );
}

function Face(props: { viewer: TerminalViewer }) {
  const Icon = ICONS[props.viewer.device];
  const facts = () =>
    [
      props.viewer.name,
      props.viewer.device,
      props.viewer.visible ? null : 'not looking now',
      props.viewer.canWrite ? null : 'view only',
      props.viewer.ownsSize ? 'the terminal has this screen’s size' : null,
    ].filter(Boolean);
  return (
    <span class="relative" title={facts().join(' · ')}>
      <Avatar id={props.viewer.userId} name={props.viewer.name} size="sm" idle={!props.viewer.visible} />
      <Show when={props.viewer.device !== 'laptop'}>
        <span class="absolute -right-1 -bottom-0.5 rounded-full bg-bg p-px text-soft">
          <Icon size={9} />
        </span>
      </Show>
    </span>
  );
}
