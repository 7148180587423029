/**
 * The way to a workspace's bridge, however it is reached: over SSH, or because it connects by itself (`/ws/bridge`).
 * Whoever holds a link hears of each event once or more, in order; numbers say which (AG4).
 */
import type { AgentFault, BridgeReport } from '@porthole/shared/agent-events';
import type { FromBridge, ToBridge } from '@porthole/shared/bridge';
import type { Disposable } from '../lib/disposable.ts';

export type Welcome = Extract<FromBridge, { type: 'welcome' }>;
export type BridgeDelta = Extract<FromBridge, { type: 'delta' }>;

/**
 * `connecting`: on the way, with what is being done in `note` ("Installing the bridge"). `attached`: after `welcome`.
 * `waiting`: the bridge is about to be another one (`note`), and is looked for again soon. `down`: the last try failed
 * with `fault`; the next one follows by itself while `wanted`.
 */
export type LinkState =
  | { state: 'idle' }
  | { state: 'connecting'; note: string }
  | { state: 'attached' }
  | { state: 'waiting'; note: string }
  | { state: 'down'; fault: AgentFault };

/** Why a bridge that is there does not take what it is given. */
export const LEAVING_NOTE =
  'Another version of the bridge takes over once the turns that run on the machine have ended.';

/** What the relay does with what it hears. Calls come in the order of the lines. */
export interface LinkListener {
  /** For `hello`: which log is known, and what is stored of it. */
  place(): Promise<{ bridge: string | null; stored: number }>;
  onState(state: LinkState): void;
  /** Before any event: whoever has something for the bridge sends it now (again). */
  onWelcome(welcome: Welcome): void;
  onEvent(n: number, session: string, event: BridgeReport): void;
  onDelta(delta: BridgeDelta): void;
  onAgentSession(session: string, agentSession: string): void;
  onRefused(session: string | null, fault: AgentFault): void;
  /** It ends after the running turns, and begins nothing any more. `given`: a prompt that it did not begin for that. */
  onLeaving(given: { session: string; prompt: string } | null): void;
}

export interface BridgeLink extends Disposable {
  readonly state: LinkState;
  /** False when not attached: nothing is kept for later. */
  send(message: ToBridge): boolean;
  /** Looks for the bridge at once instead of at the next try. */
  retry(): void;
}

export interface BridgeLinks {
  /** Starts the machine when it sleeps, installs and starts the bridge, and stays attached until disposed. */
  connect(workspaceId: string, listener: LinkListener): BridgeLink;
}
