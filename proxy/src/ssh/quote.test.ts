import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentWords, quote, shellCommand } from './quote.ts';

describe('quote', () => {
  it('gives any shell the same word back', () => {
    const word = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
    const awkward = fc.constantFrom(
      `'`,
      `\\`,
      `\\\\'`,
      `"$HOME"`,
      '`id`',
      '!x',
      '*',
      '~',
      '',
      '\n',
      '-n',
      'a b',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, awkward), { minLength: 1, maxLength: 20 }), (words) => {
        const script = `for w in ${words.map(quote).join(' ')}; do printf '%s\\0' "$w"; done`;
        const printed = execFileSync('sh', ['-c', script]).toString('utf8');
        expect(printed.split('\0').slice(0, -1)).toEqual(
          words.map((text) => Buffer.from(text).toString('utf8')),
        );
      }),
      { numRuns: 40, verbose: 1 },
    );
  });

  it('leaves no quote open for a shell that reads backslashes in quotes, such as fish', () => {
    expect(quote(`a\\'b`)).toBe(`'a'\\\\"'"'b'`);
  });

  it('refuses what no command can carry', () => {
    expect(() => quote('a\0b')).toThrow(RangeError);
    expect(() => environmentWords({ 'A B': '1' })).toThrow(RangeError);
    expect(() => environmentWords({ 'A=1;x': '1' })).toThrow(RangeError);
  });

  it('hands parameters to a script', () => {
    const command = shellCommand('printf "%s|" "$@"', 'a b', "it's", '$HOME');
    expect(execFileSync('sh', ['-c', command]).toString()).toBe("a b|it's|$HOME|");
  });
});
