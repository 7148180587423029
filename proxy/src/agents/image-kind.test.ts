import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GIF, HTML, jpeg, PNG, png, SVG, WEBP, WEBP_EXTENDED, WEBP_LOSSLESS } from '../../test/pictures.ts';
import { imageKind } from './image-kind.ts';

const one = { width: 1, height: 1 };

describe('what kind of picture bytes are', () => {
  it('is told by the bytes, with its size', () => {
    expect(imageKind(PNG)).toEqual({ mediaType: 'image/png', ...one });
    expect(imageKind(png(1440, 900))).toEqual({ mediaType: 'image/png', width: 1440, height: 900 });
    expect(imageKind(GIF)).toEqual({ mediaType: 'image/gif', ...one });
    for (const webp of [WEBP, WEBP_LOSSLESS, WEBP_EXTENDED])
      expect(imageKind(webp)).toEqual({ mediaType: 'image/webp', ...one });
    expect(imageKind(jpeg(640, 480))).toEqual({ mediaType: 'image/jpeg', width: 640, height: 480 });
  });

  it('[SE5] what can hold a script is none, nor what has no size, or one that takes all memory', () => {
    for (const bytes of [SVG, HTML, Buffer.alloc(0), png(0, 5), png(20_000, 20_000), PNG.subarray(0, 20)])
      expect(imageKind(bytes)).toBeNull();
    expect(imageKind(Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), HTML]))).toBeNull();
  });

  it('[SE7] never throws and never reads on for ever, whatever the bytes', () => {
    const starts = [PNG, GIF, WEBP, WEBP_EXTENDED, WEBP_LOSSLESS, jpeg(5, 5), Buffer.alloc(0)];
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.nat(60),
        fc.uint8Array({ maxLength: 80 }),
        (start, cut, rest) => {
          const kind = imageKind(Buffer.concat([start.subarray(0, cut), rest]));
          if (kind) expect(kind.width * kind.height).toBeGreaterThan(0);
        },
      ),
    );
  });
});
