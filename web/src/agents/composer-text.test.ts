import { describe, expect, it } from 'vitest';
import { beforeOf, complete, sends, sizeText, triggerAt } from './composer-text.ts';

const at = (marked: string) => {
  const caret = marked.indexOf('|');
  return triggerAt(marked.replace('|', ''), caret);
};

describe('completion', () => {
  it('finds paths after @ where a word begins, and commands at the very start', () => {
    expect(at('look at @src/re|')).toMatchObject({ kind: 'file', query: 'src/re', from: 8, to: 15 });
    expect(at('@|')).toMatchObject({ kind: 'file', query: '' });
    expect(at('("@a|")')).toMatchObject({ kind: 'file', query: 'a' });
    expect(at('/pl|')).toMatchObject({ kind: 'command', query: 'pl', from: 0 });
    for (const none of ['ana@example|', 'a /plan|', '/plan now|', 'plain|', '/usr/bin|', '@a b|'])
      expect(at(none)).toBeNull();
  });

  it('puts the choice in place of what was typed, with one space after it', () => {
    const text = 'look at @re and go on';
    expect(complete(text, triggerAt(text, 11)!, 'src/refunds.ts')).toEqual({
      text: 'look at @src/refunds.ts and go on',
      caret: 24,
    });
    expect(complete('/p', triggerAt('/p', 2)!, 'plan')).toEqual({ text: '/plan ', caret: 6 });
  });
});

it('sends by the key that a person likes, never while an input method composes', () => {
  const key = {
    key: 'Enter',
    shiftKey: false,
    altKey: false,
    metaKey: false,
    ctrlKey: false,
    isComposing: false,
  };
  expect(sends(key, 'enter', false)).toBe(true);
  expect(sends(key, 'mod', false)).toBe(false);
  expect(sends(key, 'enter', true)).toBe(false);
  expect(sends({ ...key, metaKey: true }, 'mod', true)).toBe(true);
  expect(sends({ ...key, shiftKey: true }, 'enter', false)).toBe(false);
  expect(sends({ ...key, isComposing: true }, 'enter', false)).toBe(false);
});

it('says before which prompt a moved one goes', () => {
  const ids = ['a', 'b', 'c'];
  expect(beforeOf(ids, 0, 1)).toBe('c');
  expect(beforeOf(ids, 0, 2)).toBeNull();
  expect(beforeOf(ids, 2, 0)).toBe('a');
  expect(sizeText(3.4 * 1024 * 1024)).toBe('3.4 MB');
  expect(sizeText(10 * 1024 * 1024)).toBe('10 MB');
});
