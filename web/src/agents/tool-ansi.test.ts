import { expect, it } from 'vitest';
import { ansiLines } from './tool-ansi.ts';

/** Of this process, in ms: what else the machine does must not count. */
const worked = () => process.cpuUsage().user / 1_000;

const plain = (output: string) => ansiLines(output).map((line) => line.map(({ text }) => text).join(''));

it('[SE5] makes classes of colours and weights', () => {
  expect(ansiLines('a \x1b[1;31mred\x1b[0m b\n\x1b[92mok')).toEqual([
    [
      { text: 'a ', className: '' },
      { text: 'red', className: 'a-1 a-bold' },
      { text: ' b', className: '' },
    ],
    [{ text: 'ok', className: 'a-10' }],
  ]);
  expect(ansiLines('\x1b[38;5;196mx\x1b[48;2;0;0;255my')[0]?.map(({ className }) => className)).toEqual([
    'a-9',
    'a-9 a-on-12',
  ]);
  expect(ansiLines('\x1b[7mx')[0]?.[0]?.className).toBe('a-bg a-on-fg');
});

it('[SE5] obeys no other sequence: titles, clipboard, links, cursor, device strings', () => {
  const hostile = [
    '\x1b]0;title\x07',
    '\x1b]52;c;ZXZpbA==\x07',
    '\x1b]8;;javascript:alert(1)\x1b\\',
    '\x1b[2J\x1b[1;1H\x1b[?1049h',
    '\x1bP1$qm\x1b\\',
    '\x1b_apc\x1b\\',
    '\x9b31m\x9d0;t\x9c',
    '\x1bc\x1b(0\x07\x08',
  ];
  expect(plain(`a${hostile.join('')}b`)).toEqual(['ab']);
  expect(plain('cut \x1b]0;never ended')).toEqual(['cut ']);
  expect(plain('cut \x1b[31')).toEqual(['cut 31']);
});

it('shows of a line that was written anew what was written last', () => {
  expect(plain('10 %\r50 %\r100 %\nnext\r\n')).toEqual(['100 %', 'next']);
});

it('[SE5] shows bidi overrides instead of obeying them', () => {
  expect(plain('a\u202eb\u0000')).toEqual(['a[U+202E]b\u2400']);
});

it('[SE7] is done with 512 KB of hostile output in no time, and bounds its runs', { timeout: 60_000 }, () => {
  const began = worked();
  const rainbow = ansiLines(Array.from({ length: 40_000 }, (_, n) => `\x1b[3${n % 8}mx`).join(''));
  expect(rainbow.flat().length).toBeLessThan(6_100);
  for (const bomb of ['\x1b]', '\x1b[', '\x1b', '\x1bP;', '\x1b[1;', '\r', '\x9d'])
    ansiLines(bomb.repeat(Math.ceil(524_288 / bomb.length)));
  expect(worked() - began).toBeLessThan(3_000);
});
