/** A terminal on a PTY that the test writes by hand, with viewers; disposed of after each test. */
import { afterAll, afterEach } from 'vitest';
import { ScreenPool } from '../src/terminals/screen.ts';
import { Terminal } from '../src/terminals/terminal.ts';
import type { Viewer } from '../src/terminals/viewer.ts';
import { FakeClock } from './fake-clock.ts';
import { attachOf, bytesOf, FakePty, TestViewer, until, userId } from './terminal-kit.ts';

const screens = new ScreenPool();
const opened: Terminal[] = [];
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.dispose();
});
afterAll(() => screens.dispose());

interface Options {
  cols?: number;
  rows?: number;
  /** Started by the test. */
  late?: boolean;
  fails?: Error;
  ended?: ConstructorParameters<typeof Terminal>[0]['ended'];
}

export const person = (name: string) => ({ userId: userId(name), name, canWrite: true });

export async function openTerminal(options: Options = {}) {
  const clock = new FakeClock();
  const ptys: FakePty[] = [];
  const said: string[] = [];
  const terminal = new Terminal({
    cols: options.cols ?? 80,
    rows: options.rows ?? 24,
    screens,
    clock,
    ...(options.ended ? { ended: options.ended } : {}),
    openPty: async () => {
      if (options.fails) throw options.fails;
      const pty = new FakePty();
      ptys.push(pty);
      return pty;
    },
    events: {
      ended: (end) => said.push(`ended ${end.reason}`),
      title: (title) => said.push(`title ${title}`),
      bell: () => said.push('bell'),
      resized: (cols, rows) => said.push(`resized ${cols}x${rows}`),
      quiet: () => said.push('quiet'),
    },
  });
  opened.push(terminal);
  if (!options.late) await terminal.start();
  const pty = () => ptys.at(-1) as FakePty;
  const attach = async (name: string, more = {}, person = {}) => {
    const outlet = new TestViewer();
    const handle = terminal.attach(
      attachOf(name, more),
      { userId: userId(name), name, canWrite: true, ...person },
      outlet,
    );
    outlet.onAck = (seq) => terminal.ack(handle, seq);
    await until(() => outlet.last('attached') !== undefined, 'attached');
    return { outlet, handle };
  };
  /** Until everything that has come out is parsed, timers and all. */
  const level = (...viewers: { outlet: TestViewer }[]) =>
    until(() => {
      clock.advance(1);
      return viewers.every(({ outlet }) => outlet.seq === terminal.head);
    }, 'level');
  return { terminal, clock, pty, ptys, said, attach, level };
}

export const type = (terminal: Terminal, viewer: Viewer, text: string) =>
  terminal.input(viewer, bytesOf(text));
export const lines = (count: number, text = 'a line of output') =>
  Array.from({ length: count }, (_, index) => `${text} ${index}\r\n`).join('');
