/** Made-up terminal output: seeded, and dense in whatever a snapshot could get wrong. */

export type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const upTo = (random: Random, max: number): number => Math.floor(random() * (max + 1));

const TEXT = [
  'a',
  'bc',
  'hello',
  ' ',
  '  ',
  'wörld',
  '日',
  '本語',
  'e\u0301',
  '👍',
  'q',
  'x',
  '─',
  '\u00a0',
  '中\u0301',
];
const NARROW = ['a', 'bc', 'hello', ' ', '  ', 'wörld', 'q', 'x', '─'];
const SGR = [
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '7',
  '8',
  '9',
  '21',
  '22',
  '23',
  '24',
  '25',
  '27',
  '28',
  '29',
  '53',
  '55',
  '59',
  '31',
  '44',
  '92',
  '103',
  '39',
  '49',
  '38;5;3',
  '38;5;196',
  '48;5;22',
  '38;2;1;2;3',
  '48;2;200;100;0',
  '4:3',
  '4:5',
  '58;5;9',
  '58:2::9:8:7',
  '4:0',
  '1;31;42',
  '0;7',
];
const MODES = [
  '1',
  '6',
  '12',
  '25',
  '45',
  '66',
  '9',
  '1000',
  '1002',
  '1003',
  '1004',
  '1006',
  '1016',
  '2004',
  '2026',
  '47',
  '1047',
  '1048',
  '1049',
];

export interface StreamOptions {
  cols: number;
  rows: number;
  /** No wide or combining characters, but with wraparound switched off at times: the emulator breaks on both. */
  narrow?: boolean;
  /**
   * A link ends in the step that begins it. Opened and left, it lives as long as the line where it was opened,
   * which a snapshot cannot tell from the line where the cursor is.
   */
  closedLinks?: boolean;
}

/** One step of output. */
export function step(random: Random, { cols, rows, narrow, closedLinks }: StreamOptions): string {
  const n = () => upTo(random, 4);
  const roll = random();
  if (roll < 0.3)
    return Array.from({ length: 1 + upTo(random, 4) }, () => pick(random, narrow ? NARROW : TEXT)).join('');
  if (roll < 0.36) return 'w'.repeat(upTo(random, cols * 2));
  if (roll < 0.44) return pick(random, ['\r\n', '\r\n', '\n', '\r', '\b', '\t', '\r\n\r\n']);
  if (roll < 0.56) return `\x1b[${pick(random, SGR)}m`;
  if (roll < 0.64) return `\x1b[${1 + upTo(random, rows)};${1 + upTo(random, cols)}H`;
  if (roll < 0.7)
    return `\x1b[${n()}${pick(random, ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'd', 'I', 'Z', 'b'])}`;
  if (roll < 0.78) return `\x1b[${n()}${pick(random, ['J', 'K', 'L', 'M', 'P', '@', 'X', 'J', 'K'])}`;
  // While a wrap is pending these put a row under the cursor that no output could have written there.
  if (roll < 0.785) return `\r\x1b[${n()}${pick(random, ['S', 'T', "'}", "'~", ' @', ' A'])}`;
  if (roll < 0.79) return pick(random, ['\x1b[?2J', '\x1b[?1K', '\x1b[3J', '\x1b[2J']);
  if (roll < 0.87) return `\x1b]8;;\x1b\\\x1b[?${pick(random, MODES)}${pick(random, ['h', 'l'])}`;
  if (narrow && roll < 0.875) return pick(random, ['\x1b[?7l', '\x1b[?7h']);
  if (roll < 0.88) return `\x1b[${pick(random, ['4', '20'])}${pick(random, ['h', 'l'])}`;
  if (roll < 0.9) {
    const top = 1 + upTo(random, rows - 1);
    return pick(random, ['\x1b[r', `\x1b[${top};${top + 1 + upTo(random, rows)}r`]);
  }
  // A cursor restored while a link is open leaves the link open and hidden: an oddity of the emulator.
  const close = '\x1b]8;;\x1b\\';
  if (roll < 0.92) return pick(random, ['\x1b7', `${close}\x1b8`, '\x1b[s', `${close}\x1b[u`]);
  if (roll < 0.94)
    return pick(random, [
      '\x1b(0',
      '\x1b(B',
      '\x1b)0',
      '\x1b(A',
      '\x0e',
      '\x0f',
      '\x1bn',
      '\x1bo',
      '\x1b*0',
      '\x1b+K',
    ]);
  if (roll < 0.955)
    return pick(random, [
      '\x1bD',
      '\x1bM',
      '\x1bE',
      '\x1bH',
      '\x1b[g',
      '\x1b[3g',
      '\x1b=',
      '\x1b>',
      '\x1b#8',
    ]);
  if (roll < 0.965)
    return pick(random, ['\x1b[1"q', '\x1b[0"q', '\x1b[3 q', '\x1b[6 q', '\x1b[0 q', '\x1b[!p']);
  if (closedLinks && roll < 0.975) return `\x1b]8;;http://c.example/\x1b\\linked text${close}`;
  if (roll < 0.975)
    return pick(random, [
      '\x1b]8;;http://a.example/\x1b\\',
      '\x1b]8;id=k;http://b.example/;x\x07',
      '\x1b]8;;\x1b\\',
    ]);
  if (roll < 0.985)
    return pick(random, [
      '\x1b]0;Tïtle\x07',
      '\x1b]2;two\x1b\\',
      '\x1b]1;icon\x07',
      '\x1b[22;0t',
      '\x1b[23;0t',
      '\x1b[22;2t',
    ]);
  if (roll < 0.995)
    return pick(random, [
      '\x1b]4;1;#102030\x07',
      '\x1b]10;#ffeedd\x07',
      '\x1b]104;1\x07',
      '\x1b]111\x07',
      '\x1b]11;rgb:1/2/3\x1b\\',
      '\x1b[>1u',
      '\x1b[>5u',
      '\x1b[<u',
      '\x1b[=3;2u',
    ]);
  return pick(random, [
    '\x1bP+q544e\x1b\\',
    '\x1b_apc\x1b\\',
    '\x1b[?1;2;',
    '\x1b]52;c;aGk=\x07',
    '\x18',
    '\x1bc',
    '\x1b[3\n1m',
    '\u009b1m',
    '\u0085',
  ]);
}
