/**
 * One terminal on one screen: the emulator, its socket, and what a view shows of them as signals.
 * Owned: everything ends with the component that made it.
 */
import { type DeviceKind, idFromBytes, type TerminalEnd, type TerminalViewer } from '@porthole/shared';
import { AttachAddon } from '@xterm/addon-attach';
import { batch, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import { api, call } from '../net/api.ts';
import type { SocketState } from '../net/socket.ts';
import { theme } from '../settings/theme.ts';
import { AttachSocket } from './attach-socket.ts';
import { createClipboardOffer } from './create-clipboard-offer.ts';
import { createGridFit, USUAL_GRID } from './create-grid-fit.ts';
import { loadFace } from './faces.ts';
import { keepScreen, lastScreen } from './last-screen.ts';
import { preferences } from './preferences.ts';
import { coloursOf, THEMES } from './theme.ts';
import type { Refusal } from './typed-input.ts';
import { type Emulator, makeEmulator, openLink, type TerminalLink } from './xterm.ts';

/** A size is told once it has held still for so long. */
const FIT_SETTLES_MS = 80;
/** What was refused is said for so long. */
const NOTICE_MS = 2_500;
/** The echo shown is the median of so many. */
const ECHOES = 5;

export interface TerminalOptions {
  terminalId: string;
  visible: () => boolean;
  onBell: () => void;
  /** Typed text on its way out; sticky modifiers of the bar act here. */
  onInput: (text: string) => string;
  /** Keys of ours, before the program's. False: it is handled. */
  onKey: (event: KeyboardEvent) => boolean;
}

export type TerminalControl = ReturnType<typeof createTerminal>;

export const isTouch = matchMedia('(pointer: coarse)').matches;

export function createTerminal(options: TerminalOptions) {
  const viewer = idFromBytes('viewer', crypto.getRandomValues(new Uint8Array(20)));
  const [socketState, setSocketState] = createSignal<SocketState>({ name: 'idle' });
  const [current, setCurrent] = createSignal(false);
  const [wasCurrent, setWasCurrent] = createSignal(false);
  const [cachedAt, setCachedAt] = createSignal<number | null>(null);
  const [end, setEnd] = createSignal<TerminalEnd | null>(null);
  const [canWrite, setCanWrite] = createSignal(true);
  const [viewers, setViewers] = createSignal<readonly TerminalViewer[]>([]);
  const [unsent, setUnsent] = createSignal('');
  const [notice, setNotice] = createSignal<Refusal | { text: string } | null>(null);
  const [echoes, setEchoes] = createSignal<readonly number[]>([]);
  const [link, setLink] = createSignal<TerminalLink | null>(null);
  const [hovered, setHovered] = createSignal<string | null>(null);
  const [emulator, setEmulator] = createSignal<Emulator | null>(null);
  const [restarting, setRestarting] = createSignal(false);
  const [scrolledUp, setScrolledUp] = createSignal(false);
  let socket: AttachSocket | null = null;
  let noticeTimer: ReturnType<typeof setTimeout> | undefined;
  let disposed = false;

  const pageVisible = createPageVisible();
  const visible = createMemo(() => options.visible() && pageVisible());
  const me = createMemo(() => viewers().find((one) => one.viewer === viewer));
  const others = createMemo(() => viewers().filter((one) => one.viewer !== viewer));
  const owner = createMemo(() => viewers().find((one) => one.ownsSize));
  const connected = () => socketState().name === 'open' && current();
  const echo = createMemo(() => {
    const sorted = [...echoes()].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  });

  // ── size ──

  const fit = createGridFit(emulator, me);
  const { fitting } = fit;
  createEffect(() => {
    const terminal = emulator()?.terminal;
    const size = fit.font();
    if (terminal && terminal.options.fontSize !== size) terminal.options.fontSize = size;
  });
  createEffect(
    // Also when it comes into sight: the screen may have been turned meanwhile.
    on([fitting, visible], ([next, shown]) => {
      if (!next || !shown) return;
      const timer = setTimeout(() => socket?.setFit(next.cols, next.rows), FIT_SETTLES_MS);
      onCleanup(() => clearTimeout(timer));
    }),
  );

  // ── looks ──

  createEffect(() => {
    const terminal = emulator()?.terminal;
    const name = theme();
    if (!terminal) return;
    terminal.options.theme = THEMES[name];
    socket?.setColours(coloursOf(name));
  });
  createEffect(() => {
    const terminal = emulator()?.terminal;
    if (!terminal) return;
    terminal.options.cursorStyle = preferences().cursorStyle;
    terminal.options.cursorBlink = preferences().cursorBlink;
    terminal.options.scrollback = preferences().scrollback;
  });
  createEffect(() => {
    const part = emulator();
    // Without a keyboard to type on, none should come up; elsewhere a refused key is told about.
    if (part && isTouch) part.terminal.options.disableStdin = !canWrite();
  });
  createEffect(() => {
    const shown = visible();
    emulator()?.setVisible(shown);
    socket?.setVisible(shown);
    if (shown && emulator()) start();
  });

  // ── beginning ──

  /** `element` is in the document. */
  function mount(element: HTMLElement): void {
    void loadFace().then(() => {
      if (!disposed) build(element);
    });
  }

  function build(element: HTMLElement): void {
    const made = makeEmulator(element, {
      theme: theme(),
      fontSize: preferences().fontSize,
      cursorStyle: preferences().cursorStyle,
      cursorBlink: preferences().cursorBlink,
      scrollback: preferences().scrollback,
      onLink: (found) => (found.direct ? openLink(found.url) : setLink(found)),
      onHover: setHovered,
      onBell: options.onBell,
      onClipboard: clipboard.offer,
      onRenderer: fit.rendererChanged,
    });
    const { terminal } = made;
    terminal.attachCustomKeyEventHandler((event) => options.onKey(event));
    terminal.onResize((size) => fit.setGrid(size));
    const noteScroll = () => setScrolledUp(terminal.buffer.active.viewportY < terminal.buffer.active.baseY);
    terminal.onScroll(noteScroll);
    terminal.onRender(noteScroll);
    // The last output before a connection was lost is worth keeping as well. Who was turned away keeps nothing (FD4).
    const keeper = keepScreen(terminal, options.terminalId, () =>
      socketState().name === 'closed' ? null : (socket?.parsed ?? null),
    );
    terminal.onWriteParsed(() => socket?.parsed && keeper.changed());
    const leave = () => keeper.save();
    addEventListener('pagehide', leave);
    document.addEventListener('visibilitychange', leave);
    onDispose(() => {
      removeEventListener('pagehide', leave);
      document.removeEventListener('visibilitychange', leave);
      keeper.dispose();
      socket?.close();
      made.dispose();
    });
    // Its size first: a grid is measured before it is asked for.
    setEmulator(made);
    void showLast(made);
  }

  async function showLast(made: Emulator): Promise<void> {
    const record = await lastScreen(options.terminalId);
    if (!record || disposed || wasCurrent() || socket?.epoch) return;
    made.terminal.resize(record.cols, record.rows);
    made.terminal.write(record.data);
    setCachedAt(record.at);
  }

  /** Connects once the terminal has been seen. */
  function start(): void {
    const made = emulator();
    if (socket || !made) return;
    const { terminal } = made;
    socket = new AttachSocket({
      url: `/ws/terminals/${options.terminalId}`,
      viewer,
      device: deviceKind(),
      visible: visible(),
      fit: fitting() ?? USUAL_GRID,
      colours: coloursOf(theme()),
      afterParsed: made.afterParsed,
      hold: made.hold,
      resize: (cols, rows) => terminal.resize(cols, rows),
      answering: () => made.silence.answering,
      onInput: options.onInput,
      onState: (state) =>
        batch(() => {
          setSocketState(state);
          if (state.name === 'open') return;
          setCurrent(false);
          setRestarting(false);
        }),
      onCurrent: () =>
        batch(() => {
          setCurrent(true);
          setWasCurrent(true);
          setCachedAt(null);
        }),
      onViewers: setViewers,
      onAccess: setCanWrite,
      onEnd: (next) =>
        batch(() => {
          setEnd(next);
          setRestarting(false);
        }),
      onUnsent: setUnsent,
      onRefused: say,
      // Frames that crossed a restart: nothing that a person could act on.
      onError: (code, message) => code !== 'bad_frame' && say({ text: message }),
      onEcho: (ms) => setEchoes((before) => [...before, ms].slice(-ECHOES)),
    });
    terminal.loadAddon(new AttachAddon(socket as unknown as WebSocket));
    if (!isTouch) terminal.focus();
  }

  const disposers: (() => void)[] = [];
  const onDispose = (dispose: () => void) => disposers.push(dispose);
  onCleanup(() => {
    disposed = true;
    clearTimeout(noticeTimer);
    for (const dispose of disposers.reverse()) dispose();
  });

  // ── what a person does ──

  function say(what: Refusal | { text: string }): void {
    // Keys that are not sent while disconnected show up as not sent.
    if (what === 'not_connected') return;
    setNotice(what);
    clearTimeout(noticeTimer);
    noticeTimer = setTimeout(() => setNotice(null), NOTICE_MS);
  }

  /** As if typed. */
  function send(text: string): void {
    emulator()?.terminal.input(text, true);
  }

  const clipboard = createClipboardOffer(options.terminalId, (text) => say({ text }));

  /** A new program, once the last one has ended. What is typed from here on is for that one (TR9). */
  async function restart(): Promise<void> {
    if (restarting() || !socket) return;
    setRestarting(true);
    // At once: a button that goes takes the focus with it.
    focus();
    try {
      const param = { terminal: options.terminalId };
      await socket.restartProgram(() => call(api.terminals[':terminal'].restart.$post({ param })));
    } catch (fault) {
      setRestarting(false);
      say({ text: fault instanceof Error ? fault.message : String(fault) });
    }
  }

  const focus = () => emulator()?.terminal.focus();

  return {
    viewer,
    mount,
    emulator,
    visible,
    fit,
    clipboard,
    socketState,
    current,
    wasCurrent,
    connected,
    cachedAt,
    end,
    restart,
    restarting,
    canWrite,
    viewers,
    others,
    me,
    owner,
    unsent,
    notice,
    echo,
    link,
    setLink,
    hovered,
    scrolledUp,
    send,
    say,
    focus,
    reconnect: () => socket?.reconnect(),
    takeSize() {
      fit.resetZoom();
      socket?.takeSize();
    },
    sendUnsent: () => socket?.sendUnsent(),
    discardUnsent: () => socket?.discardUnsent(),
  };
}

function createPageVisible(): () => boolean {
  const [seen, setSeen] = createSignal(!document.hidden);
  const look = () => setSeen(!document.hidden);
  document.addEventListener('visibilitychange', look);
  onCleanup(() => document.removeEventListener('visibilitychange', look));
  return seen;
}

function deviceKind(): DeviceKind {
  if (!isTouch) return 'laptop';
  return Math.min(screen.width, screen.height) < 600 ? 'phone' : 'tablet';
}
