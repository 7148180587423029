import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../shared/test/random.ts';
import { bytesOf, dump, textOf } from '../../test/terminal-kit.ts';
import { type Random, step } from '../../test/terminal-streams.ts';
import { Emulator } from './emulator.ts';
import { ScreenHost } from './screen-host.ts';
import type { PackedScreen } from './screen-messages.ts';

const DEAF = { answer() {}, title() {}, bell() {} };
const SCROLLBACK = 40;
const SIZE = { cols: 20, rows: 6 };

function hostOf(said: string[] = [], packed: PackedScreen | null = null) {
  let now = 0;
  const host = new ScreenHost(
    SIZE,
    0,
    packed,
    {
      answer: (bytes) => said.push(`answer ${JSON.stringify(textOf(bytes))}`),
      title: (title) => said.push(`title ${title}`),
      bell: () => said.push('bell'),
      fault: (message) => said.push(`fault ${message}`),
    },
    { clock: () => now, scrollback: SCROLLBACK },
  );
  let seq = 0;
  return {
    host,
    wait: (ms: number) => {
      now += ms;
    },
    write: (text: string) => {
      const bytes = bytesOf(text);
      seq += bytes.length;
      host.write(bytes, seq);
    },
    work: () => {
      while (host.dueAt() <= now) host.run(now);
    },
    /** The screen with everything in it. */
    screen: () => {
      let data: Uint8Array | null = null;
      host.snapshot((reply) => {
        data = reply.data;
        expect(reply.seq).toBe(seq);
      });
      while (!data) host.run(now);
      return data as Uint8Array;
    },
  };
}

function fullParse(texts: string[]): Uint8Array {
  const emulator = new Emulator(SIZE.cols, SIZE.rows, DEAF, SCROLLBACK);
  for (const text of texts) emulator.write(bytesOf(text));
  return emulator.snapshot();
}

/** A flood: words, wide characters, long lines that wrap, and now and then something that is not plain. */
function flood(random: Random): string {
  const roll = random();
  if (roll < 0.1) return step(random, SIZE);
  if (roll < 0.15) return `no line end ${'w'.repeat(Math.floor(random() * 50))}`;
  let out = '';
  for (let line = 0; line < 4000; line++)
    out += `${'word 日本 '.repeat(Math.floor(random() * 4))}${line}${random() < 0.05 ? '\n' : '\r\n'}`;
  return out;
}

describe('a terminal in the worker', () => {
  it('[TR5] skipping lines that nobody will see gives the screen of a full parse', () => {
    let skipped = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const random = randomOf(seed);
      const { write, work, wait, screen } = hostOf();
      const texts: string[] = [];
      for (let index = 0; index < 12; index++) {
        const text = flood(random);
        texts.push(text);
        write(text);
        if (random() < 0.3) work();
        if (random() < 0.2) wait(200);
        if (text.length > 32 * 1024) skipped++;
      }
      expect(textOf(screen()), `seed ${seed}`).toBe(textOf(fullParse(texts)));
    }
    expect(skipped, 'floods that are skipped in part').toBeGreaterThan(50);
  }, 60_000);

  it('a flood is dropped before it is parsed, and held within bounds', () => {
    const { host, write, work, wait } = hostOf();
    write('$ ');
    work();
    for (let index = 0; index < 500; index++) write('yes and no\r\n'.repeat(1000));
    expect(host.progress).toBe(2 + 500 * 12_000);
    expect(host.dueAt()).toBeGreaterThan(0);
    wait(100);
    expect(host.dueAt()).toBeLessThanOrEqual(100);
  });

  it('hibernation is a fixed point, mid-sequence too', () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = randomOf(seed);
      const { host, write, work, screen } = hostOf();
      const texts: string[] = [];
      for (let index = 0; index < 10; index++) {
        const text = Array.from({ length: 6 }, () => step(random, { ...SIZE, closedLinks: true })).join('');
        const cut = Math.floor(random() * text.length);
        for (const part of [text.slice(0, cut), text.slice(cut)]) {
          texts.push(part);
          write(part);
          work();
          const before = textOf(screen());
          expect(host.hibernate(), `seed ${seed}`).not.toBeNull();
          expect(host.awake).toBe(false);
          expect(textOf(screen()), `seed ${seed}, asleep`).toBe(before);
        }
      }
      const wanted = Emulator.restore(fullParse(texts), SIZE.cols, SIZE.rows, DEAF, SCROLLBACK);
      const got = Emulator.restore(screen(), SIZE.cols, SIZE.rows, DEAF, SCROLLBACK);
      expect(dump(got), `seed ${seed}`).toBe(dump(wanted));
    }
  }, 60_000);

  it('text does not wake a sleeping terminal, a query does, and nothing is told twice', () => {
    const said: string[] = [];
    const { host, write, work } = hostOf(said);
    write('\x1b]0;title\x07\x07hello');
    work();
    host.hibernate();
    write(' world');
    work();
    expect(host.awake).toBe(false);
    write('\x1b[6n');
    work();
    expect(host.awake).toBe(true);
    expect(said).toEqual(['title title', 'bell', 'answer "\\u001b[1;12R"']);
  });

  it('[TR7] answers every kind of query, in order', () => {
    const said: string[] = [];
    const { write, work } = hostOf(said);
    write(
      '\x1b[c\x1b[>c\x1b[5n\x1b[6n\x1b[?6n\x1b[?2004$p\x1b[>q\x1b[?u\x1b[>5u\x1b[?u\x1b[1;4:3;31m\x1bP$qm\x1b\\',
    );
    write(
      '\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]12;?\x07\x1b]4;1;?;2;?\x07\x1b]11;#102030\x07\x1b]11;?\x07\x1b[18t',
    );
    work();
    const answers = said.map((each) => JSON.parse(each.slice('answer '.length)) as string);
    expect(answers).toEqual([
      '\x1b[?1;2c',
      '\x1b[>0;276;0c',
      '\x1b[0n',
      '\x1b[1;1R',
      '\x1b[?1;1R',
      '\x1b[?2004;2$y',
      '\x1bP>|xterm.js(6.0.0)\x1b\\',
      '\x1b[?0u',
      '\x1b[?5u',
      '\x1bP1$r0;1;31;4:3m\x1b\\',
      '\x1b]10;rgb:ffff/ffff/ffff\x1b\\',
      '\x1b]11;rgb:0000/0000/0000\x1b\\',
      '\x1b]12;rgb:ffff/ffff/ffff\x1b\\',
      '\x1b]4;1;rgb:cccc/0000/0000\x1b\\',
      '\x1b]4;2;rgb:4e4e/9a9a/0606\x1b\\',
      '\x1b]11;rgb:1010/2020/3030\x1b\\',
      '\x1b[8;6;20t',
    ]);
  });

  it('erasing above from the last cell does not break it, as it breaks xterm.js 6.0.0', () => {
    const said: string[] = [];
    const { write, work, screen } = hostOf(said);
    write('first\x1b[6;20H\x1b[1Jafter');
    work();
    expect(said).toEqual([]);
    expect(textOf(screen())).not.toContain('first');
  });

  it('a new program begins below the old screen, without its modes', () => {
    const { host, write, work, screen } = hostOf();
    write('old\r\n\x1b[?1049h\x1b[?1006h\x1b[?25l\x1b[2;3r\x1b[31mfull screen');
    work();
    host.begin();
    work();
    const emulator = Emulator.restore(
      (() => {
        let data = new Uint8Array(0);
        host.snapshot((reply) => {
          expect(reply.seq).toBe(0);
          data = new Uint8Array(reply.data);
        });
        host.run(0);
        return data;
      })(),
      SIZE.cols,
      SIZE.rows,
      DEAF,
      SCROLLBACK,
    );
    const text = dump(emulator);
    expect(text).toContain('old');
    expect(text).toContain('active: normal');
    expect(text).toContain('cursor: 0,1');
    expect(text).toContain('hidden: false');
    expect(text).toContain('mouse: NONE DEFAULT');
    expect(text).toContain('region 0-5');
    expect(screen).toBeTypeOf('function');
  });
});
