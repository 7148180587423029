/**
 * Pure: how a browser comes to a port that a program on a workspace's machine listens on. Nothing of ours carries it
 * there: what such a program answers must not run at this app's address.
 */
import type { HostRow, WorkspaceRow } from '@porthole/shared';

export type PreviewWay =
  /** The browser is on that machine. */
  | { kind: 'here' }
  /** `command`, in a terminal of the browser's machine, brings the port there. */
  | { kind: 'tunnel'; host: string; command: string }
  | { kind: 'none' };

export function previewWay(
  port: number,
  workspace: Pick<WorkspaceRow, 'provider' | 'hostId'> | undefined,
  hosts: readonly HostRow[],
  hostname: string,
): PreviewWay {
  if (workspace?.provider === 'local') return { kind: isLoopback(hostname) ? 'here' : 'none' };
  const host = workspace?.provider === 'ssh' && hosts.find(({ id }) => id === workspace.hostId);
  if (!host) return { kind: 'none' };
  const way = [`-L ${port}:localhost:${port}`, ...(host.port === 22 ? [] : [`-p ${host.port}`])].join(' ');
  return {
    kind: 'tunnel',
    host: host.name,
    command: `ssh -N ${way} ${destination(`${host.username}@${host.address}`)}`,
  };
}

const isLoopback = (hostname: string) =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || /^127(\.\d+){3}$|^\[?::1\]?$/.test(hostname);

/** For a shell and for ssh, to which a word that begins with a dash would be an option. */
const destination = (word: string) =>
  /^\w[\w.@:-]*$/.test(word) ? word : `-- '${word.replace(/'/g, "'\\''")}'`;
