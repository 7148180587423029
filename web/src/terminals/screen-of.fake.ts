/** For tests: all that can be seen of a terminal, cell by cell, and its modes. */
import type { IBuffer, Terminal } from '@xterm/xterm';

export function screenOf(terminal: Terminal) {
  return {
    size: [terminal.cols, terminal.rows],
    active: terminal.buffer.active.type,
    cursor: [terminal.buffer.active.cursorX, terminal.buffer.active.cursorY],
    modes: { ...modesOf(terminal) },
    normal: linesOf(terminal.buffer.normal),
    alternate: linesOf(terminal.buffer.alternate),
  };
}

function modesOf(terminal: Terminal) {
  const { modes } = terminal;
  return {
    cursorKeys: modes.applicationCursorKeysMode,
    keypad: modes.applicationKeypadMode,
    paste: modes.bracketedPasteMode,
    insert: modes.insertMode,
    mouse: modes.mouseTrackingMode,
    origin: modes.originMode,
    focus: modes.sendFocusMode,
    wrap: modes.wraparoundMode,
  };
}

function linesOf(buffer: IBuffer): string[] {
  const lines: string[] = [];
  for (let y = 0; y < buffer.length; y++) {
    const line = buffer.getLine(y);
    let text = line?.isWrapped ? '↪' : '';
    let look = '';
    for (let x = 0; x < (line?.length ?? 0); x++) {
      const cell = line?.getCell(x);
      if (!cell) continue;
      const next = [
        cell.getFgColorMode(),
        cell.getFgColor(),
        cell.getBgColorMode(),
        cell.getBgColor(),
        cell.isBold(),
        cell.isInverse(),
        cell.isUnderline(),
        cell.isDim(),
      ].join(',');
      if (next !== look) text += `‹${next}›`;
      look = next;
      text += cell.getWidth() === 0 ? '' : cell.getChars() || ' ';
    }
    lines.push(text.trimEnd());
  }
  return lines;
}
