/**
 * Fingers on a terminal. xterm.js 6.0 does not scroll by touch, select by touch, or report touches as a mouse.
 *
 * One finger drags: pans a grid that is larger than the screen, scrolls the lines, or turns a wheel where the program
 * asked for one. One finger rests: selects. Two pinch: the size of text. A tap is the browser's own click, which
 * xterm.js takes for focus, links and the mouse. Plain: the caller disposes.
 */
import type { Terminal } from '@xterm/xterm';

const LONG_PRESS_MS = 450;
/** Less than this is a tap, in CSS pixels. */
const SLOP_PX = 8;
/** A flick loses this much of its speed in each millisecond. */
const FRICTION = 0.0035;
const SLOWEST = 0.02;
const FASTEST = 4;
/** Speed is measured over the last of the drag. */
const FLICK_WINDOW_MS = 90;

export interface GestureHandlers {
  cellHeight(): number;
  /** Moves the sight of a grid that is larger than the screen. Returns what of `dx`, `dy` it did not use. */
  pan(dx: number, dy: number): { dx: number; dy: number };
  pinch(phase: 'start' | 'move' | 'end', scale: number, x: number, y: number): void;
  longPress(x: number, y: number): void;
  tap(): void;
}

export function onGestures(area: HTMLElement, terminal: Terminal, handlers: GestureHandlers): () => void {
  const stop = new AbortController();
  const options = { passive: false, signal: stop.signal };
  let start: { x: number; y: number } | null = null;
  let last = { x: 0, y: 0 };
  let dragging = false;
  let pressed = false;
  let spread: number | null = null;
  let trail: { y: number; at: number }[] = [];
  let rest = 0;
  let timer = 0;
  let frame = 0;

  function drag(dx: number, dy: number, x: number, y: number): void {
    const left = handlers.pan(dx, dy);
    rest += left.dy;
    const height = handlers.cellHeight();
    const lines = Math.trunc(rest / height);
    if (lines === 0) return;
    rest -= lines * height;
    scroll(terminal, area, -lines, x, y);
  }

  function cancelPress(): void {
    clearTimeout(timer);
  }

  function fling(speed: number, x: number, y: number): void {
    let before = performance.now();
    let velocity = Math.max(-FASTEST, Math.min(FASTEST, speed));
    const glide = (now: number) => {
      const elapsed = now - before;
      before = now;
      drag(0, velocity * elapsed, x, y);
      velocity *= Math.exp(-FRICTION * elapsed);
      if (Math.abs(velocity) > SLOWEST) frame = requestAnimationFrame(glide);
    };
    // A program's wheel stops with the finger: nobody can take back what it was sent meanwhile.
    if (!isProgramsWheel(terminal) && Math.abs(velocity) > SLOWEST * 5) frame = requestAnimationFrame(glide);
  }

  area.addEventListener(
    'touchstart',
    (event) => {
      cancelAnimationFrame(frame);
      cancelPress();
      if (event.touches.length === 2) {
        start = null;
        spread = spreadOf(event.touches);
        const { x, y } = middleOf(event.touches);
        handlers.pinch('start', 1, x, y);
        event.preventDefault();
        return;
      }
      const touch = event.touches[0];
      if (!touch || event.touches.length > 2) return;
      start = { x: touch.clientX, y: touch.clientY };
      last = start;
      dragging = pressed = false;
      rest = 0;
      trail = [];
      const { clientX, clientY } = touch;
      timer = window.setTimeout(() => {
        pressed = true;
        handlers.longPress(clientX, clientY);
      }, LONG_PRESS_MS);
    },
    options,
  );

  area.addEventListener(
    'touchmove',
    (event) => {
      event.preventDefault();
      if (spread !== null && event.touches.length === 2) {
        const { x, y } = middleOf(event.touches);
        handlers.pinch('move', spreadOf(event.touches) / spread, x, y);
        return;
      }
      const touch = event.touches[0];
      if (!touch || !start || pressed) return;
      const { clientX: x, clientY: y } = touch;
      if (!dragging && Math.hypot(x - start.x, y - start.y) < SLOP_PX) return;
      if (!dragging) {
        dragging = true;
        cancelPress();
        last = { x, y };
      }
      drag(x - last.x, y - last.y, x, y);
      last = { x, y };
      trail = [...trail, { y, at: event.timeStamp }].filter(
        ({ at }) => event.timeStamp - at < FLICK_WINDOW_MS,
      );
    },
    options,
  );

  const lift = (event: TouchEvent) => {
    cancelPress();
    if (spread !== null) {
      if (event.touches.length < 2) {
        spread = null;
        handlers.pinch('end', 1, 0, 0);
      }
      event.preventDefault();
      return;
    }
    if (!start) return;
    // After a drag or a press no click may follow: it would focus, and open the keyboard.
    if (dragging || pressed) event.preventDefault();
    else if (event.type === 'touchend') handlers.tap();
    const first = trail[0];
    const final = trail.at(-1);
    if (dragging && first && final && final.at > first.at)
      fling((final.y - first.y) / (final.at - first.at), last.x, last.y);
    start = null;
  };
  area.addEventListener('touchend', lift, options);
  area.addEventListener('touchcancel', lift, options);

  return () => {
    cancelAnimationFrame(frame);
    cancelPress();
    stop.abort();
  };
}

function isProgramsWheel(terminal: Terminal): boolean {
  const { mouseTrackingMode } = terminal.modes;
  const reported = mouseTrackingMode !== 'none' && mouseTrackingMode !== 'x10';
  return reported || terminal.buffer.active.type === 'alternate';
}

/** Down is positive. The program's wheel where it has asked for one, its arrows in a full-screen program. */
function scroll(terminal: Terminal, area: HTMLElement, lines: number, x: number, y: number): void {
  if (!isProgramsWheel(terminal)) {
    terminal.scrollLines(lines);
    return;
  }
  const target = area.querySelector('.xterm') ?? area;
  for (let i = 0; i < Math.abs(lines); i++)
    target.dispatchEvent(
      new WheelEvent('wheel', {
        deltaY: Math.sign(lines),
        deltaMode: WheelEvent.DOM_DELTA_LINE,
        clientX: x,
        clientY: y,
        bubbles: true,
        cancelable: true,
      }),
    );
}

function spreadOf(touches: TouchList): number {
  const [a, b] = [touches[0], touches[1]];
  return a && b ? Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)) : 1;
}

function middleOf(touches: TouchList): { x: number; y: number } {
  const [a, b] = [touches[0], touches[1]];
  if (!a || !b) return { x: 0, y: 0 };
  return { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 };
}
