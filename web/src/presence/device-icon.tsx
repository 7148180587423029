import type { DeviceKind } from '@porthole/shared';
import { Dynamic } from 'solid-js/web';
import { Laptop, Smartphone, Tablet } from '../ui/icons.ts';

const DEVICE_ICONS = { laptop: Laptop, tablet: Tablet, phone: Smartphone } satisfies Record<
  DeviceKind,
  unknown
>;

export function DeviceIcon(props: { kind: DeviceKind; size?: number; class?: string }) {
  return (
    <Dynamic
      component={DEVICE_ICONS[props.kind]}
      size={props.size ?? 12}
      class={props.class}
      aria-hidden="true"
    />
  );
}
