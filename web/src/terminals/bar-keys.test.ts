import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterKey,
  BAR_KEYS,
  type BarKey,
  DOUBLE_TAP_MS,
  encodeKey,
  heldBy,
  type Modifiers,
  NOTHING_HELD,
  tap,
  withModifiers,
} from './bar-keys.ts';

const NONE: Modifiers = { ctrl: false, alt: false, shift: false };
const CTRL = { ...NONE, ctrl: true };
const ALT = { ...NONE, alt: true };
const SHIFT = { ...NONE, shift: true };

describe('a key of the bar', () => {
  it.each<[BarKey, Modifiers, boolean, string]>([
    ['esc', NONE, false, '\x1b'],
    ['tab', NONE, false, '\t'],
    ['tab', SHIFT, false, '\x1b[Z'],
    ['up', NONE, false, '\x1b[A'],
    ['up', NONE, true, '\x1bOA'],
    ['up', CTRL, true, '\x1b[1;5A'],
    ['left', ALT, false, '\x1b[1;3D'],
    ['right', { ctrl: true, alt: true, shift: true }, false, '\x1b[1;8C'],
    ['home', NONE, true, '\x1bOH'],
    ['end', SHIFT, false, '\x1b[1;2F'],
    ['delete', NONE, false, '\x1b[3~'],
    ['pageUp', CTRL, false, '\x1b[5;5~'],
    ['f1', NONE, false, '\x1bOP'],
    ['f1', CTRL, false, '\x1b[1;5P'],
    ['f5', NONE, false, '\x1b[15~'],
    ['f12', SHIFT, false, '\x1b[24;2~'],
    ['pipe', NONE, false, '|'],
    ['pipe', ALT, false, '\x1b|'],
    ['slash', CTRL, false, '\x1f'],
    ['minus', CTRL, false, '\x1f'],
    ['backslash', CTRL, false, '\x1c'],
    ['bracket', CTRL, false, '\x1b'],
    ['interrupt', NONE, false, '\x03'],
    ['endOfFile', NONE, false, '\x04'],
    ['enter', ALT, false, '\x1b\r'],
    ['ctrl', NONE, false, ''],
    ['paste', NONE, false, ''],
  ])('%s with %o, application cursor %s', (key, held, application, sends) => {
    expect(encodeKey(key, held, application)).toBe(sends);
  });

  it('sends something, whatever is held, unless it is a modifier or a paste', () => {
    const keys = fc.constantFrom(...(Object.keys(BAR_KEYS) as BarKey[]));
    const held = fc.record({ ctrl: fc.boolean(), alt: fc.boolean(), shift: fc.boolean() });
    fc.assert(
      fc.property(keys, held, fc.boolean(), (key, modifiers, application) => {
        const silent = ['ctrl', 'alt', 'shift', 'paste'].includes(key);
        expect(encodeKey(key, modifiers, application) === '').toBe(silent);
      }),
    );
  });
});

describe('typed text under sticky modifiers', () => {
  it.each<[string, Modifiers, string]>([
    ['c', CTRL, '\x03'],
    ['C', CTRL, '\x03'],
    ['[', CTRL, '\x1b'],
    [' ', CTRL, '\x00'],
    ['?', CTRL, '\x7f'],
    ['é', CTRL, 'é'],
    ['b', ALT, '\x1bb'],
    ['x', { ctrl: true, alt: true, shift: false }, '\x1b\x18'],
    ['a', SHIFT, 'A'],
    ['cd', CTRL, '\x03d'],
    ['', CTRL, ''],
  ])('%j with %o', (text, held, sends) => {
    expect(withModifiers(text, held)).toBe(sends);
  });
});

describe('a sticky modifier', () => {
  const once = tap(NOTHING_HELD, 'ctrl', Number.POSITIVE_INFINITY);

  it('is held for one key after a tap', () => {
    expect(heldBy(once)).toEqual(CTRL);
    expect(afterKey(once)).toEqual(NOTHING_HELD);
  });

  it('is locked by a second tap at once, and let go by a third', () => {
    const locked = tap(once, 'ctrl', DOUBLE_TAP_MS);
    expect(locked.ctrl).toBe('locked');
    expect(afterKey(locked)).toEqual(locked);
    expect(tap(locked, 'ctrl', 0)).toEqual(NOTHING_HELD);
  });

  it('is let go by a second tap that comes late', () => {
    expect(tap(once, 'ctrl', DOUBLE_TAP_MS + 1)).toEqual(NOTHING_HELD);
  });

  it('goes with another', () => {
    expect(heldBy(tap(once, 'alt', 0))).toEqual({ ctrl: true, alt: true, shift: false });
  });
});
