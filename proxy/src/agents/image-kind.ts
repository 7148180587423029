/**
 * Pure: what kind of picture bytes are, by what they begin with, and how large it is on a screen. What a machine says of
 * them is not asked: a browser is only ever told one of these four kinds, of which none can hold a script.
 */
import type { StoredImage } from '@porthole/shared/agent-events';

export type ImageKind = Pick<StoredImage, 'mediaType' | 'width' | 'height'>;

/** What decodes to more would take a phone's memory. */
export const MAX_PIXELS = 100_000_000;

export function imageKind(bytes: Uint8Array): ImageKind | null {
  const kind = png(bytes) ?? gif(bytes) ?? webp(bytes) ?? jpeg(bytes);
  if (!kind || kind.width === 0 || kind.height === 0) return null;
  return kind.width * kind.height > MAX_PIXELS ? null : kind;
}

const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Signature, and IHDR as the first chunk: width and height. */
function png(bytes: Uint8Array): ImageKind | null {
  if (bytes.length < 33 || text(bytes, 0, 8) !== '\x89PNG\r\n\x1a\n' || text(bytes, 12, 4) !== 'IHDR')
    return null;
  const at = view(bytes);
  return { mediaType: 'image/png', width: at.getUint32(16), height: at.getUint32(20) };
}

function gif(bytes: Uint8Array): ImageKind | null {
  if (bytes.length < 13 || !/^GIF8[79]a$/.test(text(bytes, 0, 6))) return null;
  const at = view(bytes);
  return { mediaType: 'image/gif', width: at.getUint16(6, true), height: at.getUint16(8, true) };
}

/** A RIFF file of one of three kinds: https://developers.google.com/speed/webp/docs/riff_container */
function webp(bytes: Uint8Array): ImageKind | null {
  if (bytes.length < 30 || text(bytes, 0, 4) !== 'RIFF' || text(bytes, 8, 4) !== 'WEBP') return null;
  const at = view(bytes);
  const mediaType = 'image/webp';
  switch (text(bytes, 12, 4)) {
    case 'VP8X': {
      const three = (from: number) => at.getUint16(from, true) + (at.getUint8(from + 2) << 16);
      return { mediaType, width: three(24) + 1, height: three(27) + 1 };
    }
    case 'VP8L': {
      const bits = at.getUint32(21, true);
      return { mediaType, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      return {
        mediaType,
        width: at.getUint16(26, true) & 0x3fff,
        height: at.getUint16(28, true) & 0x3fff,
      };
    default:
      return null;
  }
}

/** Segments up to the first frame header (SOF), which has the size. */
function jpeg(bytes: Uint8Array): ImageKind | null {
  if (bytes.length < 4 || text(bytes, 0, 3) !== '\xff\xd8\xff') return null;
  const at = view(bytes);
  let place = 2;
  while (place + 9 < bytes.length && at.getUint8(place) === 0xff) {
    const marker = at.getUint8(place + 1);
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff) place += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) place += 2;
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { mediaType: 'image/jpeg', width: at.getUint16(place + 7), height: at.getUint16(place + 5) };
    else place += 2 + Math.max(2, at.getUint16(place + 2));
  }
  return null;
}
