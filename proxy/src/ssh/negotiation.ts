/**
 * Pure: reads what a server offers from the first, unencrypted bytes of a connection (RFC 4253, 4.2 and 7.1).
 * The client library says only "no matching algorithm"; a person who has to mend it needs the list.
 */

export interface ServerOffer {
  kex: string[];
  hostKeys: string[];
  /** Server to client. */
  ciphers: string[];
  macs: string[];
}

/** A server's banner and offer fit in this; more is not read. Bytes. */
export const OFFER_BYTES = 16 * 1024;

const SSH_MSG_KEXINIT = 20;
const COOKIE_BYTES = 16;

/** The offer, or null while the bytes do not hold one whole (yet). */
export function parseServerOffer(bytes: Uint8Array): ServerOffer | null {
  const packet = afterIdentification(bytes);
  if (!packet || packet.length < 6) return null;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const length = view.getUint32(0);
  const padding = view.getUint8(4);
  if (packet.length < 4 + length || view.getUint8(5) !== SSH_MSG_KEXINIT) return null;
  const end = 4 + length - padding;
  const lists: string[][] = [];
  let at = 6 + COOKIE_BYTES;
  while (lists.length < 6 && at + 4 <= end) {
    const size = view.getUint32(at);
    at += 4;
    if (at + size > end) return null;
    const names = latin1(packet.subarray(at, at + size));
    lists.push(names === '' ? [] : names.split(','));
    at += size;
  }
  const [kex, hostKeys, , ciphers, , macs] = lists;
  return kex && hostKeys && ciphers && macs ? { kex, hostKeys, ciphers, macs } : null;
}

/** What follows the `SSH-2.0-…` line; lines before it are a greeting. */
function afterIdentification(bytes: Uint8Array): Uint8Array | null {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1) return null;
    if (latin1(bytes.subarray(start, Math.min(end, start + 4))) === 'SSH-') return bytes.subarray(end + 1);
    start = end + 1;
  }
}

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
