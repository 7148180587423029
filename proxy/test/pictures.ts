/** Pictures for tests: the smallest files of each kind that browsers take, and what only looks like one. */

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** One pixel, red. */
export const PNG = bytes(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
);
export const GIF = bytes('R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=');
/** VP8, lossless VP8L, and extended VP8X with an alpha channel. */
export const WEBP = bytes('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=');
export const WEBP_LOSSLESS = bytes('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==');
export const WEBP_EXTENDED = bytes(
  'UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==',
);
export const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
);
export const HTML = Buffer.from('<!doctype html><script>alert(1)</script>');

/** A PNG by its first bytes, of any size on the screen; `tag` makes it another one. */
export function png(width: number, height: number, tag = ''): Buffer {
  const head = Buffer.from(PNG);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return Buffer.concat([head, Buffer.from(tag)]);
}

/** The beginning of a JPEG: an APP0 segment, a fill byte, a table, then the frame header. */
export function jpeg(width: number, height: number): Buffer {
  const frame = Buffer.from([0xff, 0xc2, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const app0 = Buffer.from([0xff, 0xe0, 0, 4, 1, 2]);
  const table = Buffer.from([0xff, 0xff, 0xc4, 0, 5, 1, 2, 3]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), app0, table, frame, Buffer.alloc(8)]);
}
