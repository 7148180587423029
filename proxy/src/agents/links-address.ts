/** Pure: where a machine finds this server, for models and for bridges that connect by themselves. */
import { isLoopbackHost } from '../lib/network-names.ts';

export interface Addresses {
  /** What the operator says (PORTHOLE_MACHINE_URL). */
  machineUrl: string | null;
  /** Where browsers find it. */
  origin: string | null;
  /** What it listens on. */
  host: string;
  port: number;
}

/** `local`: the machine is the server's own. null: it cannot be said to reach it. */
export function addressFor({ machineUrl, origin, host, port }: Addresses, local: boolean): string | null {
  if (machineUrl !== null) return machineUrl;
  if (local) return `http://${nameOf(host)}:${port}`;
  return origin !== null && !isLoopbackHost(new URL(origin).hostname) ? origin : null;
}

/** A wildcard is no address to connect to. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
