/** What the app says about its connection, always visible. Pure: the socket's state and the browser's word for it. */
import { RECONNECT_DELAYS_MS } from '@porthole/shared/flow-limits';
import { CloseCode } from '@porthole/shared/version';
import type { SocketState } from './socket-state.ts';

export type ConnectionStatus =
  | { name: 'connecting' }
  | { name: 'connected' }
  | { name: 'reconnecting'; attempt: number; of: number }
  /** The device has no network: working from what it has. */
  | { name: 'offline' }
  /** Attempts are used up: a person decides. */
  | { name: 'lost' }
  | { name: 'refused'; code: number };

export function connectionStatus(
  state: SocketState,
  online: boolean,
  wasConnected: boolean,
): ConnectionStatus {
  if (state.name === 'open') return { name: 'connected' };
  if (!online) return { name: 'offline' };
  switch (state.name) {
    case 'connecting':
    case 'waiting':
      if (!wasConnected && state.attempt === 0) return { name: 'connecting' };
      return {
        name: 'reconnecting',
        attempt: Math.max(1, state.attempt),
        of: RECONNECT_DELAYS_MS.length,
      };
    case 'lost':
      return { name: 'lost' };
    case 'closed':
      return { name: 'refused', code: state.code };
    default:
      return { name: 'connecting' };
  }
}

/** The words for it: short for the bar, long for whoever asks. */
export function connectionText(status: ConnectionStatus, latencyMs: number | null): [string, string] {
  switch (status.name) {
    case 'connecting':
      return ['Connecting…', 'Connecting to the server.'];
    case 'connected':
      return latencyMs === null
        ? ['Connected', 'Connected to the server.']
        : [
            `${Math.max(1, Math.round(latencyMs))} ms`,
            `Connected. The last echo took ${Math.round(latencyMs)} ms.`,
          ];
    case 'reconnecting':
      return [
        `Reconnecting, ${status.attempt} of ${status.of}`,
        'The connection dropped. Terminals go on running; this screen catches up when it is back.',
      ];
    case 'offline':
      return ['Offline', 'No network. Working from what this device has.'];
    case 'lost':
      return ['Connection lost', 'Click to reconnect. Terminals go on running on their machines.'];
    case 'refused':
      return status.code === CloseCode.versionMismatch
        ? ['Update needed', 'The server runs a newer version. Reload to get it.']
        : ['Not connected', 'The server refused this connection. Click to try again.'];
  }
}
