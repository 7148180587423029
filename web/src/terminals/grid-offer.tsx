/** Beneath a grid that is somebody else's, where a phone has room left: whose it is, and the way to one's own. */
import type { TerminalViewer } from '@porthole/shared';
import { Show } from 'solid-js';
import type { TerminalControl } from './create-terminal.ts';
import './foreign-grid.css';

/** What the offer needs beneath the grid, in CSS pixels. */
const OFFER_HEIGHT = 84;

/** Elsewhere the line about the terminal has it. */
export function hasRoomForOffer({ fit }: TerminalControl): boolean {
  const left = (fit.area()?.height ?? 0) - fit.content().height;
  return fit.isForeign() && fit.zoom() === 1 && left >= OFFER_HEIGHT;
}

/** "105×43 on Ana’s laptop" */
export function gridText(control: TerminalControl): string {
  const { cols, rows } = control.fit.grid();
  return `${cols}×${rows}${sizeOwner(control.owner())}`;
}

export function GridOffer(props: { control: TerminalControl }) {
  return (
    <div class="term-offer">
      <Show when={props.control.canWrite() && props.control.connected()}>
        <button type="button" onClick={() => props.control.takeSize()}>
          Fit to this screen
        </button>
      </Show>
      <p>{gridText(props.control)}. Pinch to zoom.</p>
    </div>
  );
}

function sizeOwner(owner: TerminalViewer | undefined): string {
  if (!owner) return '';
  const [first] = owner.name.split(' ');
  return ` on ${first ?? owner.name}’s ${owner.device}`;
}
