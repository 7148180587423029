/** Who is at the other end: the peer's address, or what a trusted proxy says of it. */
import { type BlockList, isIP } from 'node:net';

/** The rightmost address of `X-Forwarded-For` that is not a trusted proxy's own. */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: BlockList,
): string {
  const hops = [...(forwardedFor ?? '').split(',').map((hop) => hop.trim()), peer ?? ''];
  let address = normal(peer ?? '');
  for (const hop of hops.reverse()) {
    const candidate = normal(hop);
    if (isIP(candidate) === 0) break;
    address = candidate;
    if (!trusted.check(candidate, isIP(candidate) === 6 ? 'ipv6' : 'ipv4')) break;
  }
  return address || 'unknown';
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
const normal = (address: string): string => /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1] ?? address;
