/**
 * Viewers keep silent when programs ask the terminal questions: the proxy's emulator answers, once (TR7).
 * Keys, pastes, the mouse and real changes of focus still go out.
 */
import type { IDisposable, Terminal } from '@xterm/xterm';

type Parameters = (number | number[])[];

/** Questions that do nothing else, so that not handling them loses nothing. */
const QUESTIONS = [
  { final: 'c' }, // DA1
  { prefix: '>', final: 'c' }, // DA2
  { prefix: '=', final: 'c' }, // DA3
  { final: 'n' }, // DSR, CPR
  { prefix: '?', final: 'n' }, // DECXCPR and its kind
  { intermediates: '$', final: 'p' }, // DECRQM, ANSI
  { prefix: '?', intermediates: '$', final: 'p' }, // DECRQM, DEC
  { prefix: '>', final: 'q' }, // XTVERSION
  { prefix: '?', final: 'u' }, // kitty keyboard flags
];

/** Window reports (`CSI Ps t`): states, sizes and titles. The others move titles on a stack. */
const WINDOW_REPORTS: ReadonlySet<unknown> = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);
const COLOURS = [4, 10, 11, 12];
const FOCUS_MODE = 1004;

export interface Silence extends IDisposable {
  /** True while xterm.js says something that nobody typed. */
  readonly answering: boolean;
}

export function keepSilent(terminal: Terminal): Silence {
  const { parser } = terminal;
  let answering = false;
  // These also set something, so xterm.js must see them; what it answers comes before this task goes on.
  const muted = () => {
    answering = true;
    queueMicrotask(() => {
      answering = false;
    });
    return false;
  };
  const handlers = [
    ...QUESTIONS.map((id) => parser.registerCsiHandler(id, () => true)),
    parser.registerCsiHandler({ final: 't' }, (params: Parameters) => WINDOW_REPORTS.has(params[0])),
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true), // DECRQSS
    parser.registerDcsHandler({ intermediates: '+', final: 'q' }, () => true), // XTGETTCAP
    ...COLOURS.map((code) => parser.registerOscHandler(code, (data) => data.includes('?') && muted())),
    // Switched on, it reports at once; every viewer would, and so would every snapshot.
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params: Parameters) =>
      params.includes(FOCUS_MODE) ? muted() : false,
    ),
  ];
  return {
    get answering() {
      return answering;
    },
    dispose() {
      for (const handler of handlers) handler.dispose();
    },
  };
}
