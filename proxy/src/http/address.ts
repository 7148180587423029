/** Who is at the other end: the peer's address, or what a trusted proxy says of it. */
import { type BlockList, isIP } from 'node:net';
import type { RateLimiter } from '../lib/rate-limit.ts';

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

/** What attempts are counted by: of IPv6 the /64, for one device alone has all the addresses in it. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  // A dotted end stands for two groups, and is never among the first four.
  const [head = '', tail = ''] = address
    .replace(/%.*$/, '')
    .replace(/[^:]+\.[^:]+$/, '0:0')
    .split('::');
  const [left, right] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - (left?.length ?? 0) - (right?.length ?? 0))).fill('0');
  const first = [...(left ?? []), ...zeros, ...(right ?? [])].slice(0, 4);
  return `${first.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** The same limiter, for keys that are addresses; other keys stay what they are. */
export const byNetwork = ({ take, forgive }: RateLimiter): RateLimiter => ({
  take: (address) => take(networkOf(address)),
  forgive: (address) => forgive(networkOf(address)),
});
