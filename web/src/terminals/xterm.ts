/**
 * The emulator as this app sets it up. With its neighbours here the only importer of xterm.js; loaded with the first
 * terminal, never with a list. Plain: the caller disposes.
 */
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { type IDisposable, Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import './terminals.css';
import './touch.css';
import { guardEraseAbove } from './erase-above.ts';
import { FACE } from './faces.ts';
import { cellOf, type Size } from './fit.ts';
import { offerClipboard } from './osc52.ts';
import type { CursorStyle } from './preferences.ts';
import { keepSilent, type Silence } from './silence.ts';
import { THEMES, type ThemeName } from './theme.ts';

export const FONT_FAMILY = `"${FACE}", ui-monospace, SFMono-Regular, Menlo, Consolas, monospace`;
const LINE_HEIGHT = 1.15;
const MINIMUM_CONTRAST = 4.5;
const SCROLLBAR_PX = 8;
const SCALE_TOLERANCE = 0.02;
/** Matches drawn at once. */
const HIGHLIGHTED_MATCHES = 1_000;

/** A link of the terminal: in its text, or behind other text (OSC 8), which then says nothing about the address. */
export interface TerminalLink {
  url: string;
  hidden: boolean;
  x: number;
  y: number;
  /** A modifier was held: open without asking. */
  direct: boolean;
}

export interface EmulatorOptions {
  theme: ThemeName;
  fontSize: number;
  cursorStyle: CursorStyle;
  cursorBlink: boolean;
  scrollback: number;
  onLink: (link: TerminalLink) => void;
  onHover: (url: string | null) => void;
  onBell: () => void;
  /** A program wants this text on the clipboard. */
  onClipboard: (text: string) => void;
  /** The renderer has changed, and with it the size of a cell. */
  onRenderer: () => void;
}

export interface Emulator extends IDisposable {
  readonly terminal: Terminal;
  readonly search: SearchAddon;
  readonly silence: Silence;
  /** One cell at a font size, in CSS pixels, with the renderer in use. */
  cellAt(fontSize: number): Size;
  /** Runs once everything written so far has been parsed. */
  afterParsed(run: () => void): void;
  /** Draws nothing new until let go. */
  hold(held: boolean): void;
  /** WebGL for what is seen, since a browser has few contexts. */
  setVisible(visible: boolean): void;
}

interface SynchronizedOutput {
  coreService?: { decPrivateModes: { synchronizedOutput: boolean } };
}

export function makeEmulator(parent: HTMLElement, options: EmulatorOptions): Emulator {
  const owned: IDisposable[] = [];
  const own = <T extends IDisposable>(part: T): T => {
    owned.push(part);
    return part;
  };
  const terminal = own(
    new Terminal({
      allowProposedApi: true,
      scrollback: options.scrollback,
      fontFamily: FONT_FAMILY,
      fontSize: options.fontSize,
      lineHeight: LINE_HEIGHT,
      theme: THEMES[options.theme],
      minimumContrastRatio: MINIMUM_CONTRAST,
      cursorStyle: options.cursorStyle,
      cursorBlink: options.cursorBlink,
      cursorInactiveStyle: 'outline',
      macOptionIsMeta: true,
      macOptionClickForcesSelection: true,
      rescaleOverlappingGlyphs: true,
      overviewRuler: { width: SCROLLBAR_PX },
      linkHandler: {
        activate: (event, url) => activate(event, url, true),
        hover: (_, url) => options.onHover(url),
        leave: () => options.onHover(null),
      },
    }),
  );

  function activate(event: MouseEvent, url: string, hidden: boolean): void {
    if (!isWebAddress(url)) return;
    const direct = !hidden && (event.metaKey || event.ctrlKey);
    options.onLink({ url, hidden, x: event.clientX, y: event.clientY, direct });
  }

  terminal.loadAddon(own(new Unicode11Addon()));
  terminal.unicode.activeVersion = '11';
  terminal.loadAddon(
    own(
      new WebLinksAddon((event, url) => activate(event, url, false), {
        hover: (_, url) => options.onHover(url),
        leave: () => options.onHover(null),
      }),
    ),
  );
  const search = own(new SearchAddon({ highlightLimit: HIGHLIGHTED_MATCHES }));
  terminal.loadAddon(search);
  own(guardEraseAbove(terminal));
  const silence = own(keepSilent(terminal));
  own(offerClipboard(terminal, options.onClipboard));
  own(terminal.onBell(options.onBell));

  terminal.open(parent);
  let webgl: WebglAddon | null = null;
  let webglFailed = false;

  function letGo(): void {
    webgl?.dispose();
    webgl = null;
  }

  /**
   * The addon sizes its canvas by the browser's own count of device pixels. Where that disagrees with
   * `devicePixelRatio` (emulated phones, some remote desktops), everything would be drawn too large: not there.
   */
  const pixels = new ResizeObserver(([entry]) => {
    const counted = entry?.devicePixelContentBoxSize?.[0]?.inlineSize;
    if (webglFailed || !entry || !counted || entry.contentRect.width < 50) return;
    const scale = counted / entry.contentRect.width / devicePixelRatio;
    if (Math.abs(scale - 1) < SCALE_TOLERANCE) return;
    webglFailed = true;
    letGo();
    options.onRenderer();
  });
  own({ dispose: () => pixels.disconnect() });
  try {
    pixels.observe(parent, { box: 'device-pixel-content-box' });
  } catch {
    // Safari does not count them, and the addon does without as well.
  }

  function setVisible(visible: boolean): void {
    if (!visible || webglFailed) {
      if (webgl) {
        letGo();
        options.onRenderer();
      }
      return;
    }
    if (webgl) return;
    try {
      const addon = new WebglAddon();
      addon.onContextLoss(() => {
        // The browser took it back; text goes on in the DOM until the terminal is next shown.
        if (webgl !== addon) return;
        letGo();
        options.onRenderer();
        terminal.refresh(0, terminal.rows - 1);
      });
      terminal.loadAddon(addon);
      webgl = addon;
    } catch {
      webglFailed = true;
    }
    options.onRenderer();
  }

  // Other alphabets come when they are first met; what was drawn without them is drawn again.
  const redraw = () => terminal.clearTextureAtlas();
  document.fonts.addEventListener('loadingdone', redraw);
  own({ dispose: () => document.fonts.removeEventListener('loadingdone', redraw) });

  return {
    terminal,
    search,
    silence,
    cellAt: (fontSize) => cellOf(measure(fontSize), devicePixelRatio, webgl ? 'webgl' : 'dom', LINE_HEIGHT),
    afterParsed: (run) => terminal.write('', run),
    hold(held) {
      // Mode 2026 without its control sequence. Where a later xterm.js has it elsewhere, a snapshot flickers.
      const { coreService } = (terminal as unknown as { _core: SynchronizedOutput })._core;
      if (!coreService) return;
      coreService.decPrivateModes.synchronizedOutput = held;
      if (!held) terminal.refresh(0, terminal.rows - 1);
    },
    setVisible,
    dispose() {
      letGo();
      for (const part of owned.reverse()) part.dispose();
    },
  };
}

export function isWebAddress(url: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}

export function openLink(url: string): void {
  if (isWebAddress(url)) window.open(url, '_blank', 'noopener,noreferrer');
}

let canvas: CanvasRenderingContext2D | null = null;

/** As xterm.js measures: the advance of a W, and the face's own height. */
function measure(fontSize: number): Size {
  canvas ??= document.createElement('canvas').getContext('2d');
  if (!canvas) return { width: fontSize * 0.6, height: fontSize * 1.2 };
  canvas.font = `${fontSize}px ${FONT_FAMILY}`;
  const { width, fontBoundingBoxAscent, fontBoundingBoxDescent } = canvas.measureText('W');
  return { width, height: fontBoundingBoxAscent + fontBoundingBoxDescent };
}
