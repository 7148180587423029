/**
 * Pure: which pages may change things and open sockets here (SE2).
 * With a public origin: that one alone. On the loopback: a page served under any of its names, from this very server
 * (the `Origin` is the `Host`), so that a forwarded port and the dev server work and another local app does not.
 */
import { hostOf, isLoopbackHost } from '../lib/network-names.ts';

/** `publicOrigin` null: the server listens on the loopback. */
export function originAllowed(
  publicOrigin: string | null,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (origin === undefined) return false;
  if (publicOrigin !== null) return origin === publicOrigin;
  const named = /^https?:\/\/([^/]+)$/.exec(origin)?.[1]?.toLowerCase();
  const name = named === undefined ? null : hostOf(named);
  return name !== null && named === host?.toLowerCase() && isLoopbackHost(name);
}
