import { describe, expect, it } from 'vitest';
import { KEY_HELP } from './key-help.ts';
import { commandOf, type Focus, type KeyPress, keysOf, type Platform } from './keymap.ts';
import { rank, score } from './rank.ts';

const press = (text: string, code: string, key = ''): KeyPress => ({
  code,
  key,
  metaKey: text.includes('⌘'),
  ctrlKey: text.includes('⌃'),
  altKey: text.includes('⌥'),
  shiftKey: text.includes('⇧'),
});
const at = (keys: string, code: string, platform: Platform, focus: Focus) =>
  commandOf(press(keys, code), platform, focus);

describe('commandOf', () => {
  it('⌘ works everywhere on a Mac, inside a terminal too', () => {
    for (const focus of ['terminal', 'text', 'page'] as const) {
      expect(at('⌘', 'KeyK', 'mac', focus)).toBe('palette');
      expect(at('⌘', 'Backslash', 'mac', focus)).toBe('left_pane');
      expect(at('⌘', 'Period', 'mac', focus)).toBe('right_pane');
      expect(at('⌘', 'Digit3', 'mac', focus)).toBe('tab_3');
      expect(at('⌘⇧', 'KeyT', 'mac', focus)).toBe('new_terminal');
      expect(at('⌃⇧', 'KeyT', 'mac', focus)).toBe('new_terminal');
    }
  });

  it('inside a terminal Ctrl is the program’s: only Ctrl+Shift is ours', () => {
    for (const code of ['KeyK', 'Backslash', 'Period', 'Digit1', 'KeyT']) {
      expect(at('⌃', code, 'other', 'terminal')).toBeNull();
      expect(at('⌃', code, 'mac', 'terminal')).toBeNull();
    }
    expect(at('⌃⇧', 'KeyK', 'other', 'terminal')).toBe('palette');
    expect(at('⌃⇧', 'Digit9', 'other', 'terminal')).toBe('tab_9');
    expect(at('⌃⇧', 'BracketRight', 'other', 'terminal')).toBe('next_tab');
    expect(at('⌥⇧', 'KeyT', 'other', 'terminal')).toBe('new_terminal');
  });

  it('nothing is ours without a modifier inside a terminal, nor with Alt alone', () => {
    for (let letter = 65; letter <= 90; letter += 1) {
      const code = `Key${String.fromCharCode(letter)}`;
      for (const platform of ['mac', 'other'] as const) {
        expect(at('', code, platform, 'terminal')).toBeNull();
        expect(at('⌥', code, platform, 'terminal')).toBeNull();
        expect(at('⌃', code, platform, 'terminal')).toBeNull();
      }
    }
  });

  it('? lists the keys, but is typed where one types', () => {
    const question = { ...press('⇧', 'Slash'), key: '?' };
    expect(commandOf(question, 'mac', 'page')).toBe('keys');
    expect(commandOf(question, 'other', 'text')).toBeNull();
    expect(commandOf(question, 'other', 'terminal')).toBeNull();
  });

  it('what is said to press is what works there', () => {
    for (const platform of ['mac', 'other'] as const)
      for (const focus of ['terminal', 'text', 'page'] as const) {
        const said = keysOf('K', platform, focus);
        const keys = `${said.includes('⌘') ? '⌘' : '⌃'}${said.includes('Shift') ? '⇧' : ''}`;
        expect(at(keys, 'KeyK', platform, focus), said).toBe('palette');
      }
  });

  it('a browser keeps Ctrl+1 to Ctrl+9 for its own tabs', () => {
    expect(at('⌃', 'Digit1', 'other', 'page')).toBeNull();
  });

  it('the list has the keys that only a terminal knows: find, and the size of its text', () => {
    const all = KEY_HELP.flatMap(({ keys }) => keys);
    for (const key of ['⌘⇧F', '⌘+', '⌘−', '⌘0']) expect(all.flatMap(({ mac }) => mac)).toContain(key);
    for (const key of ['Ctrl+Shift+F', 'Ctrl++', 'Ctrl+−', 'Ctrl+0'])
      expect(all.flatMap(({ other }) => other)).toContain(key);
  });

  it('the list says something for both kinds of keyboard', () => {
    for (const { keys } of KEY_HELP) {
      for (const one of keys)
        expect([one.mac.length, one.other.length].every((count) => count > 0)).toBe(true);
    }
  });
});

describe('rank', () => {
  const items = [
    { label: 'feat/refunds', more: 'acme/payments' },
    { label: 'fix/rounding', more: 'acme/payments' },
    { label: 'New terminal' },
    { label: 'refactor everything under one roof' },
  ];
  const found = (search: string) => rank(items, search).map(({ label }) => label);

  it('finds letters in order, the closer the better', () => {
    expect(found('refu')[0]).toBe('feat/refunds');
    expect(found('nt')[0]).toBe('New terminal');
    expect(found('xyz')).toEqual([]);
    expect(score('abc', 'ca')).toBeNull();
  });

  it('finds by every word, also by what is beside the name', () => {
    expect(found('pay round')).toEqual(['fix/rounding']);
  });

  it('keeps the order when nothing is typed', () => {
    expect(found('  ')).toEqual(items.map(({ label }) => label));
  });
});
