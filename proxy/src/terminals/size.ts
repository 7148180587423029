/**
 * Whose size the PTY has (TR8). Pure: (state, viewers, event, now) → state.
 *
 * Invariants: attaching, hiding and leaving never resize by themselves; a viewer that may not type never owns
 * the size; there is at most one owner.
 */
import { SIZE_LEASE_MS } from '@porthole/shared/flow-limits';

export interface SizeViewer {
  id: string;
  visible: boolean;
  canWrite: boolean;
  /** When it came, last became visible, typed or asked for the size. */
  activeAt: number;
  attachedAt: number;
}

export interface SizeState {
  /** A viewer id. It may be away: hidden, or gone altogether. */
  owner: string | null;
  /** Since when nobody has seen the owner; null while it is here and visible. */
  awaySince: number | null;
}

export const NOBODY: SizeState = { owner: null, awaySince: null };

export type SizeEvent =
  /** It attached, or came back. */
  | { type: 'attached'; id: string }
  | { type: 'typed'; id: string }
  | { type: 'take'; id: string }
  /** Visibility changed, someone left, access changed, or time passed. */
  | { type: 'look' };

/** `viewers` are those attached after the event. */
export function decideSize(
  state: SizeState,
  viewers: readonly SizeViewer[],
  event: SizeEvent,
  now: number,
): SizeState {
  const next = taken(state, viewers, event);
  const owner = viewers.find((viewer) => viewer.id === next.owner);
  if (owner?.visible && owner.canWrite) return { ...next, awaySince: null };
  if (next.owner === null) return next;
  const awaySince = next.awaySince ?? now;
  const heir = heirOf(viewers, next.owner, awaySince, now);
  if (heir) return { owner: heir.id, awaySince: null };
  return { ...next, awaySince };
}

function taken(state: SizeState, viewers: readonly SizeViewer[], event: SizeEvent): SizeState {
  if (event.type === 'look') return state;
  const viewer = viewers.find((each) => each.id === event.id);
  if (!viewer?.canWrite) return state;
  const toThem = { owner: viewer.id, awaySince: null };
  switch (event.type) {
    case 'attached':
      // The first one gives the terminal its size; everyone after that only looks.
      return state.owner === null ? toThem : state;
    case 'take':
    case 'typed':
      return toThem;
  }
}

/** The most recently active visible viewer, once owner and heir have both waited out the lease. */
function heirOf(
  viewers: readonly SizeViewer[],
  owner: string,
  awaySince: number,
  now: number,
): SizeViewer | undefined {
  if (now - awaySince < SIZE_LEASE_MS) return undefined;
  let heir: SizeViewer | undefined;
  for (const viewer of viewers) {
    if (viewer.id === owner || !viewer.visible || !viewer.canWrite) continue;
    if (now - viewer.attachedAt < SIZE_LEASE_MS) continue;
    if (!heir || viewer.activeAt > heir.activeAt) heir = viewer;
  }
  return heir;
}

/** When `look` can next change something; null when time alone changes nothing. */
export function nextLook(state: SizeState, viewers: readonly SizeViewer[]): number | null {
  if (state.owner === null || state.awaySince === null) return null;
  let at: number | null = null;
  for (const viewer of viewers) {
    if (viewer.id === state.owner || !viewer.visible || !viewer.canWrite) continue;
    const due = Math.max(state.awaySince, viewer.attachedAt) + SIZE_LEASE_MS;
    if (at === null || due < at) at = due;
  }
  return at;
}
