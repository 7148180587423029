/**
 * Mends a crash of xterm.js 6.0.0: `CSI 1 J` with the cursor in the last cell of a screen that has no line below it
 * (no scrollback yet) throws and leaves the parser in the middle, so that a program could freeze every viewer.
 * The proxy's emulator has the same guard. To be removed with the release that mends it.
 */
import type { IDisposable, Terminal } from '@xterm/xterm';

/** The part of xterm.js's inside that erasing needs; absent members leave its own handler to work. */
interface Inside {
  _core?: {
    _inputHandler?: {
      _eraseInBufferLine?(
        row: number,
        from: number,
        to: number,
        clearWrap: boolean,
        respectProtect: boolean,
      ): void;
      _resetBufferLine?(row: number, respectProtect: boolean): void;
    };
  };
}

export function guardEraseAbove(terminal: Terminal): IDisposable {
  const handlers = [false, true].map((protect) =>
    terminal.parser.registerCsiHandler({ ...(protect ? { prefix: '?' } : {}), final: 'J' }, (params) => {
      const { cursorX, cursorY, baseY, length } = terminal.buffer.active;
      const lastLine = baseY + cursorY + 1 >= length;
      if (params[0] !== 1 || !lastLine || cursorX + 1 < terminal.cols) return false;
      const input = (terminal as unknown as Inside)._core?._inputHandler;
      if (!input?._eraseInBufferLine || !input._resetBufferLine) return false;
      input._eraseInBufferLine(cursorY, 0, terminal.cols, true, protect);
      for (let row = cursorY - 1; row >= 0; row--) input._resetBufferLine(row, protect);
      return true;
    }),
  );
  return {
    dispose() {
      for (const handler of handlers) handler.dispose();
    },
  };
}
