import { INPUT_QUEUE_BYTES } from '@porthole/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputLedger, join, MAX_WAITING_BYTES } from './input-ledger.ts';
import { visibleText, withoutReports } from './input-text.ts';
import { isRisky, pastedText } from './paste.ts';
import { parsePreferences } from './preferences.ts';
import { dragEnd, lengthOf, wordAt } from './selection.ts';
import { editBetween, editBytes } from './textarea-diff.ts';

const bytes = (...values: number[]) => new Uint8Array(values);

describe('[TR9] the ledger of input', () => {
  it('accounts for every byte once: given to the PTY, or handed back', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ type: fc.constant('add' as const), count: fc.integer({ min: 1, max: 200 }) }),
        fc.record({ type: fc.constant('deliver' as const), count: fc.integer({ min: 0, max: 300 }) }),
        fc.record({ type: fc.constant('cut' as const), count: fc.constant(0) }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const ledger = new InputLedger();
        const typed: number[] = [];
        const given: number[] = [];
        const back: number[] = [];
        let underWay: number[] = [];
        for (const { type, count } of all) {
          if (type === 'add') {
            const chunk = Uint8Array.from({ length: count }, (_, i) => (typed.length + i) & 255);
            typed.push(...chunk);
            ledger.add(chunk);
            for (let frame = ledger.next(); frame; frame = ledger.next()) underWay.push(...frame);
          } else if (type === 'deliver') {
            given.push(...underWay.splice(0, count));
            ledger.confirm(given.length);
          } else {
            // Some of what was under way arrived, and the news of it did not.
            given.push(...underWay.splice(0, Math.floor(underWay.length / 2)));
            underWay = [];
            back.push(...ledger.attached(given.length));
          }
        }
        const left = [...ledger.attached(given.length)];
        expect(given.length + back.length + left.length).toBe(typed.length);
        expect(left).toEqual(underWay);
      }),
    );
  });

  it('sends no more than the queue takes, and keeps no more than a bound', () => {
    const ledger = new InputLedger();
    expect(ledger.add(new Uint8Array(MAX_WAITING_BYTES))).toBe(true);
    expect(ledger.add(bytes(1))).toBe(false);
    let sent = 0;
    for (let frame = ledger.next(); frame; frame = ledger.next()) sent += frame.length;
    expect(sent).toBe(INPUT_QUEUE_BYTES);
    expect(ledger.unconfirmedBytes).toBe(INPUT_QUEUE_BYTES);
  });

  it('takes what a proxy that has forgotten it counts from the start', () => {
    const ledger = new InputLedger();
    ledger.add(bytes(1, 2, 3));
    ledger.next();
    ledger.confirm(3);
    expect(ledger.attached(0)).toEqual(bytes());
    ledger.add(bytes(4, 5));
    ledger.next();
    expect(ledger.attached(1)).toEqual(bytes(5));
  });

  it('joins chunks', () => {
    expect(join([bytes(1), bytes(), bytes(2, 3)])).toEqual(bytes(1, 2, 3));
  });
});

describe('what was typed, to look at', () => {
  it.each([
    ['git push\r', 'git push⏎'],
    ['a\tb\x7f\x03', 'a⇥b⌫^C'],
    ['\x1b[A\x1bOB\x1b', '↑↓⎋'],
    ['\x1b[200~two\rlines\x1b[201~', 'two⏎lines'],
  ])('%j', (typed, shown) => expect(visibleText(typed)).toBe(shown));

  it('is cut where it gets long', () => expect(visibleText('x'.repeat(500), 10)).toBe('xxxxxxxxx…'));

  it('leaves out what the mouse and focus reported', () => {
    expect(withoutReports('a\x1b[<0;10;7M\x1b[<0;10;7mb\x1b[I\x1b[O\x1b[M !!c')).toBe('abc');
    expect(withoutReports('\x1b[A')).toBe('\x1b[A');
  });
});

describe('a paste', () => {
  it('cannot end its own brackets', () =>
    expect(pastedText('rm \x1b[201~\r\nx\ty\x07')).toBe('rm [201~\r\nx\ty'));
  it('of several lines is risky where the program would run each', () => {
    expect(isRisky('one\ntwo', false)).toBe(true);
    expect(isRisky('one\ntwo', true)).toBe(false);
    expect(isRisky('one\n', false)).toBe(false);
  });
});

describe('a phone’s text field', () => {
  it.each([
    ['', 'l', 'l'],
    ['l', 'ls', 's'],
    ['teh', 'the', '\x7f\x7fhe'],
    ['hello', 'hell', '\x7f'],
    ['a🙂', 'a', '\x7f'],
    ['ls', 'ls\n', '\r'],
    ['same', 'same', ''],
  ])('from %j to %j', (before, after, sends) => expect(editBytes(editBetween(before, after))).toBe(sends));

  it('says the same as the program has, after any changes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 12 }), (texts) => {
        let field = '';
        let program: string[] = [];
        for (const text of texts) {
          const { erase, insert } = editBetween(field, text);
          program = [...program.slice(0, program.length - erase), ...insert];
          field = text;
        }
        expect(program.join('')).toBe(field);
      }),
    );
  });
});

describe('a selection by finger', () => {
  const cells = [...'see /etc/hosts, 漢'].concat('');

  it('takes the word, a path being one', () => {
    expect(wordAt(cells, 6)).toEqual([4, 14]);
    expect(wordAt(cells, 3)).toEqual([3, 4]);
    expect(wordAt(cells, 16)).toEqual([16, 18]);
  });

  it('keeps at least one cell, and its handles in order, wherever they are dragged', () => {
    const cell = fc.record({ x: fc.integer({ min: 0, max: 19 }), y: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(cell, fc.array(fc.tuple(cell, fc.boolean()), { maxLength: 20 }), (start, moves) => {
        let span = { start, end: { x: start.x + 1, y: start.y } };
        for (const [to, first] of moves) {
          span = dragEnd(span, first ? 'start' : 'end', to).span;
          expect(lengthOf(span, 20)).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe('preferences of this device', () => {
  it('survive whatever was stored', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parsePreferences(text)));
  });

  it('keep what is good, and mend the rest', () => {
    const stored = {
      fontSize: 99,
      cursorStyle: 'beam',
      cursorBlink: false,
      bar: ['esc', 'esc', 'no', 'tab'],
    };
    expect(parsePreferences(JSON.stringify(stored))).toMatchObject({
      fontSize: 32,
      cursorStyle: 'block',
      cursorBlink: false,
      bar: ['esc', 'tab'],
    });
  });
});
