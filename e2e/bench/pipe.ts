/** What the measurements need of a terminal, be it the floor's channel or a viewer's socket. */
import type { ClientChannel } from 'ssh2';
import type { TerminalClient } from '../lib/terminal-client.ts';

export interface Pipe {
  write(text: string): void;
  /** `isSnapshot`: a screen that replaces what this reader was too slow for. */
  onData(listener: (bytes: Buffer, isSnapshot?: boolean) => void): void;
}

export const floorPipe = (shell: ClientChannel): Pipe => {
  let listener: (bytes: Buffer) => void = () => {};
  shell.on('data', (bytes: Buffer) => listener(bytes));
  return {
    write: (text) => void shell.write(text),
    onData: (next) => {
      listener = next;
    },
  };
};

export const viewerPipe = (viewer: TerminalClient): Pipe => ({
  write: (text) => viewer.type(text),
  onData: (next) => {
    viewer.onOutput = next;
    viewer.onSnapshot = (bytes) => next(bytes, true);
  },
});

/** Writes `command` and resolves when `marker` has come out. The marker must not stand in the command itself. */
export function run(pipe: Pipe, command: string, marker: string): Promise<void> {
  return new Promise((resolve) => {
    let tail = '';
    pipe.onData((bytes) => {
      tail = (tail + bytes.toString('latin1')).slice(-200);
      if (!tail.includes(marker)) return;
      pipe.onData(() => {});
      resolve();
    });
    pipe.write(`${command}\n`);
  });
}

/** A shell without prompt noise that only echoes what is typed. */
export const becomeEcho = (pipe: Pipe) =>
  run(pipe, `PS1=; stty -icanon -echo; printf 're%s\\n' ady; exec cat`, 'ready');

/** One key, and its echo back: milliseconds. */
export function keystroke(pipe: Pipe): Promise<number> {
  return new Promise((resolve) => {
    const began = performance.now();
    pipe.onData((bytes) => {
      if (!bytes.includes(0x78)) return;
      pipe.onData(() => {});
      resolve(performance.now() - began);
    });
    pipe.write('x');
  });
}

/** Runs a command that prints `bytes` or more and an end marker: MB/s from first to last byte. */
export function bulk(pipe: Pipe, command: string, marker: string): Promise<number> {
  return new Promise((resolve) => {
    let total = 0;
    let began = 0;
    let tail = '';
    pipe.onData((bytes, isSnapshot = false) => {
      if (began === 0) began = performance.now();
      // Only what was delivered counts. On a snapshot the marker is followed by the terminal's modes.
      if (!isSnapshot) total += bytes.length;
      const from = isSnapshot ? 0 : Math.max(0, bytes.length - 64);
      tail = tail.slice(-64) + bytes.toString('latin1', from);
      if (!tail.includes(marker)) return;
      pipe.onData(() => {});
      resolve(total / 1e6 / ((performance.now() - began) / 1e3));
    });
    pipe.write(`${command}; printf '${marker.slice(0, 2)}%s\\n' '${marker.slice(2)}'\n`);
  });
}
