/** Where a machine is and how to get in. Made by a provider, used by the pool. */
import type { HostKey } from './host-keys.ts';

export type SshAuth =
  | { kind: 'key'; privateKey: string; passphrase?: string }
  | { kind: 'password'; password: string }
  /** A socket of ssh-agent on the proxy's machine. */
  | { kind: 'agent'; socket: string };

export interface SshTarget {
  /** Names the machine: targets with the same key share connections. */
  key: string;
  address: { host: string; port: number } | { socketPath: string };
  user: string;
  auth: SshAuth;
  /** Pinned; null refuses with `host_key_unknown` and the fingerprint. */
  hostKey: HostKey | null;
  /** Fit for a message: "build-1 (10.0.0.7:22)". */
  label: string;
}
