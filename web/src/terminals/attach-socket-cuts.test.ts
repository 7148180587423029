/** Any cut, anywhere: random output, sizes, frames and cuts, against a terminal that was never left. */
import headless from '@xterm/headless';
import type { Terminal as XTerm } from '@xterm/xterm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EPOCH, FakeTerminalPeer, type Output } from './attach-socket.fake.ts';
import { attach, output, text } from './attached-terminal.fake.ts';
import { screenOf } from './screen-of.fake.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const setUp = () =>
  attach(new headless.Terminal({ cols: 80, rows: 24, scrollback: 1000, allowProposedApi: true }));

const PIECES = [
  'plain text and more of it\r\n',
  '\x1b[31;1mred\x1b[0m ',
  '\x1b[38;2;10;200;30mtrue colour\x1b[m\r\n',
  'wide: 漢字 🙂 é\r\n',
  '\x1b[2J\x1b[H',
  '\x1b[5;10Hthere\x1b[1K',
  '\x1b[?1049h\x1b[Halt screen',
  '\x1b[?1049l',
  '\x1b]0;a title\x07',
  '\x1b]8;;https://example.com/a\x1b\\link\x1b]8;;\x1b\\',
  '\x1b[?2004h\x1b[?1h\x1b[?1002;1006h',
  '\x1b[?2004l\x1b[?1l\x1b[?1002;1006l',
  '\x1b[3;8r\x1b[8;1H\n\n\x1b[r',
  '\x1b(0lqqk\x1b(B',
  `${'long line '.repeat(30)}\r\n`,
  '\x1bP$qm\x1b\\\tq\r',
  '\x1b7\x1b[10;1Hsaved\x1b8',
];

const pieces = fc.array(fc.constantFrom(...PIECES), { minLength: 3, maxLength: 60 });
const run = fc.record({
  pieces,
  sizes: fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cols: fc.integer({ min: 20, max: 100 }),
      rows: fc.integer({ min: 5, max: 40 }),
    }),
    { maxLength: 6 },
  ),
  /** Per step: how far the head moves, the frame size, and whether something happens to the connection. */
  steps: fc.array(
    fc.record({
      grow: fc.integer({ min: 0, max: 400 }),
      frame: fc.integer({ min: 1, max: 90 }),
      event: fc.constantFrom('none', 'none', 'none', 'cut', 'parse'),
    }),
    { minLength: 1, maxLength: 80 },
  ),
});

interface Step {
  grow: number;
  frame: number;
  event: string;
}

async function follow(out: Output, steps: Step[], ring: number) {
  const { network, terminal, socket, parsed } = setUp();
  terminal.resize(out.marks[0]!.cols, out.marks[0]!.rows);
  const end = out.bytes.length;
  let head = 0;
  let peer = new FakeTerminalPeer(network.socket, out, head, ring);
  // From here on there is a place to resume from.
  await parsed();
  const attachAgain = () => {
    while (socket.state.name === 'waiting') network.advance(1_000);
    peer = new FakeTerminalPeer(network.socket, out, head, ring);
  };
  for (const step of steps) {
    head = Math.min(end, head + step.grow);
    peer.step(head, step.frame);
    peer.step(head, step.frame);
    if (step.event === 'parse') await turn();
    if (step.event === 'cut') {
      network.advance(6_000);
      network.socket.fail();
      attachAgain();
    }
  }
  head = end;
  while (peer.step(head, 4096));
  await parsed();
  const place = socket.parsed;
  socket.close();
  return { screen: screenOf(terminal as unknown as XTerm), place };
}

async function neverLeft(out: Output) {
  const { cols, rows } = out.marks[0]!;
  const terminal = new headless.Terminal({ cols, rows, scrollback: 1000, allowProposedApi: true });
  let at = 0;
  for (const mark of [...out.marks.slice(1), { seq: out.bytes.length, cols: 0, rows: 0 }]) {
    const bytes = out.bytes.slice(at, mark.seq);
    await new Promise<void>((resolve) => terminal.write(bytes, resolve));
    if (mark.cols) terminal.resize(mark.cols, mark.rows);
    at = mark.seq;
  }
  return screenOf(terminal as unknown as XTerm);
}

describe('[TR3] whatever is cut, wherever', () => {
  it('an exact resume ends at the screen of one who never left, sizes included', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ pieces, sizes, steps }) => {
        const bytes = text(pieces.join(''));
        const marks = sizes
          .map(({ at, cols, rows }) => ({ seq: Math.floor(at * bytes.length), cols, rows }))
          .filter(({ seq }) => seq > 0 && seq < bytes.length)
          .sort((a, b) => a.seq - b.seq)
          // Two sizes at one place leave the resume no way to tell which of them was seen: see OutputStream.
          .filter((mark, i, all) => mark.seq !== all[i - 1]?.seq);
        const out: Output = { bytes, marks: [{ seq: 0, cols: 80, rows: 24 }, ...marks] };
        const { screen, place } = await follow(out, steps, Number.POSITIVE_INFINITY);
        expect(place).toEqual({ epoch: EPOCH, seq: bytes.length });
        expect(screen).toEqual(await neverLeft(out));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('so does a snapshot, when the history no longer reaches back', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ pieces, steps }) => {
        const out = output(pieces.join(''));
        const { screen, place } = await follow(out, steps, 40);
        expect(place).toEqual({ epoch: EPOCH, seq: out.bytes.length });
        expect(screen).toEqual(await neverLeft(out));
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
