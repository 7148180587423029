import type { BridgeEvent } from '@porthole/shared/agent-events';
import { EVENT_CHARS } from '@porthole/shared/agent-limits';
import { describe, expect, it } from 'vitest';
import { bounded, clean, cutMiddle, oneLine } from './text.ts';

describe('text', () => {
  it('[SE5] has no halves of characters and no NUL', () => {
    expect(clean('a\ud83d\ude00b\ud83dc\ude00\0')).toBe('a\ud83d\ude00b\ufffdc\ufffd\ufffd');
    expect(oneLine('a\u001b[31m\r\n\tb ')).toBe('a [31m b');
  });

  it('[SE7] keeps beginning and end, and says how much is missing', () => {
    expect(cutMiddle('0123456789', 10)).toEqual({ text: '0123456789' });
    expect(cutMiddle('0123456789', 5)).toEqual({ text: '01289', cut: 5 });
    // The cut goes through a character.
    expect(cutMiddle('a\ud83d\ude00bcd', 4)).toEqual({ text: 'a\ufffdcd', cut: 2 });
  });

  it('[SE7] adds up what was cut before', () => {
    const text: BridgeEvent = {
      type: 'text',
      turn: 't',
      item: 'm1',
      kind: 'message',
      text: 'x'.repeat(65_540),
      cut: 10,
    };
    expect(bounded(text)).toMatchObject({ cut: 14 });
  });

  it('[SE7] fits an event, whatever it is made of', () => {
    const big = '\u0001'.repeat(200_000);
    const content = Array.from({ length: 300 }, () => ({ kind: 'text' as const, text: big }));
    const image = { kind: 'image' as const, mediaType: 'image/png', data: 'A'.repeat(2_000_000) };
    const files = Array.from({ length: 5_000 }, (_, n) => `file-${n}`);
    const event = bounded({
      type: 'tool',
      turn: 't',
      call: 'c',
      input: big,
      files,
      content: [image, ...content],
    });
    expect(JSON.stringify(event).length).toBeLessThanOrEqual(EVENT_CHARS);
    expect(event).toMatchObject({ call: 'c' });
    const small = bounded({ type: 'tool', turn: 't', call: 'c', content: [image] });
    expect(small).toMatchObject({
      content: [{ kind: 'text', text: 'An image of 1465 KB' }],
    });
  });
});
